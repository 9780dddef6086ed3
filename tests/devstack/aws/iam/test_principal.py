"""Who a Principal element names (IAM User Guide: "AWS JSON policy elements: Principal")."""

import pytest

from devstack.aws.iam.principal import Caller, PrincipalKind, PrincipalName, Reach, reach

ACCOUNT = "123456789012"
SESSION = Caller(
    name=f"arn:aws:sts::{ACCOUNT}:assumed-role/bff/s1",
    account=ACCOUNT,
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/path/bff",
)
USER = Caller(name=f"arn:aws:iam::{ACCOUNT}:user/bob", account=ACCOUNT)
ROLE = Caller(name=f"arn:aws:iam::{ACCOUNT}:role/bff", account=ACCOUNT)
SERVICE = Caller(kind="Service", name="ecs.amazonaws.com")


@pytest.mark.parametrize(
    ("kind", "value", "caller", "expected"),
    [
        pytest.param("AWS", "*", SESSION, Reach.NAMED, id="everyone"),
        pytest.param("AWS", SESSION.name, SESSION, Reach.NAMED, id="the session"),
        pytest.param("AWS", SESSION.role_arn, SESSION, Reach.ROLE, id="the role"),
        pytest.param("AWS", f"arn:aws:iam::{ACCOUNT}:root", SESSION, Reach.ACCOUNT, id="root ARN"),
        pytest.param("AWS", ACCOUNT, SESSION, Reach.ACCOUNT, id="account number"),
        pytest.param("AWS", "999999999999", SESSION, None, id="another account"),
        pytest.param("AWS", f"{SESSION.name}2", SESSION, None, id="another session"),
        pytest.param("AWS", f"arn:aws:iam::{ACCOUNT}:role/bff", SESSION, None, id="no path"),
        pytest.param("AWS", USER.name, USER, Reach.NAMED, id="the user"),
        pytest.param("AWS", ROLE.name, ROLE, Reach.ROLE, id="a role that has no session"),
        pytest.param("AWS", USER.name.upper(), USER, None, id="names are case-sensitive"),
        pytest.param("AWS", ACCOUNT, SERVICE, None, id="an account is no service"),
        pytest.param("Service", "ecs.amazonaws.com", SERVICE, Reach.NAMED, id="the service"),
        pytest.param("Service", "ec2.amazonaws.com", SERVICE, None, id="another service"),
        pytest.param("Federated", SERVICE.name, SERVICE, None, id="another kind"),
    ],
)
def test_a_name_reaches_a_caller(
    kind: PrincipalKind, value: str, caller: Caller, expected: Reach | None
) -> None:
    assert reach([PrincipalName(kind=kind, value=value)], caller) is expected


def test_the_most_direct_name_counts() -> None:
    names = [PrincipalName(kind="AWS", value=v) for v in (ACCOUNT, SESSION.name, "999999999999")]

    assert reach(names, SESSION) is Reach.NAMED
