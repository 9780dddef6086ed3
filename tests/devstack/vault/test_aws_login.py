"""Logging in with a signed GetCallerIdentity: signed by whom, for which Vault, for which STS."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hvac.exceptions import InvalidRequest

from devstack.vault.logins.aws_keys import AwsKey
from fakes.clock import NOW
from fakes.vault import RunningVault
from fakes.vault_client import Client
from trust.secret import Secret

REGION, HOST = "eu-west-1", "sts.eu-west-1.amazonaws.com"
SERVER_ID = "vault.example.org"
BODY = "Action=GetCallerIdentity&Version=2011-06-15"
ARN = "arn:aws:sts::123456789012:assumed-role/gatehouse/i-1"
SERVER_HEADER = "X-Vault-AWS-IAM-Server-ID"


@pytest.fixture
def running(running: RunningVault, monkeypatch: pytest.MonkeyPatch) -> RunningVault:
    running.method("aws")
    running.write(
        "auth/aws/config/client",
        iam_server_id_header_value=SERVER_ID,
        sts_endpoint=f"https://{HOST}",
    )
    running.write(
        "auth/aws/role/gate",
        auth_type="iam",
        bound_iam_principal_arn=["arn:aws:iam::123456789012:role/gatehouse"],
        resolve_aws_unique_ids=False,
        token_policies=["p"],
        token_ttl="15m",
    )
    for access_key, arn in (("ASIAGATEHOUSE", ARN), ("ASIASOMEBODY", ARN.replace("gate", "x"))):
        running.aws_key(
            AwsKey(
                access_key_id=access_key,
                secret_access_key=Secret("made-up"),
                session_token=Secret("session"),
                arn=arn,
            )
        )
    # botocore has no other way to be told the time.
    at = datetime.fromtimestamp(NOW, UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: at)
    return running


def login(
    *,
    host: str = HOST,
    region: str = REGION,
    key: tuple[str, str, str | None] = ("ASIAGATEHOUSE", "made-up", "session"),
    server_id: str | None = SERVER_ID,
    body: str = BODY,
    service: str = "sts",
) -> dict[str, str]:
    """Return what a client sends, signed by botocore."""
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Host": host}
    if server_id is not None:
        headers[SERVER_HEADER] = server_id
    request = AWSRequest(method="POST", url=f"https://{host}/", data=body, headers=headers)
    SigV4Auth(Credentials(*key), service, region).add_auth(request)
    return packed(f"https://{host}/", body, dict(request.headers.items()))


def packed(url: str, body: str, headers: Mapping[str, Any]) -> dict[str, str]:
    def b64(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    return {
        "role": "gate",
        "iam_http_request_method": "POST",
        "iam_request_url": b64(url),
        "iam_request_body": b64(body),
        "iam_request_headers": b64(json.dumps(headers)),
    }


def unpacked(sent: Mapping[str, str]) -> dict[str, str]:
    read: dict[str, str] = json.loads(base64.b64decode(sent["iam_request_headers"]))
    return read


def asked(client: Client, sent: Mapping[str, object]) -> Mapping[str, Any]:
    auth: Mapping[str, Any] = client.adapter.post("/v1/auth/aws/login", json=sent)["auth"]
    return auth


def test_the_role_behind_the_session_gets_a_token(running: RunningVault, nobody: Client) -> None:
    auth = asked(nobody, login())

    assert (auth["policies"], auth["lease_duration"]) == (["default", "p"], 900)
    assert auth["metadata"]["canonical_arn"] == "arn:aws:iam::123456789012:role/gatehouse"
    assert auth["metadata"]["client_arn"] == ARN


def test_headers_may_be_an_object_and_their_values_lists(
    running: RunningVault, nobody: Client
) -> None:
    sent = login()
    headers = {name: [value] for name, value in unpacked(sent).items()}

    assert asked(nobody, {**sent, "iam_request_headers": headers})


NOT_SIGNED = "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        pytest.param({"host": "sts.amazonaws.com"}, NOT_SIGNED, id="for the global endpoint"),
        pytest.param({"host": "sts.eu-west-1.evil.org"}, NOT_SIGNED, id="for another host"),
        pytest.param({"region": "us-east-1"}, NOT_SIGNED, id="for another region"),
        pytest.param({"service": "s3"}, NOT_SIGNED, id="for another service"),
        pytest.param({"server_id": "vault.evil.org"}, "expected another", id="for another Vault"),
        pytest.param({"server_id": None}, "missing header", id="for no Vault"),
        pytest.param(
            {"key": ("ASIAGATEHOUSE", "guessed", "session")}, NOT_SIGNED, id="with another secret"
        ),
        pytest.param(
            {"key": ("ASIAGATEHOUSE", "made-up", "old")}, "InvalidClientTokenId", id="old session"
        ),
        pytest.param(
            {"key": ("ASIAGATEHOUSE", "made-up", None)}, "InvalidClientTokenId", id="no session"
        ),
        pytest.param(
            {"key": ("ASIANOBODY", "made-up", None)}, "InvalidClientTokenId", id="an unknown key"
        ),
        pytest.param(
            {"key": ("ASIASOMEBODY", "made-up", "session")}, "does not belong", id="another role"
        ),
        pytest.param(
            {"body": "Action=AssumeRole&Version=2011-06-15"}, "only GetCaller", id="another call"
        ),
        pytest.param({"body": f"{BODY}&Action=AssumeRole"}, "only GetCaller", id="two calls"),
    ],
)
def test_what_was_signed_otherwise_is_refused(
    terms: Mapping[str, Any], text: str, running: RunningVault, nobody: Client
) -> None:
    with pytest.raises(InvalidRequest, match=text):
        asked(nobody, login(**terms))


def test_a_body_that_was_changed_after_signing_is_refused(
    running: RunningVault, nobody: Client
) -> None:
    changed = base64.b64encode(f"{BODY}&x=1".encode()).decode()

    with pytest.raises(InvalidRequest, match=NOT_SIGNED):
        asked(nobody, {**login(), "iam_request_body": changed})


def test_a_url_that_was_changed_after_signing_is_refused(
    running: RunningVault, nobody: Client
) -> None:
    for url, text in (
        ("https://sts.evil.org/", NOT_SIGNED),
        (f"https://{HOST}/other", "invalid path"),
        (f"https://{HOST}/?Action=AssumeRole", "only GetCaller"),
    ):
        changed = base64.b64encode(url.encode()).decode()
        with pytest.raises(InvalidRequest, match=text):
            asked(nobody, {**login(), "iam_request_url": changed})


def test_a_server_id_that_was_added_after_signing_is_refused(
    running: RunningVault, nobody: Client
) -> None:
    # Whoever caught a request that was meant for another Vault could do just that.
    sent = login(server_id=None)
    headers = {**unpacked(sent), SERVER_HEADER: SERVER_ID}

    with pytest.raises(InvalidRequest, match="wasn't signed"):
        asked(nobody, packed(f"https://{HOST}/", BODY, headers))


def test_a_header_of_aws_that_nobody_expects_is_refused(
    running: RunningVault, nobody: Client
) -> None:
    headers = {**unpacked(login()), "X-Amz-Target": "Something"}

    with pytest.raises(InvalidRequest, match="invalid request header"):
        asked(nobody, packed(f"https://{HOST}/", BODY, headers))


def test_an_old_signature_is_refused(running: RunningVault, nobody: Client) -> None:
    sent = login()
    running.core.clock.skew_s = 901

    with pytest.raises(InvalidRequest, match=NOT_SIGNED):
        asked(nobody, sent)

    running.core.clock.skew_s = 899
    assert asked(nobody, sent)


def test_a_signature_of_no_day_is_refused(running: RunningVault, nobody: Client) -> None:
    sent = login()
    headers = unpacked(sent)
    headers["Authorization"] = headers["Authorization"].replace("20961002", "20969999")
    headers["X-Amz-Date"] = "20969999T000000Z"

    with pytest.raises(InvalidRequest, match="IncompleteSignature"):
        asked(nobody, packed(f"https://{HOST}/", BODY, headers))


@pytest.mark.parametrize("authorization", [None, "Bearer x"])
def test_what_nobody_signed_is_refused(
    authorization: str | None, running: RunningVault, nobody: Client
) -> None:
    running.write("auth/aws/config/client", sts_endpoint=f"https://{HOST}")
    headers = {} if authorization is None else {"Authorization": authorization}

    with pytest.raises(InvalidRequest, match="IncompleteSignature"):
        asked(nobody, packed(f"https://{HOST}/", BODY, headers))


def test_what_nobody_signed_is_for_no_vault(running: RunningVault, nobody: Client) -> None:
    headers = {"Authorization": "Bearer x", SERVER_HEADER: SERVER_ID}

    with pytest.raises(InvalidRequest, match="wasn't signed"):
        asked(nobody, packed(f"https://{HOST}/", BODY, headers))


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"role": "other"}, "entry for role other not found"),
        ({"role": ""}, "missing role"),
        ({"iam_http_request_method": "GET"}, "only 'POST'"),
        ({"iam_request_url": ""}, "missing iam_request_url"),
        ({"iam_request_body": "!"}, "base64"),
        ({"iam_request_headers": "eA=="}, "JSON"),
        ({"iam_request_headers": "W10="}, "iam_request_headers"),
    ],
)
def test_what_cannot_be_read_is_refused(
    changed: Mapping[str, str], text: str, running: RunningVault, nobody: Client
) -> None:
    with pytest.raises(InvalidRequest, match=text):
        asked(nobody, {**login(), **changed})


def test_a_vault_that_asks_the_global_endpoint_knows_no_regional_signature(
    running: RunningVault, nobody: Client
) -> None:
    running.write("auth/aws/config/client", iam_server_id_header_value=SERVER_ID)
    with pytest.raises(InvalidRequest, match=NOT_SIGNED):
        asked(nobody, login())

    assert asked(nobody, login(host="sts.amazonaws.com", region="us-east-1"))


def test_a_vault_may_follow_the_clients_region(running: RunningVault, nobody: Client) -> None:
    running.write(
        "auth/aws/config/client",
        iam_server_id_header_value=SERVER_ID,
        use_sts_region_from_client=True,
    )

    assert asked(nobody, login())
    with pytest.raises(InvalidRequest, match=NOT_SIGNED):
        asked(nobody, login(host="sts.us-east-1.amazonaws.com"))


def test_an_endpoint_of_ones_own_takes_any_region(running: RunningVault, nobody: Client) -> None:
    running.write(
        "auth/aws/config/client",
        iam_server_id_header_value=SERVER_ID,
        sts_endpoint="http://127.0.0.1:9500",
    )

    assert asked(nobody, login(host="127.0.0.1:9500"))


def test_a_user_is_itself(running: RunningVault, nobody: Client, root: Client) -> None:
    user = "arn:aws:iam::123456789012:user/ops"
    secret = Secret("of-a-user")
    running.aws_key(
        AwsKey(access_key_id="AKIAOPS", secret_access_key=secret, session_token=None, arn=user)
    )
    running.write(
        "auth/aws/role/gate",
        bound_iam_principal_arn=[f"{user[:-3]}*"],
        resolve_aws_unique_ids=False,
    )

    auth = asked(nobody, login(key=("AKIAOPS", "of-a-user", None)))

    assert auth["metadata"]["canonical_arn"] == user
    assert root.auth.aws.read_role("gate")["auth_type"] == "iam"
    assert root.auth.aws.read_config()["sts_endpoint"] == f"https://{HOST}"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"auth_type": "ec2"}, "auth_type iam only"),
        ({}, "bound parameter"),
        ({"bound_iam_principal_arn": "x"}, "resolve_aws_unique_ids"),
    ],
)
def test_a_role_that_cannot_be_checked_is_refused(
    fields: Mapping[str, object], text: str, running: RunningVault, root: Client
) -> None:
    with pytest.raises(InvalidRequest, match=text):
        root.adapter.post("/v1/auth/aws/role/r", json=fields)
