"""Logging in as an AppRole: its secret id comes wrapped, and a wrapper opens once."""

import json
from pathlib import Path
from typing import Any

import pytest

from fakes.loopback import Call, Reply
from fakes.scripted_vault import ScriptedVault, document, refusal
from trust.secret import Secret
from trust.secrets.source import SecretMalformed, SecretOutage, SecretRefused
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.approle import WrappedRoleLogin
from trust.secrets.vault.wrapping import WrapperRefused

LOOKUP, UNWRAP = "sys/wrapping/lookup", "sys/wrapping/unwrap"
LOGIN = "auth/approle/login"
ORIGIN = "auth/approle/role/gatehouse/secret-id"
SECRET_ID = "6d2f0c4e-correct-horse"
USED = "wrapping token is not valid or does not exist"


class Wrappers:
    """Vault's wrappers: each opens once."""

    def __init__(self) -> None:
        self.inside = {"hvs.wrapper-1": SECRET_ID, "hvs.wrapper-2": f"{SECRET_ID}-2"}
        self.origin = ORIGIN

    def lookup(self, call: Call) -> Reply:
        """Say where a wrapper comes from."""
        if json.loads(call.body)["token"] not in self.inside:
            return refusal(400, USED)
        data = {"creation_path": self.origin, "creation_time": "2096", "creation_ttl": 60}
        return document(data=data)

    def unwrap(self, call: Call) -> Reply:
        """Open a wrapper."""
        found = self.inside.pop(call.headers.get("x-vault-token", ""), None)
        if found is None:
            return refusal(400, USED)
        return document(data={"secret_id": found, "secret_id_accessor": "a", "secret_id_ttl": 0})


def put(file: Path, content: str) -> None:
    """Write, as something beside the process does."""
    file.write_bytes(content.encode())


def remove(file: Path) -> None:
    """Take it away again."""
    file.unlink()


@pytest.fixture
def wrappers(scripted: ScriptedVault) -> Wrappers:
    wrappers = Wrappers()
    scripted.said |= {LOOKUP: wrappers.lookup, UNWRAP: wrappers.unwrap}
    return wrappers


@pytest.fixture
def file(tmp_path: Path, wrappers: Wrappers) -> Path:
    file = tmp_path / "wrapper"
    put(file, "hvs.wrapper-1\n")
    return file


def login_at(file: Path, **options: Any) -> WrappedRoleLogin:
    settings = {"mount": "approle", "role_id": "role-1", "role": "gatehouse", "namespace": None}
    return WrappedRoleLogin(file, **{**settings, **options})


async def alarmed(
    login: WrappedRoleLogin, http: VaultHttp, caplog: pytest.LogCaptureFixture
) -> str:
    """Log in, which must raise the alarm and stop for good; return what is said."""
    with pytest.raises(WrapperRefused) as refused:
        await login.login(http)
    assert isinstance(refused.value, SecretRefused)
    assert '"event": "secrets.wrapper_used"' in caplog.text
    for text in (caplog.text, str(refused.value)):
        assert "hvs." not in text
        assert SECRET_ID not in text
    return str(refused.value)


async def stopped(login: WrappedRoleLogin, http: VaultHttp, scripted: ScriptedVault) -> None:
    """Check that nothing is tried any more."""
    before = len(scripted.calls)
    with pytest.raises(SecretRefused):
        await login.login(http)
    assert len(scripted.calls) == before


async def test_the_wrapper_is_looked_at_then_opened_then_its_content_logs_in(
    scripted: ScriptedVault, http: VaultHttp, file: Path
) -> None:
    found = await login_at(file).login(http)

    assert found.token == Secret("hvs.token-1")
    lookup, unwrap, login = scripted.calls
    assert (lookup.path, unwrap.path, login.path) == (
        f"/v1/{LOOKUP}",
        f"/v1/{UNWRAP}",
        f"/v1/{LOGIN}",
    )
    assert "x-vault-token" not in lookup.headers
    assert unwrap.headers["x-vault-token"] == "hvs.wrapper-1"
    assert unwrap.body in {b"", b"null"}
    assert json.loads(login.body) == {"role_id": "role-1", "secret_id": SECRET_ID}


