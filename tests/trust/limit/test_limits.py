"""What is counted as what, and what who is refused is told."""

from collections.abc import Awaitable, Callable
from dataclasses import fields

import pytest

from fakes.clock import StoppedClock
from fakes.login import CAROL, new_session
from trust.coordinates import AppId
from trust.limit.limiter import Limiter
from trust.limit.limits import RateLimited, RateLimits, Rates, counted
from trust.limit.rate import Rate
from trust.session.record import Session
from trust.store.memory import MemoryTable

ONE = Rate(count=1, period_s=60)
FEW, MORE = Rate(count=3, period_s=60), Rate(count=150, period_s=60)
KINDS: list[tuple[str, Callable[[RateLimits, str], Awaitable[None]]]] = [
    ("logins", RateLimits.login),
    ("callbacks", RateLimits.callback),
    ("address_calls", lambda held, address: counted(held.address_call(address))),
]


def limits(**rates: Rate) -> RateLimits:
    """Return limits of the given rates, everything else off."""
    off: dict[str, Rate | None] = {field.name: None for field in fields(Rates)}
    clock = StoppedClock()
    clock.advance(60 - clock.now() % 60)
    return RateLimits(Limiter(MemoryTable(), clock, app=AppId("demo")), Rates(**off | rates))


@pytest.mark.parametrize(("name", "count"), KINDS)
async def test_each_kind_has_a_rate_of_its_own(
    name: str, count: Callable[[RateLimits, str], Awaitable[None]]
) -> None:
    held = limits(**{name: ONE})
    for _, every in KINDS:
        await every(held, "192.0.2.1")

    for other, again in KINDS:
        if other != name:
            await again(held, "192.0.2.1")
    with pytest.raises(RateLimited):
        await count(held, "192.0.2.1")
    await count(held, "192.0.2.2")


async def test_who_is_refused_is_told_when_to_come_back() -> None:
    held = limits(logins=ONE)
    await held.login("192.0.2.1")

    with pytest.raises(RateLimited, match="too many logins") as refused:
        await held.login("192.0.2.1")

    assert (refused.value.status, refused.value.retry_after) == (429, 60)


async def called(held: RateLimits, session: Session) -> bool:
    """Count a message of somebody who waits only if they have to; return whether they had to."""
    uncounted = held.message(session)
    if uncounted is not None:
        await uncounted
    return uncounted is not None


async def refused(held: RateLimits, session: Session) -> str:
    """Return what is told to whom a call too many is refused."""
    with pytest.raises(RateLimited) as told:
        await called(held, session)
    return str(told.value)


async def test_whoever_cannot_wait_waits_for_a_batch_and_no_longer() -> None:
    many = Rate(count=100, period_s=60)
    held = limits(session_messages=many, tenant_messages=many)
    session = new_session()

    # Batches are of two.
    assert [await called(held, session) for _ in range(6)] == [True, False] * 3


@pytest.mark.parametrize(
    ("rates", "kind"),
    [
        ({"session_messages": FEW, "tenant_messages": MORE}, "messages"),
        ({"session_messages": MORE, "tenant_messages": FEW}, "tenant-messages"),
        ({"session_messages": FEW}, "messages"),
        ({"tenant_messages": FEW}, "tenant-messages"),
    ],
)
async def test_so_many_messages_are_let_through_and_not_one_more(
    rates: dict[str, Rate], kind: str
) -> None:
    held = limits(**rates)
    session = new_session()
    for _ in range(FEW.count):
        await called(held, session)

    assert await refused(held, session) == f"too many {kind}"


@pytest.mark.parametrize(
    ("rates", "kind"),
    [
        ({"session_calls": FEW, "tenant_calls": MORE}, "calls"),
        ({"session_calls": MORE, "tenant_calls": FEW}, "tenant-calls"),
    ],
)
async def test_calls_and_messages_are_counted_apart(rates: dict[str, Rate], kind: str) -> None:
    held = limits(**rates)
    session = new_session()
    for _ in range(FEW.count):
        await counted(held.call(session))
        await called(held, session)

    with pytest.raises(RateLimited, match=f"too many {kind}"):
        await counted(held.call(session))
    await called(held, session)


async def test_so_many_calls_of_an_address_are_let_through_and_not_one_more() -> None:
    held = limits(address_calls=MORE)
    for _ in range(MORE.count):
        await counted(held.address_call("192.0.2.1"))

    with pytest.raises(RateLimited, match="too many address-calls"):
        await counted(held.address_call("192.0.2.1"))


async def test_a_message_that_a_session_may_not_send_is_none_of_its_tenant_s() -> None:
    held = limits(session_messages=FEW, tenant_messages=Rate(count=FEW.count + 1, period_s=60))
    session, other = new_session(), new_session()
    for _ in range(FEW.count):
        await called(held, session)
    for _ in range(5):
        assert await refused(held, session) == "too many messages"

    await called(held, other)
    assert await refused(held, other) == "too many tenant-messages"
    await called(held, new_session(CAROL))


async def test_without_limits_nobody_waits() -> None:
    held = limits()

    assert [await called(held, new_session()) for _ in range(3)] == [False] * 3
