"""Logins that a real server could only answer with a cluster, or with AWS, behind it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hvac
import pytest

from devstack.vault.logins.aws_keys import AwsKey
from fakes.clock import StoppedClock
from fakes.vault import RunningVault, vault
from fakes.vault_session import THERE
from trust.clock import NumericDate
from trust.secret import Secret
from trust.secrets.settings import load_secret_settings
from trust.secrets.source import SecretRefused
from trust.secrets.spiffe.svid import JwtSvid, SvidSource
from trust.secrets.vault.opening import open_session
from trust.secrets.vault.session import VaultSession

SUBJECT = "spiffe://example.org/gatehouse"
ROLE_ARN = "arn:aws:iam::123456789012:role/gatehouse"
KEY = AwsKey(
    access_key_id="AKIDEXAMPLE",
    secret_access_key=Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    session_token=Secret("SESSIONTOKEN"),
    arn="arn:aws:sts::123456789012:assumed-role/gatehouse/task-1",
)
OURS = {
    "AWS_ACCESS_KEY_ID": KEY.access_key_id,
    "AWS_SECRET_ACCESS_KEY": KEY.secret_access_key.reveal(),
    "AWS_SESSION_TOKEN": "SESSIONTOKEN",
    "AWS_REGION": "eu-west-1",
    "BFF_VAULT_AUTH": "aws-iam",
    "BFF_VAULT_AWS_SERVER_ID": "vault.example",
}


@pytest.fixture
def running() -> Iterator[RunningVault]:
    with vault(StoppedClock()) as running:
        running.put("a", a="1")
        running.policy("reader", 'path "secret/data/a" { capabilities = ["read"] }')
        yield running


class Platform:
    """Signs that we are `SUBJECT`, as SPIRE does."""

    def __init__(self, running: RunningVault) -> None:
        self._running = running

    async def jwt_svid(self, audience: str) -> JwtSvid:
        """Return an identity."""
        token = Secret(self._running.jwt(SUBJECT, aud=audience))
        return JwtSvid(token=token, spiffe_id=SUBJECT, expires_at=NumericDate(0))

    async def close(self) -> None:
        """Do nothing."""


def nobody() -> SvidSource:
    raise AssertionError("nobody needs an identity here")


def opened(
    running: RunningVault, svids: Callable[[], SvidSource] = nobody, /, **variables: str
) -> VaultSession:
    environment = {"VAULT_ADDR": running.url, "BFF_VAULT_ROLE": "gatehouse", **variables}
    settings = load_secret_settings(environment)
    return open_session(settings, environment, running.clock, lambda: 0.0, svids)


def read(client: hvac.Client) -> Any:
    return client.secrets.kv.v2.read_secret_version(
        "a", mount_point="secret", raise_on_deleted_version=True
    )["data"]["data"]


async def reads(session: VaultSession) -> None:
    """Check that a session reads, and leaves nothing behind."""
    assert (await session.call(read, THERE)).value == {"a": "1"}
    await session.close()


async def test_an_identity_of_spire_logs_in(running: RunningVault) -> None:
    running.jwt_role("gatehouse", SUBJECT, token_policies=["reader"], token_ttl=900)
    svid = {"BFF_VAULT_AUTH": "jwt-svid", "SPIFFE_ENDPOINT_SOCKET": "unix:///run/spire.sock"}
    await reads(opened(running, lambda: Platform(running), **svid))

    assert running.tokens == ()


async def test_an_identity_for_another_audience_logs_nobody_in(running: RunningVault) -> None:
    running.jwt_role("gatehouse", SUBJECT, token_policies=["reader"], token_ttl=900)
    svid = {"BFF_VAULT_AUTH": "jwt-svid", "SPIFFE_ENDPOINT_SOCKET": "unix:///run/spire.sock"}
    session = opened(running, lambda: Platform(running), BFF_VAULT_AUDIENCE="agent-app", **svid)

    with pytest.raises(SecretRefused):
        await session.call(read, THERE)
    await session.close()


@pytest.fixture
def cluster(running: RunningVault) -> RunningVault:
    """A cluster whose pods of one service account may log in."""
    running.method("kubernetes")
    config = {"kubernetes_host": "https://k8s.example", "pem_keys": [running.issuer.pem]}
    running.write("auth/kubernetes/config", **config)
    running.write(
        "auth/kubernetes/role/gatehouse",
        bound_service_account_names=["gatehouse"],
        bound_service_account_namespaces=["prod"],
        audience="vault",
        token_policies=["reader"],
        token_ttl=900,
    )
    return running


def pod(running: RunningVault, name: str, file: Path) -> dict[str, str]:
    """Write the token of a pod; return the variables by which it logs in."""
    claims: dict[str, Any] = {
        "kubernetes.io": {"namespace": "prod", "serviceaccount": {"name": name, "uid": "u-1"}}
    }
    jwt = running.jwt(f"system:serviceaccount:prod:{name}", **claims)
    file.write_text(jwt, encoding="ascii")
    return {"BFF_VAULT_AUTH": "kubernetes", "BFF_VAULT_JWT_FILE": str(file)}


async def test_a_pod_of_our_service_account_logs_in(cluster: RunningVault, tmp_path: Path) -> None:
    await reads(opened(cluster, **pod(cluster, "gatehouse", tmp_path / "token")))


async def test_a_pod_of_another_service_account_does_not(
    cluster: RunningVault, tmp_path: Path
) -> None:
    session = opened(cluster, **pod(cluster, "other", tmp_path / "token"))

    with pytest.raises(SecretRefused):
        await session.call(read, THERE)
    await session.close()


@pytest.fixture
def account(running: RunningVault) -> RunningVault:
    """An AWS account one of whose roles may log in."""
    running.method("aws")
    running.aws_key(KEY)
    running.write(
        "auth/aws/config/client",
        iam_server_id_header_value="vault.example",
        use_sts_region_from_client=True,
    )
    running.write(
        "auth/aws/role/gatehouse",
        auth_type="iam",
        bound_iam_principal_arn=[ROLE_ARN],
        resolve_aws_unique_ids=False,
        token_policies=["reader"],
        token_ttl=900,
    )
    return running


async def test_our_role_logs_in_by_its_signature(account: RunningVault) -> None:
    await reads(opened(account, **OURS))


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"BFF_VAULT_AWS_SERVER_ID": "other.example"}, id="signed-for-another-vault"),
        pytest.param({"BFF_VAULT_AWS_SERVER_ID": ""}, id="signed-for-any-vault"),
        pytest.param({"AWS_SECRET_ACCESS_KEY": "made-up"}, id="signed-with-another-key"),
        pytest.param({"AWS_SESSION_TOKEN": "of-another-session"}, id="of-another-session"),
    ],
)
async def test_a_signature_that_does_not_hold_logs_nobody_in(
    account: RunningVault, variables: dict[str, str]
) -> None:
    session = opened(account, **{**OURS, **variables})

    with pytest.raises(SecretRefused):
        await session.call(read, THERE)
    await session.close()


async def test_a_role_that_is_not_bound_does_not_log_in(account: RunningVault) -> None:
    account.write(
        "auth/aws/role/gatehouse",
        bound_iam_principal_arn=[f"{ROLE_ARN}-2"],
        resolve_aws_unique_ids=False,
    )
    session = opened(account, **OURS)

    with pytest.raises(SecretRefused):
        await session.call(read, THERE)
    await session.close()
