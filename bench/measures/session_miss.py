"""What it costs to look a session up that is not remembered: GetItem, and opening what is sealed.

usage: python -m bench.measures.session_miss COOKIE_HEADER    (environment: Gatehouse's settings)

A process of its own, on the server's core, set up as the server is. It prints CPU microseconds, of
Gatehouse's ledger with whatever adapter the composition root chooses, and of a GetItem by boto3's
client alone. Both ask the same stub, sixteen at once and one at a time, which is how each is at its
best.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import boto3
import uvloop

from bff.garbage import look_seldom
from bff.settings import Settings, load_settings
from bff.wiring import open_gate
from trust.session.cookie import read_ticket
from trust.session.ids import Ticket, hash_of
from trust.session.record import Owner, session_key

WARM_UP = 300
TIMES = 2000
_AT_ONCE = 16


async def through_gatehouse(
    settings: Settings, environment: Mapping[str, str], ticket: Ticket, *, times: int
) -> float:
    """Return CPU microseconds for one session read through the ledger."""
    gate = await open_gate(settings, environment)

    async def look() -> None:
        """Read the session once, as a request does that nobody remembers it for."""
        if await gate.ledger.read(ticket, now=gate.clock.now()) is None:
            raise LookupError("the session is not there")

    try:
        look_seldom()
        await _many(look, WARM_UP)
        before = time.process_time()
        await _many(look, times)
        return (time.process_time() - before) * 1e6 / times
    finally:
        await gate.close()


async def _many(look: Callable[[], Awaitable[None]], times: int) -> None:
    async def some() -> None:
        for _ in range(times // _AT_ONCE):
            await look()

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(some())


def through_boto3(settings: Settings, ticket: Ticket, *, times: int) -> float:
    """Return CPU microseconds for one GetItem of the same row, nothing opened."""
    client = boto3.client("dynamodb", region_name=settings.region)  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service
    row = key_of(settings, ticket)
    table = settings.store.partition(":")[2]
    for _ in range(WARM_UP):
        client.get_item(TableName=table, Key=row, ConsistentRead=True)
    before = time.process_time()
    for _ in range(times):
        client.get_item(TableName=table, Key=row, ConsistentRead=True)
    return (time.process_time() - before) * 1e6 / times


def key_of(settings: Settings, ticket: Ticket) -> dict[str, dict[str, str]]:
    """Return the key of the ticket's row as DynamoDB wants it."""
    owner = Owner(app=settings.app_id, tenant=ticket.tenant, subject=ticket.subject)
    key = session_key(owner, hash_of(ticket.id))
    return {"pk": {"S": key.partition}, "sk": {"S": key.sort}}


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Measure and print."""
    settings = load_settings(environment)
    ticket = read_ticket(arguments)
    if not isinstance(ticket, Ticket):
        raise SystemExit(f"no session in the cookie: {ticket}")
    own = uvloop.run(through_gatehouse(settings, environment, ticket, times=TIMES))
    theirs = through_boto3(settings, ticket, times=TIMES // 2)
    sys.stdout.write(json.dumps({"gatehouse_us": own, "boto3_us": theirs}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:], os.environ)  # noqa: TID251 an entry point reads it for the rest
