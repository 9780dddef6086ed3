"""Pings and pongs: a few are welcome, a flood is not."""

from proxy.websocket.controls import MOST, Controls
from proxy.websocket.line import PING_EVERY_S


def test_so_many_are_let_through_and_not_one_more() -> None:
    controls = Controls()

    assert [controls.lets(1.0) for _ in range(MOST + 2)] == [True] * MOST + [False] * 2


def test_a_while_later_there_may_be_as_many_again() -> None:
    controls = Controls()
    for _ in range(MOST):
        controls.lets(1.0)

    assert not controls.lets(1.0 + PING_EVERY_S - 0.1)
    assert [controls.lets(1.0 + PING_EVERY_S) for _ in range(MOST + 1)] == [True] * MOST + [False]


def test_the_while_begins_with_the_first_one() -> None:
    controls = Controls()
    controls.lets(5.0)
    for _ in range(MOST - 1):
        controls.lets(5.0 + PING_EVERY_S - 1)

    assert not controls.lets(5.0 + PING_EVERY_S - 0.5)
    assert controls.lets(5.0 + PING_EVERY_S)
