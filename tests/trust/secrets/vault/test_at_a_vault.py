"""Logging in, renewing, unwrapping and giving back, at the double and at a real server."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import hvac
import pytest

from fakes.vault import Unprepared
from fakes.vault_session import http_at
from fakes.vault_target import Target, target, targets
from trust.secret import Secret
from trust.secrets.freshness import Terms
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import SecretRefused
from trust.secrets.static import EnvironmentSource
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.approle import WrappedRoleLogin
from trust.secrets.vault.login.jwt import FileLogin
from trust.secrets.vault.login.port import Login
from trust.secrets.vault.login.ready import TokenLogin
from trust.secrets.vault.session import VaultSession
from trust.secrets.vault.wrapping import WrapperRefused

SUBJECT = "spiffe://example.org/gatehouse"


@pytest.fixture(params=targets())
def at(request: pytest.FixtureRequest) -> Iterator[Target]:
    with target(request.param) as found:
        yield found


@pytest.fixture
def mount(at: Target) -> Iterator[str]:
    """A key-value engine with a secret, and a policy that reads it."""
    at.ask("POST", f"sys/mounts/{at.name}", {"type": "kv", "options": {"version": "2"}})
    at.ask("POST", f"{at.name}/data/a", {"data": {"a": "1"}})
    rules = f'path "{at.name}/data/a" {{ capabilities = ["read"] }}'
    at.ask("PUT", f"sys/policies/acl/{at.name}", {"policy": rules})
    yield at.name
    for path in (f"sys/policies/acl/{at.name}", f"sys/mounts/{at.name}"):
        at.ask("DELETE", path)


@pytest.fixture
async def http(at: Target) -> AsyncIterator[VaultHttp]:
    http = http_at(at.url)
    yield http
    await http.close()


@pytest.fixture
def opened(at: Target, http: VaultHttp) -> Callable[[Login], VaultSession]:
    def opened(login: Login) -> VaultSession:
        return VaultSession(http, login, terms=Terms(), clock=at.clock, draw=lambda: 0.0)

    return opened


def there(mount: str) -> Reference:
    return Reference(scheme=Scheme.VAULT_KV, path=f"{mount}/a", key="a")


def reader(mount: str) -> Callable[[hvac.Client], Any]:
    def read(client: hvac.Client) -> Any:
        return client.adapter.get(f"/v1/{mount}/data/a")["data"]["data"]

    return read


def jwt_of(at: Target, **claims: Any) -> str:
    """Return a signed token of our subject; a real server goes by its own time."""
    now = at.clock.now()
    usual = {"sub": SUBJECT, "aud": "vault", "iat": now, "exp": now + 300}
    return at.issuer.token(**{**usual, **claims})


@pytest.fixture
def jwt_login(at: Target, mount: str, tmp_path: Path) -> Iterator[Callable[[str], FileLogin]]:
    """The method `jwt` with one role; returns the login that shows a token."""
    path = f"auth/{at.name}-jwt"
    at.ask("POST", f"sys/{path}", {"type": "jwt"})
    at.ask("POST", f"{path}/config", {"jwt_validation_pubkeys": [at.issuer.pem]})
    at.ask(
        "POST",
        f"{path}/role/gatehouse",
        {
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_subject": SUBJECT,
            "bound_audiences": ["vault"],
            "token_policies": [mount],
            "token_ttl": 900,
            "token_max_ttl": 2000,
        },
    )
    file = tmp_path / "jwt"

    def login(jwt: str) -> FileLogin:
        file.write_text(jwt, encoding="ascii")
        return FileLogin(file, method="jwt-file", mount=f"{at.name}-jwt", role="gatehouse")

    yield login
    at.ask("DELETE", f"sys/{path}")


def is_alive(at: Target, token: Secret) -> bool:
    try:
        at.ask("POST", "auth/token/lookup", {"token": token.reveal()})
    except Unprepared:
        return False
    return True


async def token_of(session: VaultSession, place: Reference) -> Secret:
    """Return the token that a session uses, as it goes out."""
    return Secret((await session.call(lambda client: client.token, place)).value)


async def test_a_jwt_of_our_subject_logs_in_and_its_token_is_given_back(
    at: Target,
    mount: str,
    jwt_login: Callable[[str], FileLogin],
    opened: Callable[[Login], VaultSession],
) -> None:
    session = opened(jwt_login(jwt_of(at)))
    answer = await session.call(reader(mount), there(mount))
    token = await token_of(session, there(mount))

    assert answer.value == {"a": "1"}
    assert 880 < answer.token_left_s <= 890
    assert is_alive(at, token)
    await session.close()
    assert not is_alive(at, token)


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"sub": "spiffe://example.org/other"}, id="of-another-workload"),
        pytest.param({"aud": "agent-app"}, id="for-another-audience"),
        pytest.param({"exp": 1_000_000, "iat": 999_000}, id="over"),
    ],
)
async def test_a_jwt_that_is_not_ours_to_show_logs_nobody_in(
    at: Target,
    mount: str,
    jwt_login: Callable[[str], FileLogin],
    opened: Callable[[Login], VaultSession],
    claims: dict[str, Any],
) -> None:
    with pytest.raises(SecretRefused):
        await opened(jwt_login(jwt_of(at, **claims))).call(reader(mount), there(mount))


async def test_what_no_policy_allows_is_refused(
    at: Target,
    mount: str,
    jwt_login: Callable[[str], FileLogin],
    opened: Callable[[Login], VaultSession],
) -> None:
    session = opened(jwt_login(jwt_of(at)))

    with pytest.raises(SecretRefused):
        await session.call(reader("sys"), there("sys"))

    assert (await session.call(reader(mount), there(mount))).login == 2


async def test_a_token_that_an_operator_revokes_is_replaced(
    at: Target,
    mount: str,
    jwt_login: Callable[[str], FileLogin],
    opened: Callable[[Login], VaultSession],
) -> None:
    session = opened(jwt_login(jwt_of(at)))
    token = await token_of(session, there(mount))
    at.ask("POST", "auth/token/revoke", {"token": token.reveal()})
    answer = await session.call(reader(mount), there(mount))

    assert (answer.value, answer.login) == ({"a": "1"}, 2)


async def test_a_token_is_renewed_to_its_maximum_and_then_replaced_in_time(
    at: Target,
    mount: str,
    jwt_login: Callable[[str], FileLogin],
    opened: Callable[[Login], VaultSession],
) -> None:
    """Asked every minute for two hours, Vault never denies anything."""
    login = jwt_login("")
    session = opened(login)
    logins: set[int] = set()
    for _ in range(120):
        jwt_login(jwt_of(at))
        answer = await session.call(reader(mount), there(mount))
        assert answer.token_left_s > 0
        logins.add(answer.login)
        at.pass_s(60)

    # Of its 2,000 s, a token is renewed at 600 in full and at 1,200 for the 800 that are left, two
    # thirds of which are over at 1,740.
    assert len(logins) == 5


async def test_a_token_of_somebody_else_serves_and_is_left(
    at: Target, mount: str, opened: Callable[[Login], VaultSession]
) -> None:
    made = at.ask(
        "POST", "auth/token/create", {"policies": [mount], "ttl": "900s", "no_parent": True}
    )
    token = made["auth"]["client_token"]
    reference = Reference(scheme=Scheme.ENV, path="VAULT_TOKEN")
    session = opened(TokenLogin(reference, EnvironmentSource({"VAULT_TOKEN": token})))
    answer = await session.call(reader(mount), there(mount))

    assert answer.value == {"a": "1"}
    assert 850 < answer.token_left_s <= 890
    await session.close()
    assert is_alive(at, Secret(token))


@pytest.fixture
def approle(at: Target, mount: str) -> Iterator[str]:
    """An AppRole; returns its mount."""
    path = f"{at.name}-approle"
    try:
        at.ask("POST", f"sys/auth/{path}", {"type": "approle"})
    except Unprepared:
        pytest.skip("no approle there")
    at.ask("POST", f"auth/{path}/role/gatehouse", {"token_policies": [mount], "token_ttl": 900})
    yield path
    with suppress(Unprepared):
        at.ask("DELETE", f"sys/auth/{path}")


def wrapped_login(at: Target, approle: str, file: Path) -> WrappedRoleLogin:
    """Write a wrapped secret id; return the login that opens it."""
    role = f"auth/{approle}/role/gatehouse"
    made = at.ask("POST", f"{role}/secret-id", {}, wrap_s=60)
    file.write_text(made["wrap_info"]["token"], encoding="ascii")
    role_id = at.ask("GET", f"{role}/role-id")["data"]["role_id"]
    return WrappedRoleLogin(file, mount=approle, role_id=role_id, role="gatehouse", namespace=None)


async def test_a_wrapped_secret_id_logs_in(
    at: Target,
    mount: str,
    approle: str,
    opened: Callable[[Login], VaultSession],
    tmp_path: Path,
) -> None:
    session = opened(wrapped_login(at, approle, tmp_path / "wrapper"))

    assert (await session.call(reader(mount), there(mount))).value == {"a": "1"}
    await session.close()


async def test_a_wrapper_that_was_opened_before_raises_the_alarm(
    at: Target,
    approle: str,
    http: VaultHttp,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = tmp_path / "wrapper"
    login = wrapped_login(at, approle, file)
    at.ask("POST", "sys/wrapping/unwrap", {"token": file.read_text(encoding="ascii")})

    with pytest.raises(WrapperRefused):
        await login.login(http)

    assert "secrets.wrapper_used" in caplog.text


async def test_what_somebody_opened_and_wrapped_again_raises_the_alarm(
    at: Target,
    approle: str,
    http: VaultHttp,
    tmp_path: Path,
) -> None:
    file = tmp_path / "wrapper"
    login = wrapped_login(at, approle, file)
    stolen = at.ask("POST", "sys/wrapping/unwrap", {"token": file.read_text(encoding="ascii")})
    again = at.ask("POST", "sys/wrapping/wrap", stolen["data"], wrap_s=60)
    file.write_text(again["wrap_info"]["token"], encoding="ascii")

    with pytest.raises(WrapperRefused, match="another request"):
        await login.login(http)

    # Nobody has opened it.
    at.ask("POST", "sys/wrapping/lookup", {"token": file.read_text(encoding="ascii")})
