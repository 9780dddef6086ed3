"""A process that admits requests as an instance would: `python -m contracts.admitter`.

Says `ready` and takes a job in one line of JSON. Says `read` once it has looked at the session for
the first time, and at the end, in JSON, which access token each request got.
"""

import asyncio
import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from fakes.aws_region import region_at
from fakes.clock import StoppedClock
from fakes.desk import LIFETIME, ledger_of
from fakes.faulty_table import FaultyTable
from fakes.token_endpoint_http import LoopbackTokenEndpoint
from trust.clock import NumericDate
from trust.seal.keyring import parse_keyring
from trust.session.admission import Admission
from trust.session.refresh import Refresher
from trust.store.sqlite import SqliteTable
from trust.store.table import Item, Key, Table
from trust.wire.client import LeanWire
from trust.wire.tls import verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to admit, and where to look."""

    store: str
    provider: str
    keyring: str
    cookie: str
    requests: int


class TellingTable(FaultyTable):
    """Says `read` after its first read."""

    told = False

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item."""
        item = await super().get(key, now=now)
        if not self.told:
            self.told = True
            print("read", flush=True)  # noqa: T201 how it talks
        return item


def open_table(store: str) -> Table:
    """Open `sqlite:PATH` or `dynamodb:NAME`."""
    kind, _, name = store.partition(":")
    if kind == "sqlite":
        return SqliteTable(Path(name))
    # Its wire ends with the process.
    return region_at(os.environ["AWS_ENDPOINT_URL"], LeanWire(verified())).table(name)  # noqa: TID251 a program of its own


async def admit(job: Job) -> list[str]:
    """Do all requests at once; return their access tokens, or the names of their errors."""
    # Stands still: leases run out only where a test means them to.
    clock = StoppedClock()
    table = TellingTable(open_table(job.store))
    ledger = ledger_of(table, parse_keyring(job.keyring))
    refresher = Refresher(
        ledger=ledger,
        endpoint=LoopbackTokenEndpoint(job.provider, clock),
        clock=clock,
        holder=f"{os.getpid()}-{secrets.token_hex(4)}",
    )
    admission = Admission(ledger, refresher, clock, LIFETIME, 0)

    async def request() -> str:
        try:
            return (await admission.admit([job.cookie])).tokens.access_token.reveal()
        except Exception as error:  # noqa: BLE001 all of them are the test's to judge
            return repr(error)

    answers = await asyncio.gather(*(request() for _ in range(job.requests)))
    await table.close()
    return answers


def main() -> None:
    """Run one job."""
    print("ready", flush=True)  # noqa: T201 how it talks
    job = Job(**json.loads(sys.stdin.readline()))
    print(json.dumps(asyncio.run(admit(job))))  # noqa: T201 how it talks


if __name__ == "__main__":
    main()
