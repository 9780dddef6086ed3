"""Connections that are cut when an exchange takes too long."""

from threading import Event

from fakes.loopback import WAIT_S
from trust.secrets.vault.deadline import Deadline


class Line:
    """A connection that notes its end."""

    def __init__(self) -> None:
        self.cut = Event()

    def shutdown(self, how: int) -> None:
        """End it both ways, as the system does: a second time there is nothing to end."""
        assert how == 2
        if self.cut.is_set():
            raise OSError
        self.cut.set()


def test_an_exchange_that_takes_too_long_is_cut() -> None:
    deadline, line = Deadline(0.0), Line()
    with deadline:
        deadline.watch(line)

        assert line.cut.wait(WAIT_S)


def test_a_connection_that_is_opened_too_late_is_cut_at_once() -> None:
    deadline, first, second = Deadline(0.0), Line(), Line()
    with deadline:
        deadline.watch(first)
        assert first.cut.wait(WAIT_S)
        deadline.watch(second)
        assert second.cut.is_set()
        deadline.watch(second)


def test_after_an_exchange_its_connection_is_somebody_elses() -> None:
    deadline, line = Deadline(WAIT_S), Line()
    with deadline:
        deadline.watch(line)

    # As if the timer had been about to, just then.
    deadline._end()
    assert not line.cut.is_set()
