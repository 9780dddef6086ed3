"""What is counted as what, and what who is refused is told."""

from collections.abc import Awaitable, Callable
from dataclasses import fields

import pytest

from fakes.clock import StoppedClock
from trust.coordinates import AppId
from trust.limit.limiter import Limiter
from trust.limit.limits import RateLimited, RateLimits, Rates
from trust.limit.rate import Rate
from trust.store.memory import MemoryTable

ONE = Rate(count=1, period_s=60)
KINDS = [
    ("logins", RateLimits.login),
    ("callbacks", RateLimits.callback),
    ("address_calls", RateLimits.address_call),
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
