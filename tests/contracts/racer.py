"""A process that writes to a SQLite file at the same time as others: `python -m contracts.racer`.

Says `ready`, waits for a line, opens the file, counts `steps` rows up by one, and says in JSON how
often it won and how often another process was quicker.
"""

import asyncio
import json
import sys
from pathlib import Path

from contracts.rows import KEY, row
from fakes.clock import NOW
from trust.store.sqlite import SqliteTable
from trust.store.table import Absent, AtVersion, ConditionFailed


async def race(path: Path, steps: int) -> dict[str, int]:
    """Do `steps` conditional writes; return how many were won and lost."""
    table = SqliteTable(path)
    won = lost = 0
    while won < steps:
        found = await table.get(KEY, now=NOW)
        version = found.version if found else 0
        condition = AtVersion(version) if found else Absent()
        try:
            await table.put(row(version=version + 1), condition=condition)
            won += 1
        except ConditionFailed:
            lost += 1
    await table.close()
    return {"won": won, "lost": lost}


def main(path: str, steps: str) -> None:
    """Run, once a line comes in."""
    print("ready", flush=True)  # noqa: T201 how it talks
    sys.stdin.readline()
    print(json.dumps(asyncio.run(race(Path(path), int(steps)))))  # noqa: T201 how it talks


if __name__ == "__main__":
    main(*sys.argv[1:])