async def test_later_logins_use_what_was_in_it_and_do_not_look_for_the_file(
    scripted: ScriptedVault, http: VaultHttp, file: Path
) -> None:
    login = login_at(file)
    await login.login(http)
    remove(file)
    await login.login(http)

    assert len(scripted.asked(LOGIN)) == 2
    assert len(scripted.asked(UNWRAP)) == 1


async def test_a_wrapper_that_somebody_has_opened_before_raises_the_alarm(
    scripted: ScriptedVault,
    http: VaultHttp,
    file: Path,
    wrappers: Wrappers,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wrappers.inside.clear()
    login = login_at(file)

    assert "is used, over, or was never one." in await alarmed(login, http, caplog)
    assert '"ours": false' in caplog.text
    assert scripted.asked(UNWRAP) == scripted.asked(LOGIN) == []
    put(file, "hvs.wrapper-2")
    await stopped(login, http, scripted)


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("sys/wrapping/wrap", id="stolen-and-wrapped-again"),
        pytest.param("auth/approle/role/other/secret-id", id="of-another-role"),
        pytest.param("auth/other/role/gatehouse/secret-id", id="of-another-mount"),
        pytest.param("auth/approle/role/gatehouse/role-id", id="not-a-secret-id"),
        pytest.param(f"{ORIGIN}/lookup", id="below-it"),
        pytest.param(f"evil/{ORIGIN}", id="of-another-namespace"),
        pytest.param(f"{ORIGIN}\n", id="newline"),
        pytest.param("", id="of-nowhere"),
    ],
)
async def test_a_wrapper_of_another_origin_raises_the_alarm_and_is_not_opened(
    scripted: ScriptedVault,
    http: VaultHttp,
    file: Path,
    wrappers: Wrappers,
    caplog: pytest.LogCaptureFixture,
    origin: str,
) -> None:
    wrappers.origin = origin
    login = login_at(file)

    assert "was made by another request" in await alarmed(login, http, caplog)
    assert scripted.asked(UNWRAP) == []
    await stopped(login, http, scripted)


@pytest.mark.parametrize(
    ("options", "origin", "fits"),
    [
        pytest.param({"namespace": "team/a/"}, f"team/a/{ORIGIN}", True, id="namespace"),
        pytest.param({"namespace": "team/a"}, ORIGIN, True, id="namespace-not-named"),
        pytest.param({"namespace": "team/a"}, f"team/b/{ORIGIN}", False, id="other-namespace"),
        pytest.param({"role": None}, ORIGIN, True, id="any-role"),
        pytest.param({"role": None}, "auth/approle/role/a/b/secret-id", False, id="two-parts"),
        pytest.param({"role": "gate.ouse"}, ORIGIN, False, id="no-pattern"),
        pytest.param({"mount": "app.ole"}, ORIGIN, False, id="no-pattern-of-mounts"),
    ],
)
async def test_an_origin_has_to_be_our_roles(
    http: VaultHttp,
    file: Path,
    wrappers: Wrappers,
    options: dict[str, object],
    origin: str,
    *,
    fits: bool,
) -> None:
    wrappers.origin = origin
    login = login_at(file, **options)

    if fits:
        assert (await login.login(http)).token is not None
    else:
        with pytest.raises(WrapperRefused):
            await login.login(http)


