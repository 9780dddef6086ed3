"""Grants: bought once, used until they are about to expire, narrowed to whoever asks."""

import asyncio
from dataclasses import replace

import pytest

from fakes.agents import DATA_ROLE, HELLO, INVOKE_ROLE, RUNTIME_ARN
from fakes.clock import NOW, StoppedClock
from fakes.login import ALICE, BOB, CAROL, new_session
from fakes.vendor import LIFETIME_S, CountingVendor
from trust.clock import NumericDate
from trust.coordinates import AgentName
from trust.errors import TrustError
from trust.grant.grants import AHEAD_S, PUT_OFF_S, Grants, coordinates_of, table_arn
from trust.grant.record import (
    RENEW_BEFORE_S,
    Credentials,
    GrantDenied,
    GrantUnavailable,
    serves,
)
from trust.grant.session_policy import Extra, caller_policy, data_policy
from trust.registry.record import Agent
from trust.secret import Secret
from trust.session.record import Owner

SESSION = new_session()


@pytest.fixture
def vendor(clock: StoppedClock) -> CountingVendor:
    return CountingVendor(clock)


@pytest.fixture
def grants(vendor: CountingVendor, clock: StoppedClock) -> Grants:
    return Grants(vendor, clock)


@pytest.mark.parametrize(
    ("left_s", "is_served"),
    [(RENEW_BEFORE_S + 1, True), (RENEW_BEFORE_S, False), (0, False), (-1, False)],
)
def test_a_grant_serves_until_little_is_left_of_it(left_s: int, *, is_served: bool) -> None:
    grant = Credentials(
        access_key_id="ASIA",
        secret_access_key=Secret("s"),
        session_token=None,
        expires_at=NumericDate(NOW + left_s),
    )

    assert serves(grant, NOW) is is_served


# -- what is asked for


async def test_a_caller_grant_is_of_the_invoke_role_and_this_runtime(
    grants: Grants, vendor: CountingVendor
) -> None:
    await grants.caller(SESSION, HELLO)

    ((request, id_token),) = vendor.sold
    assert request.role_arn == INVOKE_ROLE
    assert request.policy == caller_policy(RUNTIME_ARN)
    assert (request.coordinates, request.subject) == (coordinates_of(SESSION, HELLO), ALICE.subject)
    assert id_token == Secret("id-0")


async def test_only_an_agent_that_is_told_the_user_gets_the_right_to_be(
    grants: Grants, vendor: CountingVendor
) -> None:
    await grants.caller(SESSION, replace(HELLO, for_user=True))

    assert vendor.sold[0][0].policy == caller_policy(RUNTIME_ARN, Extra.USER)


async def test_a_data_grant_is_of_the_data_role_and_this_tenant(
    grants: Grants, vendor: CountingVendor
) -> None:
    await grants.data(SESSION, HELLO)

    request = vendor.sold[0][0]
    assert request.role_arn == DATA_ROLE
    assert request.policy == data_policy(
        coordinates_of(SESSION, HELLO),
        bucket="gatehouse-data",
        table_arn="arn:aws:dynamodb:us-east-1:123456789012:table/gatehouse-data",
    )


async def test_an_agent_without_an_invoke_role_cannot_be_called_like_this(
    grants: Grants, vendor: CountingVendor
) -> None:
    with pytest.raises(GrantDenied):
        await grants.caller(SESSION, replace(HELLO, invoke_role_arn=None))

    assert vendor.sold == []


async def test_an_agent_without_a_data_role_gets_no_data(
    grants: Grants, vendor: CountingVendor
) -> None:
    assert await grants.data(SESSION, replace(HELLO, data_role_arn=None)) is None
    assert vendor.sold == []


def test_the_tenant_is_the_session_s() -> None:
    coordinates = coordinates_of(new_session(CAROL), HELLO)

    assert (coordinates.app, coordinates.tenant, coordinates.agent) == ("demo", "globex", "hello")


