"""The clocks: the machine's, and the one that tests stop."""

import time

import pytest

from contracts.clock import ClockContract
from fakes.clock import NOW, StoppedClock
from trust.clock import SystemClock


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> SystemClock:
        return SystemClock()

    def test_it_is_the_time_of_this_machine(self, clock: SystemClock) -> None:
        before = int(time.time())  # noqa: TID251 compared with

        assert before <= clock.now() <= before + 2


class TestStoppedClock(ClockContract):
    @pytest.fixture
    def clock(self) -> StoppedClock:
        return StoppedClock()

    async def test_it_moves_only_when_told(self, clock: StoppedClock) -> None:
        clock.advance(1.5)
        await clock.pause(1.5)

        assert clock.now() == NOW + 3
        assert clock.monotonic() == StoppedClock().monotonic() + 3