async def test_a_wrapper_that_is_opened_between_our_two_requests_raises_the_alarm(
    scripted: ScriptedVault,
    http: VaultHttp,
    file: Path,
    wrappers: Wrappers,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def looked_at(call: Call) -> Reply:
        said = wrappers.lookup(call)
        wrappers.inside.clear()
        return said

    scripted.said[LOOKUP] = looked_at
    login = login_at(file)

    assert "between two requests" in await alarmed(login, http, caplog)
    await stopped(login, http, scripted)


@pytest.mark.parametrize("path", [LOOKUP, UNWRAP])
async def test_an_outage_is_no_alarm_and_is_tried_again(
    scripted: ScriptedVault,
    http: VaultHttp,
    file: Path,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    usual = scripted.said[path]
    scripted.said[path] = lambda _: refusal(503, "sealed")
    login = login_at(file)
    with pytest.raises(SecretOutage):
        await login.login(http)
    scripted.said[path] = usual

    assert (await login.login(http)).token is not None
    assert "wrapper_used" not in caplog.text


async def test_where_our_own_answer_was_lost_the_alarm_says_that_it_may_be_us(
    scripted: ScriptedVault,
    http: VaultHttp,
    file: Path,
    wrappers: Wrappers,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def lost(call: Call) -> Reply:
        wrappers.unwrap(call)
        return Reply(status=502)

    scripted.said[UNWRAP] = lost
    login = login_at(file)
    with pytest.raises(SecretOutage):
        await login.login(http)

    assert "may have been lost" in await alarmed(login, http, caplog)
    assert '"ours": true' in caplog.text


async def test_a_secret_id_that_is_over_is_replaced_by_a_new_wrapper_in_the_file(
    scripted: ScriptedVault, http: VaultHttp, file: Path
) -> None:
    login = login_at(file)
    await login.login(http)
    scripted.said[LOGIN] = lambda _: refusal(400, "invalid secret id")
    with pytest.raises(SecretRefused):
        await login.login(http)
    del scripted.said[LOGIN]
    put(file, "hvs.wrapper-2\n")
    await login.login(http)

    sent = [json.loads(call.body)["secret_id"] for call in scripted.asked(LOGIN)]
    assert sent == [SECRET_ID, SECRET_ID, f"{SECRET_ID}-2"]


@pytest.mark.parametrize("tidied", [True, False])
async def test_a_secret_id_that_is_refused_is_tried_again_while_there_is_no_other(
    scripted: ScriptedVault, http: VaultHttp, file: Path, *, tidied: bool
) -> None:
    login = login_at(file)
    await login.login(http)
    scripted.said[LOGIN] = lambda _: refusal(400, "no")
    if tidied:
        remove(file)
    for _ in range(2):
        with pytest.raises(SecretRefused):
            await login.login(http)
    del scripted.said[LOGIN]

    assert (await login.login(http)).token is not None
    assert len(scripted.asked(UNWRAP)) == 1


@pytest.mark.parametrize(
    "content", ["", "hvs.wrapper-1\nhvs.wrapper-2", "hvs.wrapper 1", "short", "hvs.a\r\nX-A: b"]
)
async def test_a_file_that_is_no_wrapper_is_not_sent(
    scripted: ScriptedVault, http: VaultHttp, file: Path, content: str
) -> None:
    put(file, content)

    with pytest.raises(SecretMalformed, match="not one line with a wrapping token"):
        await login_at(file).login(http)

    assert scripted.calls == []


async def test_without_a_file_nothing_is_asked(
    scripted: ScriptedVault, http: VaultHttp, file: Path
) -> None:
    remove(file)

    with pytest.raises(SecretRefused, match=str(file)):
        await login_at(file).login(http)

    assert scripted.calls == []


@pytest.mark.parametrize("data", [{}, {"secret_id": None}, {"secret_id": ""}, {"secret_id": 7}])
async def test_a_wrapper_without_a_secret_id_logs_nobody_in(
    scripted: ScriptedVault, http: VaultHttp, file: Path, data: dict[str, object]
) -> None:
    scripted.said[UNWRAP] = lambda _: document(data=data)

    with pytest.raises(SecretRefused, match="has no secret_id"):
        await login_at(file).login(http)

    assert scripted.asked(LOGIN) == []
