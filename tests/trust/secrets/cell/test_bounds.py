"""One secret: asked for once, never used beyond its bound."""

import asyncio

import pytest

from contracts.secret_source import OTHER, VALUE
from fakes.cells import OUTAGE, PLACE, value
from fakes.secret_source import Gate, KnownSecrets
from fakes.two_clocks import TwoClocks
from trust.secret import Secret
from trust.secrets.cell import Cell, State
from trust.secrets.freshness import Terms
from trust.secrets.source import (
    Fetched,
    SecretOutage,
)

# -- asked once


async def test_forty_who_ask_at_once_ask_the_keeper_once(cell: Cell, source: KnownSecrets) -> None:
    found = await asyncio.gather(*(value(cell) for _ in range(40)))

    assert set(found) == {VALUE}
    assert len(source.asked) == 1


async def test_who_asked_first_may_go_away_and_the_others_are_served(
    cell: Cell, source: KnownSecrets
) -> None:
    source.before_answer = gate = Gate()
    first = asyncio.ensure_future(cell.value())
    await gate.reached.wait()
    others = [asyncio.ensure_future(value(cell)) for _ in range(3)]
    await asyncio.sleep(0)

    first.cancel()
    await asyncio.wait({first})
    gate.open()

    assert first.cancelled()
    assert await asyncio.gather(*others) == [VALUE] * 3
    assert len(source.asked) == 1


async def test_what_is_fresh_is_served_without_asking(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    clock.pass_(299)

    assert await value(cell) == VALUE
    assert len(source.asked) == 1


async def test_what_is_due_is_looked_at_by_whoever_uses_it(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    source.secrets[PLACE.path] = OTHER
    clock.pass_(300)

    assert await value(cell) == OTHER


async def test_what_somebody_tends_is_not_looked_at_by_those_who_use_it(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    cell.tended = True
    clock.pass_(600)

    assert await value(cell) == VALUE
    assert len(source.asked) == 1
    assert cell.is_due()


async def test_what_is_constant_is_asked_for_once_in_a_lifetime(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    source.constant = True
    await cell.value()
    clock.pass_(1e9)

    assert await value(cell) == VALUE
    assert len(source.asked) == 1
    assert cell.known is not None
    assert cell.known.expires_at is None
    assert cell.wait_s() == float("inf")


async def test_chance_brings_a_look_forward(source: KnownSecrets, clock: TwoClocks) -> None:
    source.lease_s = 3600.0
    early = Cell(PLACE, source, terms=Terms(), clock=clock, draw=lambda: 1.0)
    await early.value()

    assert early.wait_s() == pytest.approx(2400 * 0.8)


# -- never beyond the bound


async def test_an_outage_serves_to_the_bound_and_no_moment_longer(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    source.fault = OUTAGE
    clock.pass_(898.9)
    assert await value(cell) == VALUE

    clock.pass_(0.1)
    with pytest.raises(SecretOutage, match="503"):
        await cell.value()
    assert cell.fetched is None


async def test_a_frozen_process_knows_that_its_secret_is_over(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    source.fault = OUTAGE
    clock.freeze(3600)

    with pytest.raises(SecretOutage):
        await cell.value()


async def test_a_wall_clock_that_is_set_back_gives_no_time(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    source.fault = OUTAGE
    clock.set_back(899)

    with pytest.raises(SecretOutage):
        await cell.value()


async def test_after_a_freeze_the_keeper_is_asked_before_the_secret_is_used(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    source.secrets[PLACE.path] = OTHER
    clock.freeze(600)

    assert await value(cell) == OTHER


async def test_a_lease_counts_from_when_it_was_asked_for(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    source.lease_s = 100.0

    async def slowly() -> None:
        clock.pass_(8)

    source.before_answer = slowly
    await cell.value()
    source.fault = OUTAGE

    clock.pass_(81.9)
    assert cell.fetched is not None
    clock.pass_(0.2)
    assert cell.fetched is None


async def test_a_lease_that_is_shorter_than_before_is_kept_to(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    source.lease_s = 3600.0
    await cell.value()
    source.lease_s = 30.0
    await cell.look()
    source.fault = OUTAGE

    clock.pass_(27)
    with pytest.raises(SecretOutage):
        await cell.value()


@pytest.mark.parametrize("lease_s", [0.0, -5.0, float("nan")])
async def test_what_comes_without_any_time_left_is_never_used(
    cell: Cell, source: KnownSecrets, clock: TwoClocks, lease_s: float
) -> None:
    source.lease_s = lease_s

    with pytest.raises(SecretOutage, match="over before it was here"):
        await cell.value()
    assert cell.fetched is None


async def test_what_took_longer_than_its_lease_leaves_what_was_known(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    source.lease_s = 3600.0
    await cell.value()
    source.secrets[PLACE.path], source.lease_s = OTHER, 5.0

    async def slowly() -> None:
        clock.pass_(6)

    source.before_answer = slowly

    assert (await cell.look()).value == Secret(VALUE)
    assert cell.health().state is State.STALE


async def test_what_ends_before_its_lease_is_used_no_more(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    ends: list[bool] = []
    told: list[Fetched | None] = []
    source.lease_s, source.ended = 3600.0, lambda: bool(ends)
    await cell.value()
    cell.watchers.append(told.append)
    assert await value(cell) == VALUE

    ends.append(True)
    source.fault = OUTAGE

    assert cell.fetched is None
    assert told == [None]
    with pytest.raises(SecretOutage):
        await cell.value()


async def test_expiry_is_told_by_the_wall_clock(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    source.lease_s = 3600.0
    await cell.value()

    assert cell.known is not None
    assert cell.known.expires_at == clock.now() + 3590
