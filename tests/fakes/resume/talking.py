"""A turn in the middle of it, and how it is told to have ended."""

import asyncio

from fakes.proxy.answer import Spoken
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.events import Event, parse
from fakes.resume.instance import Instance, Visit
from trust.chat.record import Chat
from trust.session.record import Session

FIRST = b"data: first\n\n"


async def talking(process: Instance) -> tuple[Session, Chat, Spoken, Visit]:
    """Return a turn of which its browser has seen the first event."""
    session = await process.log_in()
    chat = await process.chat(session)
    upstream = Spoken()
    upstream.say(FIRST)
    visit = process.ask(session, chat, upstream)
    await visit.until(b"data: first")
    return session, chat, upstream, visit


async def written(process: Instance) -> None:
    """Wait until the process has written everything down."""
    async with asyncio.timeout(WAIT_S):
        while process.resume._tasks:
            await asyncio.sleep(0.001)


async def on_paper(process: Instance, session: Session, chat: Chat) -> None:
    """Wait until a turn is in the journal, where other processes find it."""
    async with asyncio.timeout(WAIT_S):
        now = process.desk.clock.now()
        while await process.journal.newest(session.owner, chat.id, now=now) is None:
            await asyncio.sleep(0.001)


def end_of(visit: Visit) -> Event:
    """Return the frame by which a stream ended."""
    event = parse(visit.body)[-1]
    assert event.type == "error"
    return event


def number(event: Event) -> int:
    """Return the number of an event."""
    return int(event.id.partition(".")[2])


async def retold(process: Instance, session: Session, chat: Chat, last: str) -> Event:
    """Come back, having seen the first event, and return the end that is told then."""
    back = process.follow(session, chat, last)
    await back.over()
    assert len(parse(back.body)) == 1
    return end_of(back)
