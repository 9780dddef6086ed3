"""Opening grants with the product's own policies, as the BFF does it, through boto3."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from devstack.aws.iam.evaluate import Allowed, Request, evaluate
from devstack.aws.iam.policy import parse_policy, parse_trust_policy
from devstack.aws.iam.role import Role
from devstack.aws.iam.template import filled
from devstack.aws.sts.context import request_context
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.principal import Principal, role_key
from trust.secret import Secret

POLICIES = Path(__file__).parents[4] / "infra" / "policies"
ACCOUNT = "123456789012"
BFF_ROLE = f"arn:aws:iam::{ACCOUNT}:role/gatehouse-bff"
DATA_ROLE = f"arn:aws:iam::{ACCOUNT}:role/gatehouse-data-ledger"
VALUES: dict[str, str | list[str]] = {
    "ACCOUNT": ACCOUNT,
    "REGION": "us-east-1",
    "APP": "demo",
    "AGENT": "ledger",
    "TENANTS": ["acme"],
    "BFF_ROLE_ARN": BFF_ROLE,
    "GRANT_ROLE_ARNS": [DATA_ROLE],
    "DATA_BUCKET": "gatehouse-data",
    "DATA_TABLE": "gatehouse-data",
    "SESSION_TABLE": "gatehouse-sessions",
}
TAGS = {"app_id": "demo", "tenant_id": "acme", "agent_name": "ledger"}


def text_of(name: str) -> str:
    return filled((POLICIES / name).read_text(encoding="utf-8"), VALUES)


@pytest.fixture
def product(account: Any) -> Any:
    """The account with the BFF's role and the data role of an agent that only acme may use."""
    data = Role(
        name="gatehouse-data-ledger",
        arn=DATA_ROLE,
        trust=parse_trust_policy(text_of("data-trust.json")),
        policies=(parse_policy(text_of("data-role.json")),),
    )
    bff = Role(
        name="gatehouse-bff",
        arn=BFF_ROLE,
        trust=parse_trust_policy(text_of("runtime-trust.json")),
        policies=(parse_policy(text_of("bff-grants.json")),),
    )
    key = role_key(
        bff,
        access_key_id="AKIAGATEHOUSEBFF0000",
        secret_access_key=Secret("bff"),
        session_name="local",
    )
    account.roles = {role.arn: role for role in (bff, data)}
    account.identities = Identities([key])
    return account


def opened(product: Any, *, tags: dict[str, str] = TAGS, **parameters: Any) -> Principal:
    answer = product.client().assume_role(
        RoleArn=DATA_ROLE,
        RoleSessionName="alice",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        **({"SourceIdentity": "alice"} | parameters),
    )
    principal: Principal = product.owner(answer["Credentials"])
    return principal


def reads(principal: Principal, key: str, *, now: int) -> bool:
    request = Request(
        action="s3:GetObject",
        resource=f"arn:aws:s3:::gatehouse-data/{key}",
        context=request_context(principal, now),
    )
    decision = evaluate(
        request, identity=principal.identity_policies, session=principal.session_policies
    )
    return isinstance(decision, Allowed)


def test_a_data_grant_reaches_its_own_tenant_and_no_other(product: Any) -> None:
    grant = opened(product)

    assert reads(grant, "demo/acme/ledger/x", now=product.now)
    for key in ("demo/globex/ledger/x", "demo/acme2/ledger/x", "demo/acme/hello/x"):
        assert not reads(grant, key, now=product.now)


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({}, id="no tags"),
        pytest.param({**TAGS, "tenant_id": "globex"}, id="a tenant that may not use this agent"),
        pytest.param({**TAGS, "agent_name": "hello"}, id="another agent"),
        pytest.param({**TAGS, "app_id": "other"}, id="another app"),
        pytest.param({**TAGS, "admin": "yes"}, id="one tag too many"),
        pytest.param({"app_id": "demo", "tenant_id": "acme"}, id="one tag too few"),
    ],
)
def test_a_grant_with_other_tags_cannot_be_opened(product: Any, tags: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        opened(product, tags=tags)


def test_a_grant_without_source_identity_cannot_be_opened(product: Any) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        product.client().assume_role(
            RoleArn=DATA_ROLE,
            RoleSessionName="alice",
            Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()],
        )


def test_a_grant_cannot_open_another_grant(product: Any) -> None:
    answer = product.client().assume_role(
        RoleArn=DATA_ROLE,
        RoleSessionName="alice",
        SourceIdentity="alice",
        Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()],
    )

    chained = product.client(answer["Credentials"])
    with pytest.raises(ClientError, match="AccessDenied"):
        chained.assume_role(RoleArn=DATA_ROLE, RoleSessionName="again")


def test_no_tenant_can_be_named_like_a_pattern(product: Any) -> None:
    with pytest.raises(ClientError, match="ValidationError"):
        opened(product, tags={**TAGS, "tenant_id": "*"})
