"""A secret whose keeper says no, or nothing."""

import pytest

from contracts.secret_source import VALUE
from fakes.cells import OUTAGE, REFUSAL, value
from fakes.secret_source import KnownSecrets
from fakes.two_clocks import TwoClocks
from trust.secrets.cell import Cell, State
from trust.secrets.source import (
    SecretOutage,
    SecretRefused,
)


async def test_a_refusal_drops_what_was_known_at_once(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    source.fault = REFUSAL
    clock.pass_(300)

    with pytest.raises(SecretRefused, match="denied"):
        await cell.value()
    assert cell.fetched is None
    assert cell.health().state is State.ABSENT


async def test_a_secret_that_is_granted_again_is_found_within_a_minute(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    source.fault = REFUSAL
    for _ in range(100):
        with pytest.raises(SecretRefused):
            await cell.look()
        clock.pass_(cell.wait_s())
    with pytest.raises(SecretRefused):
        await cell.look()
    source.fault = None
    clock.pass_(60)

    assert await value(cell) == VALUE


async def test_in_the_pause_after_a_failure_nobody_asks(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    source.fault = OUTAGE
    for _ in range(10):
        with pytest.raises(SecretOutage):
            await cell.value()
    assert len(source.asked) == 1

    clock.pass_(1)
    source.fault = None
    assert await value(cell) == VALUE


async def test_the_pause_begins_when_a_slow_look_has_failed(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    async def slowly() -> None:
        clock.pass_(9)

    source.before_answer, source.fault = slowly, OUTAGE
    with pytest.raises(SecretOutage):
        await cell.value()

    assert cell.wait_s() == pytest.approx(1.0)
    assert not cell.is_due()


async def test_pauses_become_longer_and_end_with_success(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    source.fault, waits = OUTAGE, []
    for _ in range(8):
        with pytest.raises(SecretOutage):
            await cell.look()
        waits.append(cell.wait_s())
        clock.pass_(waits[-1])
    assert waits == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60])

    source.fault = None
    await cell.look()
    source.fault = OUTAGE
    await cell.look()
    assert cell.health().failures == 1


async def test_in_an_outage_not_every_request_waits_for_the_keeper(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    source.fault = OUTAGE
    clock.pass_(300)
    for _ in range(50):
        assert await value(cell) == VALUE

    assert len(source.asked) == 2


async def test_after_an_outage_the_look_comes_when_the_pause_is_over(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    source.fault = OUTAGE
    clock.pass_(300)
    await cell.value()

    assert cell.wait_s() == pytest.approx(1.0)
    clock.pass_(598.9)
    assert cell.wait_s() <= 0.2
