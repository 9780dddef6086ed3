"""The AWS engine: STS credentials that end by themselves, users that end with their lease."""

import pytest
from hvac.exceptions import InvalidPath, InvalidRequest

from devstack.vault.engines.aws import Aws
from fakes.vault import RunningVault
from fakes.vault_client import Client

ROLE = "arn:aws:iam::123456789012:role/data"


@pytest.fixture
def aws(running: RunningVault, root: Client) -> Client:
    running.engine("aws")
    running.write("aws/roles/data", credential_type="assumed_role", role_arns=[ROLE])
    return root.secrets.aws


def test_sts_credentials_come_with_a_lease_that_nobody_renews(aws: Client, root: Client) -> None:
    made = aws.generate_credentials("data", endpoint="sts")

    assert made["data"]["access_key"].startswith("ASIA")
    assert made["data"]["security_token"]
    assert made["data"]["arn"] == "arn:aws:sts::123456789012:assumed-role/data/vault"
    assert (made["lease_duration"], made["renewable"]) == (3600, False)
    with pytest.raises(InvalidRequest, match="not renewable"):
        root.sys.renew_lease(made["lease_id"])
    root.sys.revoke_lease(made["lease_id"])


def test_how_long_they_live_is_asked_for_up_to_the_maximum(
    running: RunningVault, aws: Client
) -> None:
    terms = {"default_sts_ttl": "30m", "max_sts_ttl": "1h"}
    arns = {"role_arns": [ROLE]}
    running.write("aws/roles/data", credential_type="assumed_role", **arns, **terms)

    def lives(**asked: str) -> int:
        seconds: int = aws.generate_credentials("data", endpoint="sts", **asked)["lease_duration"]
        return seconds

    assert lives() == 1800
    assert lives(ttl="45m") == 2700
    assert lives(ttl="2h") == 3600
    with pytest.raises(InvalidRequest, match="at least 900"):
        lives(ttl="5m")


def test_of_several_roles_one_has_to_be_named(running: RunningVault, aws: Client) -> None:
    other = ROLE.replace("data", "other")
    running.write("aws/roles/data", credential_type="assumed_role", role_arns=[ROLE, other])
    with pytest.raises(InvalidRequest, match="unable to determine one"):
        aws.generate_credentials("data", endpoint="sts")
    with pytest.raises(InvalidRequest, match="not in allowed role arns"):
        aws.generate_credentials("data", endpoint="sts", role_arn=ROLE + "x")

    made = aws.generate_credentials("data", endpoint="sts", role_arn=other)

    assert made["data"]["arn"].endswith(":assumed-role/other/vault")


def test_a_user_goes_with_its_lease(running: RunningVault, aws: Client, root: Client) -> None:
    running.write("aws/roles/user", credential_type="iam_user", policy_document="{}")
    made = aws.generate_credentials("user", endpoint="creds")
    engine = running.core.spaces.named("").mounts["aws/"].engine
    assert isinstance(engine, Aws)
    assert (list(engine.users), made["renewable"]) == ([made["data"]["access_key"]], True)

    root.sys.revoke_lease(made["lease_id"])

    assert not engine.users
    with pytest.raises(InvalidRequest, match="through the sts path"):
        aws.generate_credentials("user", endpoint="sts")


def test_a_session_without_a_role_is_vaults_own(running: RunningVault, aws: Client) -> None:
    running.write("aws/roles/own", credential_type="session_token")

    assert aws.generate_credentials("own", endpoint="sts")["data"]["arn"].endswith("/vault")


def test_vaults_own_key_is_never_read(running: RunningVault, aws: Client) -> None:
    running.write("aws/config/root", access_key="AKIA", secret_key="canary", region="eu-west-1")

    assert running.read("aws/config/root")["data"] == {"access_key": "AKIA", "region": "eu-west-1"}


def test_roles_are_read_listed_and_deleted(aws: Client) -> None:
    assert aws.read_role("data")["data"]["role_arns"] == [ROLE]
    assert aws.list_roles()["data"]["keys"] == ["data"]

    aws.delete_role("data")

    with pytest.raises(InvalidPath):
        aws.read_role("data")
    with pytest.raises(InvalidPath):
        aws.list_roles()
    with pytest.raises(InvalidRequest, match="Role 'data' not found"):
        aws.generate_credentials("data", endpoint="sts")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"credential_type": "magic"}, "unrecognized"),
        ({"credential_type": "assumed_role"}, "must supply role_arns"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused(
    fields: dict[str, object], text: str, aws: Client, root: Client
) -> None:
    with pytest.raises(InvalidRequest, match=text):
        root.adapter.post("/v1/aws/roles/r", json=fields)
