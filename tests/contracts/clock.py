"""What every clock has to do."""

from trust.clock import Clock


class ClockContract:
    """Needs a fixture `clock`."""

    def test_the_time_is_in_whole_seconds(self, clock: Clock) -> None:
        assert type(clock.now()) is int

    def test_what_is_measured_never_runs_backwards(self, clock: Clock) -> None:
        measured = [clock.monotonic() for _ in range(100)]

        assert measured == sorted(measured)
