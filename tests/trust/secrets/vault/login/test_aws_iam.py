"""Logging in by a signature over GetCallerIdentity, which Vault shows to STS."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from fakes.clock import NOW, StoppedClock
from fakes.scripted_vault import ScriptedVault
from trust.aws.environment import NEVER
from trust.aws.identity import FixedIdentity
from trust.aws.message import AwsUnavailable
from trust.errors import SettingsError
from trust.grant.record import Credentials
from trust.secret import Secret
from trust.secrets.source import SecretOutage
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.aws_iam import SERVER_ID_HEADER, AwsLogin, Host

KEY, SECRET, SESSION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "SESSIONTOKEN"
BODY = b"Action=GetCallerIdentity&Version=2011-06-15"


def login(*, region: str = "eu-west-1", server_id: str | None = "vault.example") -> AwsLogin:
    held = Credentials(
        access_key_id=KEY,
        secret_access_key=Secret(SECRET),
        session_token=Secret(SESSION),
        expires_at=NEVER,
    )
    return AwsLogin(
        FixedIdentity(held),
        StoppedClock(),
        mount="aws",
        role="gatehouse",
        to=Host(region=region, server_id=server_id),
    )


async def sent(scripted: ScriptedVault, http: VaultHttp, by: AwsLogin) -> Mapping[str, Any]:
    """Log in; return the proof that Vault got, decoded."""
    assert (await by.login(http)).token == Secret("hvs.token-1")
    (call,) = scripted.asked("auth/aws/login")
    body = cast("dict[str, str]", json.loads(call.body))
    assert (body["role"], body["iam_http_request_method"]) == ("gatehouse", "POST")
    return {
        "url": base64.b64decode(body["iam_request_url"]).decode(),
        "body": base64.b64decode(body["iam_request_body"]),
        "headers": json.loads(base64.b64decode(body["iam_request_headers"])),
    }


@pytest.fixture(autouse=True)
def _frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop botocore's clock where ours stands."""
    frozen = datetime.fromtimestamp(NOW, UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: frozen)


async def test_the_signature_is_the_one_that_botocore_makes(
    scripted: ScriptedVault, http: VaultHttp
) -> None:
    proof = await sent(scripted, http, login())

    assert proof["url"] == "https://sts.eu-west-1.amazonaws.com/"
    assert proof["body"] == BODY
    headers = proof["headers"]
    named = {name: headers[name] for name in ("Content-Type", SERVER_ID_HEADER)}
    asked = AWSRequest(method="POST", url=proof["url"], headers=named, data=BODY)
    SigV4Auth(BotocoreCredentials(KEY, SECRET, SESSION), "sts", "eu-west-1").add_auth(asked)
    assert headers == {"Host": "sts.eu-west-1.amazonaws.com", **dict(asked.headers)}


async def test_nothing_that_signs_leaves(scripted: ScriptedVault, http: VaultHttp) -> None:
    proof = await sent(scripted, http, login())

    assert SECRET not in str(proof)


async def test_a_login_for_one_vault_names_it_under_the_signature(
    scripted: ScriptedVault, http: VaultHttp
) -> None:
    """Otherwise whoever receives it could log in as us at any other Vault."""
    proof = await sent(scripted, http, login(server_id="vault.example"))

    assert proof["headers"][SERVER_ID_HEADER] == "vault.example"
    (names,) = [
        part.removeprefix("SignedHeaders=")
        for part in proof["headers"]["Authorization"].split(", ")
        if part.startswith("SignedHeaders=")
    ]
    assert "x-vault-aws-iam-server-id" in names.split(";")


async def test_without_a_server_id_none_is_sent(scripted: ScriptedVault, http: VaultHttp) -> None:
    proof = await sent(scripted, http, login(server_id=None))

    assert SERVER_ID_HEADER not in proof["headers"]


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "sts.us-east-1.amazonaws.com"),
        ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
    ],
)
async def test_the_regions_own_endpoint_is_asked(
    scripted: ScriptedVault, http: VaultHttp, region: str, host: str
) -> None:
    proof = await sent(scripted, http, login(region=region))

    assert proof["url"] == f"https://{host}/"
    assert f"/{region}/sts/aws4_request" in proof["headers"]["Authorization"]


def test_a_region_that_is_part_of_another_host_is_refused() -> None:
    with pytest.raises(SettingsError, match="AWS_REGION"):
        login(region="eu-west-1.evil.example/")


async def test_without_an_identity_vault_is_not_asked(
    scripted: ScriptedVault, http: VaultHttp
) -> None:
    class Nobody:
        async def credentials(self) -> Credentials:
            """Raise."""
            raise AwsUnavailable("no identity: neither environment, profile nor role")

    nobody = AwsLogin(
        Nobody(), StoppedClock(), mount="aws", role="a", to=Host(region="eu-west-1", server_id=None)
    )
    with pytest.raises(SecretOutage, match="auth/aws: no identity"):
        await nobody.login(http)

    assert scripted.calls == []
