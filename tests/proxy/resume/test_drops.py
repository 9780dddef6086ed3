"""However often and wherever a browser is dropped: it gets each event once, and none is missing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.clock import StoppedClock
from fakes.proxy.answer import Spoken
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.events import parse
from fakes.resume.instance import FAST, Instance, Visit, instance
from proxy.resume import recording
from trust.chat.record import Chat
from trust.journal.kept import Bounds
from trust.session.record import Session
from trust.store.memory import MemoryTable


@dataclass(frozen=True)
class Say:
    """The agent says something, in so many pieces."""

    texts: tuple[str, ...]
    pieces: int


@dataclass(frozen=True)
class Drop:
    """The browser loses the connection, and of the last bytes only a share has come."""

    share: float
    leaves: bool
    """Whether the server hears of it."""


@dataclass(frozen=True)
class Back:
    """It comes back, at one of the processes."""

    process: int


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    seconds: float


STEP = st.one_of(
    st.builds(
        Say,
        texts=st.lists(st.text("ab \n", max_size=200), min_size=1, max_size=5).map(tuple),
        pieces=st.integers(min_value=1, max_value=4),
    ),
    st.builds(Drop, share=st.floats(min_value=0, max_value=1), leaves=st.booleans()),
    st.builds(Back, process=st.integers(min_value=0, max_value=1)),
    st.builds(Wait, seconds=st.sampled_from([0.0, 0.001, 0.004])),
)


@dataclass(kw_only=True)
class Client:
    """A browser with a bad connection."""

    processes: Sequence[Instance]
    session: Session
    chat: Chat
    visit: Visit | None
    seen: list[str] = field(default_factory=list[str])
    last: str | None = None

    async def drop(self, drop: Drop) -> None:
        """Lose the connection."""
        if self.visit is None:
            return
        body = self.visit.body
        self._take(body[: int(len(body) * drop.share)])
        if drop.leaves:
            await self.visit.leave()
        self.visit = None

    def back(self, process: int) -> None:
        """Come back, if the connection is lost."""
        if self.visit is None:
            self.visit = self.processes[process].follow(self.session, self.chat, self.last)

    async def to_the_end(self) -> None:
        """Read what is left."""
        self.back(1)
        assert self.visit is not None
        await self.visit.over()
        self._take(self.visit.body)

    def _take(self, body: bytes) -> None:
        for event in parse(body):
            self.seen.append(event.data)
            self.last = event.id


def frame(text: str) -> bytes:
    """Return an event that says the text."""
    return "".join(f"data: {line}\n" for line in text.split("\n")).encode() + b"\n"


def sliced(stream: bytes, pieces: int) -> list[bytes]:
    """Cut a stream into pieces that have nothing to do with its events."""
    size = len(stream) // pieces + 1
    return [stream[at : at + size] for at in range(0, len(stream), size)]


async def played(steps: Sequence[Say | Drop | Back | Wait]) -> None:
    table, clock = MemoryTable(), StoppedClock()
    pace = replace(FAST, keeps=Bounds(events=10_000, octets=1 << 20, row=100))
    async with (
        instance(table, clock, pace=pace, per_subject=1000) as one,
        instance(table, clock, pace=pace, per_subject=1000) as other,
    ):
        session = await one.log_in()
        chat, upstream, said = await one.chat(session), Spoken(), list[str]()
        visit = one.ask(session, chat, upstream)
        # Before that, there is nothing to come back to.
        await visit.until(b"retry")
        await asyncio.sleep(0.002)
        client = Client(processes=(one, other), session=session, chat=chat, visit=visit)
        for step in steps:
            match step:
                case Say(texts, pieces):
                    said += texts
                    upstream.say(*sliced(b"".join(map(frame, texts)), pieces))
                case Drop():
                    await client.drop(step)
                case Back(process):
                    client.back(process)
                case Wait(seconds):
                    await asyncio.sleep(seconds)
        upstream.end()
        async with asyncio.timeout(WAIT_S):
            await client.to_the_end()

        assert client.seen == said


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_random_drops_lose_and_repeat_nothing(steps: list[Say | Drop | Back | Wait]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # So small that who lags behind reads the journal.
        patch.setattr(recording, "WINDOW_BYTES", 300)
        asyncio.run(played(steps))
