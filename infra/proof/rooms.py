"""Checks at the same time, as far as they do not stand in each other's way."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from proof.checks import Check
from proof.program import made
from proof.verdict import Result

_AT_ONCE = 2
"""Terraform takes one processor and a third, on and off."""


def by_room(checks: Iterable[Check]) -> Iterator[Result]:
    """Make all checks, those of one room in their order; yield what they came to, room by room."""
    rooms: dict[Path, list[Check]] = {}
    for check in checks:
        rooms.setdefault(check.room, []).append(check)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for results in threads.map(_in_order, rooms.values()):
            yield from results


def _in_order(checks: Sequence[Check]) -> list[Result]:
    return [made(check.name, check.make) for check in checks]
