"""Checks that are made at the same time."""

from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest

from proof.checks import Check
from proof.rooms import by_room
from proof.verdict import Passed, Verdict

WAIT_S = 10


def test_checks_of_two_rooms_are_made_at_the_same_time() -> None:
    met = Barrier(2)

    def meet() -> Verdict:
        # Alone, it waits in vain, and fails.
        met.wait(WAIT_S)
        return Passed()

    checks = [Check(name=str(n), room=Path(str(n)), make=meet) for n in range(2)]

    assert [result.verdict for result in by_room(checks)] == [Passed(), Passed()]


def test_checks_of_one_room_are_made_one_after_the_other() -> None:
    met = Barrier(2)

    def miss_each_other() -> Verdict:
        with pytest.raises(BrokenBarrierError):
            met.wait(0.05)
        return Passed()

    checks = [Check(name=name, room=Path("infra"), make=miss_each_other) for name in "ab"]

    assert [(result.name, result.verdict) for result in by_room(checks)] == [
        ("a", Passed()),
        ("b", Passed()),
    ]
