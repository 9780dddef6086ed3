"""The product's own calls of AWS, where signatures are checked and IAM decides."""

import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from contracts.rows import P, row
from contracts.vendor import REQUEST
from fakes.agents import INVOKE_ROLE
from trust.aws.environment import NEVER
from trust.aws.identity import FixedIdentity
from trust.aws.opening import Region
from trust.aws.sts.vendor import AssumeRole
from trust.clock import NumericDate, SystemClock
from trust.grant.record import Credentials, GrantDenied, GrantRequest, GrantUnavailable
from trust.secret import Secret
from trust.store.table import Absent, AtVersion, Check, ConditionFailed, Key, Put, StoreUnavailable
from trust.wire.client import LeanWire

TABLE = "gatehouse-sessions"
NARROW = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "bedrock-agentcore:InvokeAgentRuntime",
                "Resource": "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/hello",
            }
        ],
    }
)


def identity(access_key_id: str, secret: str, token: Secret | None = None) -> Credentials:
    return Credentials(
        access_key_id=access_key_id,
        secret_access_key=Secret(secret),
        session_token=token,
        expires_at=NEVER,
    )


def wanted(*, role_arn: str = INVOKE_ROLE, policy: str = REQUEST.policy) -> GrantRequest:
    return GrantRequest(
        role_arn=role_arn, coordinates=REQUEST.coordinates, subject=REQUEST.subject, policy=policy
    )


BFF = identity("AKIABFFBFFBFFBFFBFF2", "the-bff-signs-with-this")


@pytest.fixture
async def region(gateway: Any) -> AsyncIterator[Region]:
    """Return the local AWS, called as the BFF."""
    wire = LeanWire(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    yield Region(
        name="us-east-1",
        environment={"AWS_ENDPOINT_URL": gateway.url},
        wire=wire,
        identity=FixedIdentity(BFF),
        clock=SystemClock(),
    )
    await wire.close()


async def test_the_bff_may_do_all_that_a_table_does(region: Region, gateway: Any) -> None:
    table, now = region.table(TABLE), SystemClock().now()
    first, second = Key(P, "OWN#1"), Key(P, "OWN#2")
    count, later = Key(P, "OWN#COUNT"), NumericDate(now + 60)

    await table.transact([Put(row(first, box=b"\x00"), Absent()), Check(second, Absent())])
    await table.put(row(first, version=2), condition=AtVersion(1))
    with pytest.raises(ConditionFailed):
        await table.put(row(first, version=2), condition=AtVersion(1))
    with pytest.raises(ConditionFailed) as failed:
        await table.transact([Put(row(second)), Put(row(first), Absent())])

    assert failed.value.index == 1
    assert await table.add(count, 2, expires_at=later) == 2
    assert await table.get(first, now=now) == row(first, version=2)
    assert [item.key for item in await table.query(P, prefix="OWN#", now=now)] == [first, count]
    for key in (first, count):
        await table.delete(key)
    assert await table.query(P, prefix="OWN#", now=now) == []
    assert {call["operation"] for call in gateway.calls()} == {
        "TransactWriteItems",
        "PutItem",
        "UpdateItem",
        "GetItem",
        "Query",
        "DeleteItem",
    }


async def test_the_bff_may_not_read_the_tenants_data(region: Region) -> None:
    with pytest.raises(StoreUnavailable, match="AccessDenied"):
        await region.table("gatehouse-data").get(Key(P, "note"), now=SystemClock().now())


async def test_a_wrong_signature_opens_nothing(region: Region) -> None:
    forged = replace(region, identity=FixedIdentity(identity(BFF.access_key_id, "another")))

    with pytest.raises(StoreUnavailable, match="Signature"):
        await forged.table(TABLE).get(Key(P, "S"), now=SystemClock().now())
    with pytest.raises(GrantUnavailable, match="Signature"):
        await AssumeRole(caller=forged.sts(), seconds=900).assume(REQUEST, None)


async def test_a_grant_is_bought_and_narrow(region: Region) -> None:
    vendor, now = AssumeRole(caller=region.sts(), seconds=900), SystemClock().now()

    granted = await vendor.assume(wanted(policy=NARROW), None)

    assert granted.access_key_id.startswith("ASIA")
    assert 890 <= granted.expires_at - now <= 910
    narrowed = replace(region, identity=FixedIdentity(granted))
    with pytest.raises(StoreUnavailable, match="AccessDenied"):
        await narrowed.table(TABLE).get(Key(P, "S"), now=now)


async def test_a_role_that_is_not_the_bffs_is_denied(region: Region) -> None:
    vendor = AssumeRole(caller=region.sts(), seconds=900)
    role = INVOKE_ROLE.replace("gatehouse-invoke-hello", "administrator")

    with pytest.raises(GrantDenied, match="AccessDenied"):
        await vendor.assume(wanted(role_arn=role), None)