def test_a_table_is_where_the_runtime_is() -> None:
    cn = replace(
        HELLO,
        runtime_arn="arn:aws-cn:bedrock-agentcore:cn-north-1:210987654321:runtime/x",
        data_table="other",
    )

    assert table_arn(cn) == "arn:aws-cn:dynamodb:cn-north-1:210987654321:table/other"
    assert table_arn(replace(HELLO, data_table=None)) is None


# -- what is remembered


async def settled() -> None:
    """Let everybody else do what they can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_grant_is_bought_once_until_little_is_left_of_it(
    grants: Grants, vendor: CountingVendor, clock: StoppedClock
) -> None:
    first = await grants.caller(SESSION, HELLO)
    clock.advance(LIFETIME_S - RENEW_BEFORE_S - 1)
    assert await grants.caller(SESSION, HELLO) is first

    clock.advance(1)
    second = await grants.caller(SESSION, HELLO)

    assert second != first
    assert len(vendor.sold) == 2
    assert await grants.caller(SESSION, HELLO) is second


async def test_who_uses_a_grant_has_the_next_one_before_it_serves_no_more(
    grants: Grants, vendor: CountingVendor, clock: StoppedClock
) -> None:
    first = await grants.both(SESSION, HELLO)
    clock.advance(LIFETIME_S - RENEW_BEFORE_S - AHEAD_S)

    vendor.open.clear()
    assert await grants.both(SESSION, HELLO) == first
    vendor.open.set()
    await settled()
    clock.advance(AHEAD_S)

    vendor.open.clear()
    second = await asyncio.wait_for(grants.both(SESSION, HELLO), 5)
    assert second.caller != first.caller
    assert len(vendor.sold) == 4


async def test_a_grant_that_nobody_uses_has_no_successor(
    grants: Grants, vendor: CountingVendor, clock: StoppedClock
) -> None:
    await grants.caller(SESSION, HELLO)
    clock.advance(LIFETIME_S - RENEW_BEFORE_S - AHEAD_S - 1)
    await grants.caller(SESSION, HELLO)
    await settled()

    assert len(vendor.sold) == 1


async def test_while_no_successor_can_be_had_the_old_grant_serves_on(
    grants: Grants, vendor: CountingVendor, clock: StoppedClock
) -> None:
    first = await grants.caller(SESSION, HELLO)
    vendor.refusal = GrantUnavailable()
    clock.advance(LIFETIME_S - RENEW_BEFORE_S - AHEAD_S)
    for _ in range(3):
        assert await grants.caller(SESSION, HELLO) is first
        await settled()
    assert len(vendor.sold) == 2

    clock.advance(int(PUT_OFF_S))
    assert await grants.caller(SESSION, HELLO) is first
    await settled()
    assert len(vendor.sold) == 3

    clock.advance(AHEAD_S - int(PUT_OFF_S))
    with pytest.raises(GrantUnavailable):
        await grants.caller(SESSION, HELLO)


async def test_whoever_needs_a_grant_asks_for_it_however_lately_it_was_refused(
    grants: Grants, vendor: CountingVendor, clock: StoppedClock
) -> None:
    await grants.caller(SESSION, HELLO)
    clock.advance(LIFETIME_S - RENEW_BEFORE_S - 1)
    vendor.refusal = GrantUnavailable()
    await grants.caller(SESSION, HELLO)
    await settled()
    vendor.refusal = None
    clock.advance(1)

    assert (await grants.caller(SESSION, HELLO)).access_key_id == "ASIA3"


async def test_another_login_of_the_same_person_shares_the_grant(
    grants: Grants, vendor: CountingVendor
) -> None:
    assert await grants.caller(SESSION, HELLO) is await grants.caller(new_session(), HELLO)
    assert len(vendor.sold) == 1


@pytest.mark.parametrize("owner", [BOB, CAROL, ALICE._replace(tenant=CAROL.tenant)])
async def test_another_person_or_tenant_gets_a_grant_of_their_own(
    grants: Grants, vendor: CountingVendor, owner: Owner
) -> None:
    assert await grants.caller(SESSION, HELLO) != await grants.caller(new_session(owner), HELLO)
    assert len(vendor.sold) == 2


@pytest.mark.parametrize(
    "agent",
    [
        pytest.param(replace(HELLO, name=AgentName("ledger")), id="another-agent"),
        pytest.param(replace(HELLO, for_user=True), id="another-policy"),
        pytest.param(replace(HELLO, invoke_role_arn=DATA_ROLE), id="another-role"),
        pytest.param(replace(HELLO, runtime_arn=f"{RUNTIME_ARN}x"), id="another-runtime"),
    ],
)
async def test_an_agent_that_differs_gets_a_grant_of_its_own(
    grants: Grants, vendor: CountingVendor, agent: Agent
) -> None:
    await grants.caller(SESSION, HELLO)
    await grants.caller(SESSION, agent)

    assert len(vendor.sold) == 2


async def test_a_caller_grant_is_no_data_grant(grants: Grants, vendor: CountingVendor) -> None:
    assert await grants.caller(SESSION, HELLO) != await grants.data(SESSION, HELLO)
    assert len(vendor.sold) == 2


async def test_the_longest_unused_grant_is_forgotten_first(
    grants: Grants, vendor: CountingVendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.grant.grants.CACHE_SIZE", 2)
    for owner in (ALICE, BOB, CAROL):
        await grants.caller(new_session(owner), HELLO)

    await grants.caller(new_session(CAROL), HELLO)
    await grants.caller(new_session(BOB), HELLO)
    assert len(vendor.sold) == 3
    await grants.caller(new_session(ALICE), HELLO)
    assert len(vendor.sold) == 4


# -- at the same moment


async def test_many_who_want_the_same_grant_buy_it_once(
    grants: Grants, vendor: CountingVendor
) -> None:
    bought = await asyncio.gather(*(grants.caller(new_session(), HELLO) for _ in range(50)))

    assert len(vendor.sold) == 1
    assert all(one is bought[0] for one in bought)


async def test_who_goes_away_takes_nothing_from_the_others(
    grants: Grants, vendor: CountingVendor
) -> None:
    vendor.open.clear()
    wanting = [asyncio.ensure_future(grants.caller(SESSION, HELLO)) for _ in range(2)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    wanting[0].cancel()
    vendor.open.set()
    results = await asyncio.gather(*wanting, return_exceptions=True)

    assert isinstance(results[0], asyncio.CancelledError)
    assert isinstance(results[1], Credentials)
    assert len(vendor.sold) == 1


async def test_a_purchase_that_was_cancelled_can_be_made_anew(
    grants: Grants, vendor: CountingVendor
) -> None:
    vendor.open.clear()
    wanting = asyncio.ensure_future(grants.caller(SESSION, HELLO))
    await asyncio.sleep(0)

    # As the end of the event loop does.
    (purchase,) = asyncio.all_tasks() - {asyncio.current_task(), wanting}
    assert purchase is not None
    purchase.cancel()
    with pytest.raises(asyncio.CancelledError):
        await wanting
    vendor.open.set()

    assert (await grants.caller(SESSION, HELLO)).access_key_id in {"ASIA1", "ASIA2"}


@pytest.mark.parametrize("refusal", [GrantDenied(), GrantUnavailable()])
async def test_a_refusal_is_everybody_s_and_is_not_remembered(
    grants: Grants, vendor: CountingVendor, refusal: TrustError
) -> None:
    vendor.refusal = refusal
    results = await asyncio.gather(
        *(grants.caller(SESSION, HELLO) for _ in range(5)), return_exceptions=True
    )
    assert results == [refusal] * 5

    vendor.refusal = None
    assert (await grants.caller(SESSION, HELLO)).access_key_id == "ASIA2"


async def test_an_old_grant_is_not_used_where_no_new_one_can_be_had(
    grants: Grants, vendor: CountingVendor, clock: StoppedClock
) -> None:
    await grants.caller(SESSION, HELLO)
    clock.advance(LIFETIME_S)
    vendor.refusal = GrantUnavailable()

    with pytest.raises(GrantUnavailable):
        await grants.caller(SESSION, HELLO)
