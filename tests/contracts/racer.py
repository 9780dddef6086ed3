"""A process that writes to a SQLite file at the same time as others: `python -m contracts.racer`.

Says `ready`, waits for a line, opens the file, counts one row up `steps` times, and a counter as
often. Says in JSON how often it won, how often another process was quicker, and each count it got.
"""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from contracts.rows import KEY, OTHER, row
from fakes.clock import NOW
from trust.clock import NumericDate
from trust.store.sqlite import SqliteTable
from trust.store.table import Absent, AtVersion, ConditionFailed


@dataclass(kw_only=True)
class Score:
    """What came of a race."""

    won: int = 0
    lost: int = 0
    counts: list[int] = field(default_factory=list[int])


async def race(path: Path, steps: int) -> Score:
    """Do `steps` conditional writes, and add as often; return what came of it."""
    table = SqliteTable(path)
    score = Score()
    while score.won < steps:
        found = await table.get(KEY, now=NOW)
        version = found.version if found else 0
        condition = AtVersion(version) if found else Absent()
        try:
            await table.put(row(version=version + 1), condition=condition)
            score.won += 1
            score.counts.append(await table.add(OTHER, 1, expires_at=NumericDate(NOW + 60)))
        except ConditionFailed:
            score.lost += 1
    await table.close()
    return score


def main(path: str, steps: str) -> None:
    """Run, once a line comes in."""
    print("ready", flush=True)  # noqa: T201 how it talks
    sys.stdin.readline()
    print(json.dumps(asdict(asyncio.run(race(Path(path), int(steps))))))  # noqa: T201 how it talks


if __name__ == "__main__":
    main(*sys.argv[1:])
