"""How long an identity serves, and who asks for the next."""

import asyncio
from dataclasses import dataclass, field

import pytest

from fakes.clock import StoppedClock
from trust.clock import NumericDate
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.spiffe.renewed import Renewed


@dataclass(frozen=True, slots=True)
class Identity:
    """Something that ends."""

    name: int
    expires_at: NumericDate


@dataclass(kw_only=True)
class Desk:
    """Hands out identities of 100 seconds, or raises what it was told to."""

    clock: StoppedClock
    failure: Exception | None = None
    given: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def fetch(self) -> Identity:
        """Return the next one."""
        self.given += 1
        name = self.given
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        return Identity(name, NumericDate(self.clock.now() + 100))


@pytest.fixture
def desk(clock: StoppedClock) -> Desk:
    """Return a desk that works."""
    return Desk(clock=clock)


@pytest.fixture
def renewed(desk: Desk, clock: StoppedClock) -> Renewed[Identity]:
    """Return what a test uses; by chance nothing is earlier."""
    return Renewed(desk.fetch, within_s=5.0, clock=clock, draw=lambda: 0.0)


async def settled() -> None:
    """Let what is under way come to its end."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_all_who_want_one_at_once_get_the_same(
    renewed: Renewed[Identity], desk: Desk
) -> None:
    found = await asyncio.gather(*(renewed.value() for _ in range(20)))

    assert {each.name for each in found} == {1}
    assert desk.given == 1


async def test_the_first_to_ask_may_go_away(renewed: Renewed[Identity], desk: Desk) -> None:
    desk.open.clear()
    first = asyncio.ensure_future(renewed.value())
    second = asyncio.ensure_future(renewed.value())
    await settled()
    first.cancel()
    desk.open.set()

    assert (await second).name == 1
    assert desk.given == 1


async def test_it_is_renewed_at_half_of_its_life_while_it_serves_on(
    renewed: Renewed[Identity], clock: StoppedClock
) -> None:
    assert (await renewed.value()).name == 1
    clock.advance(49)
    assert (await renewed.value()).name == 1
    await settled()
    assert (await renewed.value()).name == 1

    clock.advance(1)

    assert (await renewed.value()).name == 1, "nobody waits for the next"
    await settled()
    assert (await renewed.value()).name == 2


async def test_an_agent_that_hangs_holds_nobody_up_while_there_is_one(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk
) -> None:
    await renewed.value()
    clock.advance(60)
    desk.open.clear()

    assert (await renewed.value()).name == 1
    await settled()
    assert (await renewed.value()).name == 1
    await settled()
    assert desk.given == 2, "one question is under way, and no more"
    desk.open.set()
    await settled()


async def test_in_an_outage_it_serves_to_its_margin_and_not_beyond(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk
) -> None:
    await renewed.value()
    desk.failure = SecretOutage("the agent is away")
    clock.advance(89)
    assert (await renewed.value()).name == 1
    await settled()

    clock.advance(1)

    with pytest.raises(SecretOutage, match="the agent is away"):
        await renewed.value()


async def test_an_identity_that_was_taken_away_does_not_serve_on(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk
) -> None:
    await renewed.value()
    desk.failure = SecretRefused("no identity issued")
    clock.advance(50)
    await renewed.value()
    await settled()

    with pytest.raises(SecretRefused, match="no identity issued"):
        await renewed.value()


async def test_after_a_failure_nobody_asks_for_a_while(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk
) -> None:
    desk.failure = SecretOutage("the agent is away")
    for _ in range(3):
        with pytest.raises(SecretOutage):
            await renewed.value()
    assert desk.given == 1

    clock.advance(1)
    desk.failure = None

    assert (await renewed.value()).name == 2


async def test_pauses_grow(renewed: Renewed[Identity], clock: StoppedClock, desk: Desk) -> None:
    desk.failure = SecretOutage("the agent is away")
    for seconds in (0, 1, 2, 4):
        clock.advance(seconds)
        with pytest.raises(SecretOutage):
            await renewed.value()

    assert desk.given == 4
    clock.advance(7)
    with pytest.raises(SecretOutage):
        await renewed.value()
    assert desk.given == 4


async def test_after_a_success_pauses_begin_anew(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk
) -> None:
    desk.failure = SecretOutage("the agent is away")
    for seconds in (0, 1):
        clock.advance(seconds)
        with pytest.raises(SecretOutage):
            await renewed.value()
    desk.failure = None
    clock.advance(2)
    assert (await renewed.value()).name == 3
    desk.failure = SecretOutage("the agent is away")
    clock.advance(100)
    with pytest.raises(SecretOutage):
        await renewed.value()

    clock.advance(1)
    desk.failure = None

    assert (await renewed.value()).name == 5


async def test_no_answer_in_time_is_an_outage(desk: Desk, clock: StoppedClock) -> None:
    desk.open.clear()
    renewed = Renewed(desk.fetch, within_s=0.01, clock=clock, draw=lambda: 0.0)

    with pytest.raises(SecretOutage, match="no identity came within"):
        await renewed.value()


async def test_what_comes_without_being_asked_for_is_used(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk
) -> None:
    await renewed.value()

    renewed.put(Identity(77, NumericDate(clock.now() + 100)))

    assert (await renewed.value()).name == 77
    assert desk.given == 1


async def test_what_is_not_to_be_used_ends_what_was(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk
) -> None:
    await renewed.value()

    renewed.fail(SecretRefused("of a foreign trust domain"))

    with pytest.raises(SecretRefused, match="foreign"):
        await renewed.value()
    clock.advance(1)
    assert (await renewed.value()).name == 2


async def test_doubt_asks_at_once(renewed: Renewed[Identity], desk: Desk) -> None:
    await renewed.value()
    desk.failure = SecretRefused("no identity issued")

    renewed.doubt()
    await settled()

    with pytest.raises(SecretRefused):
        await renewed.value()


async def test_doubt_of_nothing_asks_too(renewed: Renewed[Identity], desk: Desk) -> None:
    renewed.doubt()
    await settled()

    assert desk.given == 1


async def test_a_failure_nobody_waited_for_is_told_to_the_next(
    renewed: Renewed[Identity], desk: Desk
) -> None:
    desk.failure = SecretOutage("the agent is away")
    renewed.doubt()
    await settled()

    with pytest.raises(SecretOutage, match="the agent is away"):
        await renewed.value()
    assert desk.given == 1


async def test_chance_only_makes_a_renewal_earlier(desk: Desk, clock: StoppedClock) -> None:
    renewed = Renewed(desk.fetch, within_s=5.0, clock=clock, draw=lambda: 1.0)
    await renewed.value()
    clock.advance(40)
    await renewed.value()
    await settled()

    assert desk.given == 2


async def test_closing_forgets_and_stops_asking(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk
) -> None:
    await renewed.value()
    desk.open.clear()
    clock.advance(60)
    await renewed.value()

    await renewed.close()

    assert renewed._known is None
    assert not renewed._flight.under_way


async def test_closing_tells_whoever_waits_and_does_not_cancel_them(
    renewed: Renewed[Identity], desk: Desk
) -> None:
    desk.open.clear()
    waiting = [asyncio.ensure_future(renewed.value()) for _ in range(3)]
    await settled()

    await renewed.close()

    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in found] == [SecretOutage] * 3


async def test_after_its_end_nothing_is_asked_and_nothing_is_kept(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk
) -> None:
    """A stream's thread may tell of something after that."""
    await renewed.value()
    await renewed.close()

    renewed.put(Identity(77, NumericDate(clock.now() + 100)))
    renewed.fail(SecretRefused("of a foreign trust domain"))
    renewed.doubt()
    await settled()

    with pytest.raises(SecretOutage, match="done with"):
        await renewed.value()
    assert desk.given == 1


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(SecretRefused("of a foreign trust domain"), id="nobody"),
        pytest.param(Identity(77, NumericDate(1 << 40)), id="newer"),
    ],
)
async def test_an_answer_that_was_under_way_does_not_undo_what_was_told_since(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk, told: SecretRefused | Identity
) -> None:
    await renewed.value()
    clock.advance(60)
    desk.open.clear()
    await renewed.value()
    await settled()

    if isinstance(told, Identity):
        renewed.put(told)
    else:
        renewed.fail(told)
    desk.open.set()
    await settled()

    if isinstance(told, Identity):
        assert (await renewed.value()).name == 77
    else:
        with pytest.raises(SecretRefused, match="foreign"):
            await renewed.value()


async def test_an_error_that_nobody_thought_of_is_an_outage_with_its_pause(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk
) -> None:
    desk.failure = LookupError("canary")
    for _ in range(5):
        with pytest.raises(SecretOutage, match=r"LookupError$"):
            await renewed.value()
    assert desk.given == 1

    clock.advance(1)
    desk.failure = None
    assert (await renewed.value()).name == 2


async def test_a_process_that_was_frozen_asks_anew(
    renewed: Renewed[Identity], clock: StoppedClock, desk: Desk
) -> None:
    await renewed.value()
    clock._now += 3600  # Lambda froze the process: its monotonic clock stood still

    assert (await renewed.value()).name == 2
