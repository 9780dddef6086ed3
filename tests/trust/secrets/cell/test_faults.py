"""A keeper that hangs, or does what it should not."""

import asyncio
import gc

import pytest

from contracts.secret_source import OTHER, VALUE, shown
from fakes.cells import OUTAGE, PLACE, names, value
from fakes.secret_source import Gate, KnownSecrets
from fakes.two_clocks import TwoClocks
from trust.secrets import cell as module
from trust.secrets.cell import Cell
from trust.secrets.freshness import Terms
from trust.secrets.reference import Reference
from trust.secrets.source import (
    Fetched,
    SecretOutage,
    SecretRefused,
)


async def test_a_keeper_that_hangs_is_an_outage(
    cell: Cell, source: KnownSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FETCH_S", 0.0)
    source.before_answer = Gate()

    with pytest.raises(SecretOutage, match="no answer within"):
        await cell.value()


async def test_whoever_has_a_value_does_not_wait_long_for_a_newer_one(
    cell: Cell, source: KnownSecrets, clock: TwoClocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    await cell.value()
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    source.before_answer = gate = Gate()
    source.secrets[PLACE.path] = OTHER
    clock.pass_(300)

    assert await value(cell) == VALUE
    await gate.reached.wait()
    assert await value(cell) == VALUE
    gate.open()
    await cell.look()
    assert await value(cell) == OTHER
    assert len(source.asked) == 2


async def test_only_those_at_its_beginning_wait_for_a_keeper_that_hangs(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    source.before_answer = gate = Gate()
    clock.pass_(300)
    hanging = cell.begin()
    await gate.reached.wait()
    clock.pass_(module.PATIENCE_S)

    assert await asyncio.wait_for(value(cell), 1.0) == VALUE
    assert not hanging.done()
    await cell.close()


async def test_a_look_that_was_frozen_with_the_process_is_begun_again(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    source.before_answer = gate = Gate()
    clock.pass_(300)
    frozen = cell.begin()
    await gate.reached.wait()
    clock.freeze(120)
    source.before_answer, source.secrets[PLACE.path] = _now, OTHER

    assert await value(cell) == OTHER
    await asyncio.wait({frozen})
    assert frozen.cancelled()


async def _now() -> None:
    pass


class Stubborn(KnownSecrets):
    """Does not end when it is told to, and answers late."""

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return what was there when it was asked for, after all."""
        found = await super().fetch(place, known)
        gate, self.gate = self.gate, None
        while gate is not None and not gate.is_set():
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue
        return found

    gate: asyncio.Event | None = None


async def test_the_answer_of_a_look_that_was_given_up_changes_nothing(clock: TwoClocks) -> None:
    source = Stubborn({PLACE.path: VALUE})
    cell = Cell(PLACE, source, terms=Terms(), clock=clock, draw=lambda: 0.0)
    source.gate = gate = asyncio.Event()
    given_up = cell.begin()
    await asyncio.sleep(0)
    clock.freeze(120)
    source.secrets[PLACE.path] = OTHER
    assert await value(cell) == OTHER

    gate.set()
    await asyncio.wait({given_up})

    assert await value(cell) == OTHER


class AdapterFailed(Exception):
    """What nobody expected of an adapter."""


@pytest.mark.parametrize(
    "fault", [AdapterFailed(VALUE), KeyError(VALUE), ValueError(VALUE), RecursionError(VALUE)]
)
async def test_an_error_that_is_no_verdict_is_an_outage_by_its_class_alone(
    cell: Cell,
    source: KnownSecrets,
    clock: TwoClocks,
    events: pytest.LogCaptureFixture,
    fault: Exception,
) -> None:
    await cell.value()
    source.fault = fault
    clock.pass_(300)

    assert await value(cell) == VALUE
    clock.pass_(600)
    with pytest.raises(SecretOutage, match=type(fault).__name__) as outage:
        await cell.value()
    assert VALUE not in shown(outage.value)
    assert VALUE not in events.text


async def test_an_adapter_that_times_out_by_itself_is_an_outage(
    cell: Cell, source: KnownSecrets
) -> None:
    source.fault = TimeoutError(VALUE)

    with pytest.raises(SecretOutage, match="no answer"):
        await cell.value()


async def test_an_adapter_that_gives_itself_up_cancels_nobody_who_waits(
    cell: Cell, source: KnownSecrets
) -> None:
    async def given_up() -> None:
        raise asyncio.CancelledError

    source.before_answer = given_up

    with pytest.raises(SecretOutage, match="given up"):
        await cell.value()
    assert not cell.is_due()


async def test_each_who_is_told_gets_an_error_of_their_own(
    cell: Cell, source: KnownSecrets
) -> None:
    source.fault = OUTAGE
    told = await asyncio.gather(*(cell.value() for _ in range(3)), return_exceptions=True)

    assert {type(error) for error in told} == {SecretOutage}
    assert len({id(error) for error in told}) == 3


async def test_what_is_remembered_of_a_failure_holds_no_frame(
    cell: Cell, source: KnownSecrets
) -> None:
    source.fault = SecretRefused("vault-kv:secret/oidc: denied")
    with pytest.raises(SecretRefused):
        await cell.value()

    assert cell.fault is not None
    assert cell.fault.__traceback__ is None
    assert cell.fault.__context__ is None


async def test_a_process_that_ends_in_mid_look_says_nothing_of_it(
    cell: Cell, source: KnownSecrets
) -> None:
    said: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
    source.before_answer = gate = Gate()
    looking = cell.begin()
    await gate.reached.wait()
    looking.cancel()
    await asyncio.wait({looking})
    source.before_answer, source.fault = _now, AdapterFailed()
    failing = cell.begin()
    await asyncio.wait({failing})
    del looking, failing
    gc.collect()

    assert said == []


async def test_closing_gives_a_look_up_and_forgets_the_value(
    cell: Cell, source: KnownSecrets, events: pytest.LogCaptureFixture
) -> None:
    await cell.value()
    source.before_answer = gate = Gate()
    looking = cell.begin()
    await gate.reached.wait()

    await cell.close()

    assert looking.cancelled()
    assert cell.fetched is None
    assert names(events) == []
