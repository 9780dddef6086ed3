"""Who watches a secret, and how it stands."""

import pytest

from contracts.secret_source import OTHER, VALUE
from fakes.cells import OUTAGE, PLACE, REFUSAL, names, text_of, value
from fakes.secret_source import KnownSecrets
from fakes.two_clocks import TwoClocks
from trust.secrets.cell import Cell, State
from trust.secrets.source import (
    Fetched,
    SecretRefused,
)

# -- those who watch


async def test_watchers_are_told_each_version_once_and_once_that_there_is_none(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    told: list[str | None] = []
    cell.watchers.append(lambda found: told.append(text_of(found)))
    await cell.value()
    await cell.look()
    source.secrets[PLACE.path] = OTHER
    await cell.look()
    source.fault = REFUSAL
    for _ in range(3):
        with pytest.raises(SecretRefused):
            await cell.look()
        clock.pass_(60)
    source.fault = None
    await cell.look()

    assert told == [VALUE, OTHER, None, OTHER]


async def test_watchers_are_told_when_a_value_is_over(
    cell: Cell, clock: TwoClocks, events: pytest.LogCaptureFixture
) -> None:
    told: list[object] = []
    await cell.value()
    cell.watchers.append(told.append)
    clock.freeze(900)

    assert cell.fetched is None
    assert cell.fetched is None
    assert told == [None]
    assert names(events) == ["secrets.over"]


async def test_a_watcher_that_fails_harms_nobody_and_is_not_quoted(
    cell: Cell, events: pytest.LogCaptureFixture
) -> None:
    told: list[object] = []

    def fail(found: Fetched | None) -> None:
        raise RuntimeError(text_of(found))

    cell.watchers += [fail, told.append]

    assert await value(cell) == VALUE
    assert len(told) == 1
    assert names(events) == ["secrets.watcher_failed"]
    assert VALUE not in events.text


# -- health


async def test_health_says_how_it_stands(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    assert cell.health().state is State.ABSENT
    assert cell.health().age_s is None
    await cell.value()
    clock.pass_(60)
    assert (cell.health().state, cell.health().age_s) == (State.FRESH, 60.0)

    source.fault = OUTAGE
    clock.pass_(340)
    await cell.value()

    health = cell.health()
    assert health.state is State.STALE
    assert health.stale_s == pytest.approx(100.0)
    assert (health.failures, health.fault) == (1, "SecretOutage")
    assert VALUE not in repr(health)


async def test_an_outage_and_a_refusal_are_two_events(
    cell: Cell, source: KnownSecrets, clock: TwoClocks, events: pytest.LogCaptureFixture
) -> None:
    for fault in (OUTAGE, REFUSAL):
        source.fault = fault
        with pytest.raises(type(fault)):
            await cell.look()
        clock.pass_(60)

    assert names(events) == ["secrets.outage", "secrets.refused"]


def test_before_anything_was_asked_it_says_so(cell: Cell) -> None:
    assert "nothing was asked" in str(cell.absent())
