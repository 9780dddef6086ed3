"""From settings to a running Gatehouse, with the real adapters."""

import json
import secrets
from pathlib import Path

import pytest

from bff.app import Gatehouse, create_app
from bff.settings import load_settings
from bff.wiring import open_gate
from fakes.clock import NOW
from fakes.desk import ledger_of
from fakes.login import ALICE, new_session, ticket_of
from fakes.proxy.asgi import ask
from fakes.proxy.house import environment
from fakes.proxy.provider.tokens import rsa_key
from fakes.scripted_vault import ROOT, SECRET, denied, scripted_vault
from trust.aws.dynamodb.table import DynamoDbTable
from trust.aws.sts.vendor import AssumeRole, AssumeRoleWithWebIdentity
from trust.clock import Clock, SystemClock
from trust.errors import SettingsError, TrustError
from trust.grant.grants import Grants
from trust.grant.vendor import Vendor
from trust.seal.keyring import new_keyring, parse_keyring, rotated
from trust.secrets.source import SecretOutage
from trust.session.ledger import Login
from trust.store.memory import MemoryTable
from trust.store.sqlite import SqliteTable


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return environment(
        tmp_path, issuer="http://127.0.0.1:1", runtime="http://127.0.0.1:1", changes={}
    )


@pytest.fixture(autouse=True)
def _no_identity(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    """Give boto3 nothing of this machine's own."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
    ):
        monkeypatch.setenv(name, variables[name])
    monkeypatch.delenv("AWS_PROFILE", raising=False)


async def faults(variables: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        await open_gate(load_settings(variables), variables)
    return raised.value.faults


@pytest.mark.parametrize(
    ("store", "kind"),
    [
        ("sqlite:{folder}/gatehouse.db", SqliteTable),
        ("dynamodb:gatehouse-sessions", DynamoDbTable),
        ("memory:", MemoryTable),
    ],
)
async def test_the_store_is_the_one_that_is_named(
    variables: dict[str, str], tmp_path: Path, store: str, kind: type
) -> None:
    variables["BFF_STORE"] = store.format(folder=tmp_path)

    gate = await open_gate(load_settings(variables), variables)

    assert type(gate.table) is kind
    await gate.close()


@pytest.mark.parametrize(
    ("mode", "kind"), [("assume-role", AssumeRole), ("web-identity", AssumeRoleWithWebIdentity)]
)
async def test_grants_are_bought_in_the_way_that_is_named(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, mode: str, kind: type
) -> None:
    vendors: list[Vendor] = []

    def noted(vendor: Vendor, clock: Clock) -> Grants:
        vendors.append(vendor)
        return Grants(vendor, clock)

    monkeypatch.setattr("bff.streaming_path.Grants", noted)
    variables["BFF_STS_MODE"] = mode

    gate = await open_gate(load_settings(variables), variables)

    assert [type(vendor) for vendor in vendors] == [kind]
    await gate.close()


async def test_the_clock_is_the_machines(variables: dict[str, str]) -> None:
    gate = await open_gate(load_settings(variables), variables)

    assert isinstance(gate.clock, SystemClock)
    await gate.close()


async def test_secrets_that_are_not_there_are_told_together(variables: dict[str, str]) -> None:
    del variables["CLIENT_SECRET"], variables["SESSION_KEYS"]

    told = await faults(variables)

    assert [fault.partition(":")[0] for fault in told] == [
        "BFF_SESSION_KEYS",
        "BFF_OIDC_CLIENT_SECRET",
    ]


async def test_a_keyring_that_is_none_is_told_without_its_text(variables: dict[str, str]) -> None:
    variables["SESSION_KEYS"] = "s3cret"

    (fault,) = await faults(variables)

    assert fault.startswith("BFF_SESSION_KEYS")
    assert "s3cret" not in fault


async def test_a_gate_that_does_not_open_gives_its_login_at_vault_back(
    variables: dict[str, str], tmp_path: Path
) -> None:
    """It is tried again until the secrets are there: a token would be left behind each time."""
    (tmp_path / "jwt").write_text("a.service.account")
    with scripted_vault() as vault:
        vault.said[SECRET] = denied
        variables |= {
            "VAULT_ADDR": vault.url,
            "BFF_VAULT_AUTH": "kubernetes",
            "BFF_VAULT_ROLE": "gatehouse",
            "BFF_VAULT_JWT_FILE": str(tmp_path / "jwt"),
            "BFF_SESSION_KEYS": f"vault-kv:{SECRET.replace('/data', '')}#a",
        }

        with pytest.raises(TrustError):
            await open_gate(load_settings(variables), variables)

        assert vault.logins
        assert vault.alive == {ROOT}


async def test_an_error_that_nobody_expects_is_an_outage_and_told_by_its_class_alone(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __init__(self, _: object) -> None:
            pass

        async def fetch(self, *_: object) -> None:
            raise ZeroDivisionError("s3cret")

    monkeypatch.setattr("trust.secrets.static.EnvironmentSource", Broken)

    with pytest.raises(SecretOutage, match=r"ZeroDivisionError$"):
        await open_gate(load_settings(variables), variables)


async def test_a_registry_that_is_not_there_is_told(
    variables: dict[str, str], tmp_path: Path
) -> None:
    variables["BFF_REGISTRY"] = f"file:{tmp_path / 'nowhere.toml'}"

    (fault,) = await faults(variables)

    assert fault.startswith("BFF_REGISTRY")


@pytest.mark.parametrize("form", ["JWK", "PEM"])
async def test_a_private_key_proves_us_in_place_of_a_secret(
    variables: dict[str, str], form: str
) -> None:
    jwk = json.dumps(rsa_key().as_dict(private=True))
    pem = rsa_key().as_pem(private=True).decode()
    variables |= {
        "BFF_OIDC_CLIENT_AUTH": "private_key_jwt",
        "BFF_OIDC_CLIENT_KEY": "env:CLIENT_KEY",
        "CLIENT_KEY": jwk if form == "JWK" else pem,
    }

    gate = await open_gate(load_settings(variables), variables)

    await gate.close()


@pytest.mark.parametrize(
    "key",
    [
        "s3cret",
        "{}",
        '{"kty": "RSA", "n": "s3cret"}',
        json.dumps(rsa_key().as_dict(private=False)),
        '{"kty": "oct", "k": "c2VjcmV0"}',
        "{s3cret",
        rsa_key().as_pem(private=False).decode(),
    ],
    ids=["text", "empty", "broken", "public JWK", "shared secret", "no JSON", "public PEM"],
)
async def test_a_key_that_proves_nothing_is_told_at_the_start(
    variables: dict[str, str], key: str
) -> None:
    variables |= {
        "BFF_OIDC_CLIENT_AUTH": "private_key_jwt",
        "BFF_OIDC_CLIENT_KEY": "env:CLIENT_KEY",
        "CLIENT_KEY": key,
    }

    (fault,) = await faults(variables)

    assert fault.startswith("BFF_OIDC_CLIENT_KEY: env:CLIENT_KEY: ")
    assert "s3cret" not in fault


async def test_a_keyring_that_was_rotated_elsewhere_is_fetched_again(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    text = new_keyring(secrets.token_bytes)
    file.write_text(text)
    changes = {"BFF_SESSION_KEYS": f"file:{file}", "BFF_STORE": "memory:"}
    variables = environment(
        tmp_path, issuer="http://127.0.0.1:1", runtime="http://127.0.0.1:1", changes=changes
    )
    gate = await open_gate(load_settings(variables), variables)
    file.write_text(rotated(text, secrets.token_bytes))
    session = new_session(ALICE)
    # Another instance, which started after the rotation.
    other = ledger_of(gate.table, parse_keyring(file.read_text()))
    await other.create(session, Login(attempt="attempt", begun_at=NOW), now=NOW)

    assert await gate.ledger.read(ticket_of(session), now=NOW) == session
    await gate.close()


async def test_an_application_opens_and_closes_with_its_lifespan(
    variables: dict[str, str],
) -> None:
    app = create_app(load_settings(variables), variables)
    sent: list[str] = []
    messages = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(messages)}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)  # type: ignore[arg-type] # plain messages

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert isinstance(app, Gatehouse)
    assert app.late.opened is not None


async def test_an_application_without_a_lifespan_opens_at_its_first_request(
    variables: dict[str, str],
) -> None:
    app = create_app(load_settings(variables), variables)
    before = app.late.opened

    answer = await ask(app, "GET", "/healthz")

    assert before is None
    assert answer.status == 200
    assert app.late.opened is not None
    await app.late.close()
