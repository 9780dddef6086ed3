"""From the environment to a way to log in."""

import subprocess
import sys
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest

from fakes.clock import StoppedClock
from fakes.scripted_vault import ROOT, ScriptedVault, document
from fakes.vault_session import THERE, read
from trust.clock import NumericDate
from trust.errors import SettingsError
from trust.secret import Secret
from trust.secrets.settings import load_secret_settings
from trust.secrets.spiffe.svid import JwtSvid, SvidSource
from trust.secrets.vault.opening import open_session
from trust.secrets.vault.session import VaultSession

JWT = "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl"
ROLE = {"BFF_VAULT_ROLE": "gatehouse"}
SVID = {"BFF_VAULT_AUTH": "jwt-svid", "SPIFFE_ENDPOINT_SOCKET": "unix:///run/spire.sock", **ROLE}


class Platform:
    """Says who we are."""

    async def jwt_svid(self, audience: str) -> JwtSvid:
        """Return an identity."""
        token = Secret(f"{JWT}-{audience}")
        return JwtSvid(token=token, spiffe_id="spiffe://a/b", expires_at=NumericDate(1))

    async def close(self) -> None:
        """Do nothing."""


def nobody() -> SvidSource:
    raise AssertionError("nobody needs an identity here")


def session(
    url: str, svids: Callable[[], SvidSource] = nobody, /, **variables: str
) -> VaultSession:
    environment = {"VAULT_ADDR": url, **variables}
    settings = load_secret_settings(environment)
    return open_session(settings, environment, StoppedClock(), lambda: 0.0, svids)


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        pytest.param(SVID, "auth/jwt/login", id="jwt-svid"),
        pytest.param(
            {"BFF_VAULT_MOUNT": "/spire/prod/", **SVID},
            "auth/spire/prod/login",
            id="jwt-svid-elsewhere",
        ),
        pytest.param(
            {"BFF_VAULT_AUTH": "jwt-file", "BFF_VAULT_JWT_FILE": "jwt", **ROLE},
            "auth/jwt/login",
            id="jwt-file",
        ),
        pytest.param(
            {"BFF_VAULT_AUTH": "kubernetes", "BFF_VAULT_JWT_FILE": "jwt", **ROLE},
            "auth/kubernetes/login",
            id="kubernetes",
        ),
        pytest.param(
            {
                "BFF_VAULT_AUTH": "aws-iam",
                "AWS_REGION": "eu-west-1",
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "a secret",
                **ROLE,
            },
            "auth/aws/login",
            id="aws-iam",
        ),
    ],
)
async def test_the_environment_says_how_and_where_to_log_in(
    scripted: ScriptedVault,
    variables: dict[str, str],
    path: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jwt").write_text(JWT, encoding="ascii")
    opened = session(scripted.url, Platform, **variables)

    assert (await opened.call(read, THERE)).value == {"a": "1"}
    assert [call.path for call in scripted.calls] == [f"/v1/{path}", "/v1/secret/data/a"]
    await opened.close()


async def test_the_audience_of_an_identity_is_vault_unless_it_is_named(
    scripted: ScriptedVault,
) -> None:
    for variables, audience in (({}, "vault"), ({"BFF_VAULT_AUDIENCE": "v2"}, "v2")):
        opened = session(scripted.url, Platform, **SVID, **variables)
        await opened.call(read, THERE)
        await opened.close()
        login = scripted.asked("auth/jwt/login")[-1]
        assert f"{JWT}-{audience}".encode() in login.body


async def test_a_token_of_the_environment_is_used_and_left(scripted: ScriptedVault) -> None:
    opened = session(scripted.url, VAULT_TOKEN=ROOT, VAULT_NAMESPACE="team")
    await opened.call(read, THERE)
    await opened.close()

    assert scripted.alive == {ROOT}
    assert {call.headers["x-vault-namespace"] for call in scripted.calls} == {"team"}


async def test_a_token_of_a_sink_is_read_there(scripted: ScriptedVault, tmp_path: Path) -> None:
    sink = tmp_path / "sink"
    sink.write_text(f"{ROOT}\n", encoding="ascii")
    opened = session(scripted.url, BFF_VAULT_TOKEN=f"file:{sink}")

    assert (await opened.call(read, THERE)).value == {"a": "1"}
    await opened.close()


async def test_behind_a_proxy_no_token_is_sent(scripted: ScriptedVault) -> None:
    scripted.said["secret/data/a"] = lambda _: document(data={"data": {"a": "1"}})
    opened = session(scripted.url, BFF_VAULT_AUTH="proxy", VAULT_TOKEN=ROOT)
    answer = await opened.call(read, THERE)
    await opened.close()

    assert answer.token_left_s == inf
    (call,) = scripted.calls
    assert "x-vault-token" not in call.headers


async def test_a_wrapped_secret_id_is_opened(scripted: ScriptedVault, tmp_path: Path) -> None:
    wrapper = tmp_path / "wrapper"
    wrapper.write_text("hvs.wrapper", encoding="ascii")
    origin = {"creation_path": "auth/approle/role/gatehouse/secret-id"}
    scripted.said["sys/wrapping/lookup"] = lambda _: document(data=origin)
    scripted.said["sys/wrapping/unwrap"] = lambda _: document(data={"secret_id": "b"})
    opened = session(
        scripted.url,
        BFF_VAULT_AUTH="approle-wrapped",
        BFF_VAULT_ROLE_ID="a",
        BFF_VAULT_WRAPPED_SECRET_ID=str(wrapper),
        **ROLE,
    )
    await opened.call(read, THERE)
    await opened.close()

    assert scripted.asked("auth/approle/login")[0].body == b'{"role_id": "a", "secret_id": "b"}'


async def test_a_token_reference_of_another_keeper_is_refused() -> None:
    with pytest.raises(SettingsError, match="BFF_VAULT_TOKEN"):
        session("http://127.0.0.1:1", BFF_VAULT_TOKEN="vault-kv:secret/a#token")


def test_opening_loads_neither_spiffe_nor_aws_where_they_are_not_used() -> None:
    program = """
import sys, random
from trust.clock import SystemClock
from trust.secrets.settings import load_secret_settings
from trust.secrets.vault.opening import open_session
environment = {"BFF_VAULT_AUTH": "proxy"}
open_session(load_secret_settings(environment), environment, SystemClock(), random.random, None)
print(sorted({"spiffe", "grpc", "boto3", "botocore"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, timeout=60
    )
    assert done.stdout == b"[]\n"
