"""Answers that outlive their browser: recorded to their end, followed by whoever comes back."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from proxy.errors import ServerRestarting
from proxy.events.passage import Passage
from proxy.invocation import Turn
from proxy.relay import Bounds, Ending
from proxy.request import Request
from proxy.resume.errors import StreamUnknown
from proxy.resume.follower import Follower
from proxy.resume.keeping import Keeping
from proxy.resume.pace import Pace
from proxy.resume.position import Position, position_of, wants_running
from proxy.resume.recorder import Invoke, Order, Recorder
from proxy.resume.recording import Recording
from proxy.resume.source import Live, Source
from proxy.resume.stored import SKEW_S, Stored
from proxy.streams import BrowserGone, Stream
from proxy.turns import Turns
from trust import log
from trust.chat.record import Chat, is_chat_id, ulid
from trust.clock import NumericDate
from trust.errors import TrustError
from trust.journal.journal import Journal, Written
from trust.journal.kept import Kept
from trust.journal.record import TurnPlace
from trust.session.admission import Admission
from trust.session.record import Owner, Session
from trust.session.strength import hold_to_strength
from trust.wire.call import Answer

_PACE = Pace()

BEGIN_S = 1.0
"""How much longer than a slow start may take it is waited for: it begins when that time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached:
    """A message to an agent whose turns go on without the browser."""

    request: Request
    turn: Turn
    question: bytes
    """The line that tells what the person asked (`question_line`)."""
    stream: Stream
    """Counted in by the caller."""
    release: Callable[[], None]
    """Counts the stream out. Called once, when nothing goes on for it any more: as a rule long
    after `record` has returned."""
    invoke: Invoke
    passage: Callable[[str], Passage]
    """Returns what an answer of a media type has to go through (`proxy.relay.Manner.passage`)."""
    relay: Callable[[Invoke], Awaitable[Ending]]
    """Passes an answer on that is no event stream."""
    begins_early: bool
    """Whether an event stream is sure to come, so that it may begin before the answer does."""


class Resume:
    """The turns that this process records, and everybody's way back to theirs."""

    def __init__(
        self,
        *,
        journal: Journal,
        turns: Turns,
        admission: Admission,
        bounds: Bounds,
        random: Callable[[int], bytes],
        pace: Pace = _PACE,
    ) -> None:
        """`random` returns so many random bytes."""
        self._journal = journal
        self._turns = turns
        self._admission = admission
        self._bounds = bounds
        self._random = random
        self._pace = pace
        self._minted_ms = 0
        self._recorders: dict[str, Recorder] = {}
        self._tasks: dict[asyncio.Task[None], Stream] = {}

    async def stops_before(self, owner: Owner, chat_id: str | None) -> int | None:
        """Return how often a chat was told to stop; None if that cannot be learned at once.

        Asked before a turn waits for anything else: a stop from then on is this turn's.
        """
        if chat_id is None or not is_chat_id(chat_id):
            return None
        try:
            async with asyncio.timeout(self._pace.stops_s):
                return await self._stops(owner, chat_id)
        except (TimeoutError, TrustError) as error:
            log.fault("stream.look_failed", error)
            return None

    async def record(self, asked: Detached) -> Ending | None:
        """Record the turn, and tell its browser of it while that is there.

        Returns how an answer was relayed that is not recorded, since it is no event stream; else
        None: the turn goes on, or has ended, by itself. Raises TrustError while nothing has been
        answered yet, BodyBroken.
        """
        recorder = self._recorder(asked)
        task = self._started(recorder, asked)
        own = Stream()
        recorder.follow_with(own)
        headers = {"chat-id": asked.turn.chat.id}
        follower = Follower(asked.request, own, headers, self._pace)
        total_s = self._bounds.total_s
        try:
            opening = asyncio.shield(recorder.opening)
            answer = await follower.while_there(opening, total_s=total_s)
            if answer is not None:
                # The stream can be bound to one piece of work at a time.
                await asyncio.wait({task})
                return await asked.relay(partial(_as_it_is, answer))
            start = Position(recorder.recording.place.turn, 0)
            await follower.run(self._source(recorder), start, known=False, total_s=total_s)
        except BrowserGone:
            return None
        finally:
            self._left(recorder, asked)
        return None

    async def follow(
        self, request: Request, session: Session, chat_id: str, *, query: bytes
    ) -> None:
        """Answer with what follows in a chat; `query`: as it stands in the URL.

        Raises TrustError while nothing has been answered yet: ChatUnknown, StreamUnknown,
        EventIdInvalid, TooManyStreams, TurnLost among others.
        """
        position = position_of(request.headers, query)
        running = position is None and wants_running(query)
        with self._turns.streams.opened(session.owner, request.cookies) as stream:
            chat = await self._chat(session, chat_id)
            stream.chat = chat.key
            headers = {"chat-id": chat.id}
            found = await (self._running(chat) if running else self._found(chat, position))
            if found is None:
                await request.finish(204, headers, b"")
                return
            source, start = found
            how = await Follower(request, stream, headers, self._pace).run(
                source, start, known=position is not None, total_s=self._bounds.total_s
            )
            log.event("stream.followed", how=how.value, chat=chat.id, turn=start.turn)

    async def close(self) -> None:
        """End the turns that still go on, and wait until that is written down."""
        for stream in self._tasks.values():
            stream.end(ServerRestarting("the process is going down"))
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=self._pace.last_word_s)
            for task in late:
                task.cancel()

    def _recorder(self, asked: Detached) -> Recorder:
        turn, now = asked.turn, self._turns.clock.now()
        owner = turn.session.owner
        # Turns of one second sort in the order in which they were asked for.
        self._minted_ms = max(now * 1000, self._minted_ms + 1)
        turn_id = ulid(milliseconds=self._minted_ms, random=self._random(10))
        place = TurnPlace(owner=owner, chat=turn.chat.id, turn=turn_id)
        order = Order(
            invoke=asked.invoke,
            passage=asked.passage,
            stream=asked.stream,
            look=partial(self._admission.identify, asked.request.cookies),
            asked=asked.question,
            stops=partial(self._stops, owner, place.chat),
            stops_before=turn.stops,
            begins_early=asked.begins_early,
            bounds=self._bounds,
        )
        recording = Recording(place)
        written = Written(place=place, ends_by=NumericDate(now + int(self._bounds.total_s)))
        rows = Kept(self._pace.keeps)
        keeping = Keeping(recording, self._journal, rows, written, self._turns.clock, self._pace)
        return Recorder(order, recording, keeping, self._pace)

    def _started(self, recorder: Recorder, asked: Detached) -> "asyncio.Task[None]":
        """Run the recorder in a task of its own, which the request's end does not end."""
        turn = recorder.recording.place.turn
        self._recorders[turn] = recorder
        task = asyncio.ensure_future(recorder.run())
        self._tasks[task] = asked.stream

        def over(done: "asyncio.Task[None]") -> None:
            del self._recorders[turn], self._tasks[done]
            if recorder.handed_over is None:
                asked.release()

        task.add_done_callback(over)
        return task

    def _left(self, recorder: Recorder, asked: Detached) -> None:
        """Note that the browser which asked is served, or gone."""
        recorder.attended = False
        asked.stream.cookies = ()
        answer = recorder.handed_over
        if answer is not None:
            answer.close()
            asked.release()

    async def _stops(self, owner: Owner, chat_id: str) -> int:
        return await self._journal.stops(owner, chat_id, now=self._turns.clock.now())

    async def _chat(self, session: Session, chat_id: str) -> Chat:
        """Return the person's chat, if they may read what its agent says. Raises TrustError."""
        now = self._turns.clock.now()
        chat = await self._turns.chats.find(session.owner, chat_id, now=now)
        agent = await self._turns.agent(session, chat.agent)
        # As for asking: else what was said to a strong login could be read with a weak one.
        hold_to_strength(session, agent, now=now)
        return chat

    async def _running(self, chat: Chat) -> tuple[Source, Position] | None:
        """Return the chat's newest turn if it goes on and can be followed."""
        await self._begun(chat)
        try:
            place = await self._place(chat, None)
        except StreamUnknown:
            return None
        start = Position(place.turn, 0)
        recorder = self._recorder_of(place)
        if recorder is not None:
            return None if recorder.recording.end else (self._source(recorder), start)
        now = self._turns.clock.now()
        head = await self._journal.head(place, now=now)
        if head is None or head.end is not None:
            return None
        if now - head.marked_at > self._pace.lost_s + SKEW_S:
            # Its process is gone, and nobody will ever write how it ended.
            return None
        return Stored(self._journal, place, head, self._turns.clock, self._pace), start

    async def _begun(self, chat: Chat) -> None:
        """Wait, but not for long, for turns of this process whose answer is about to begin."""
        waiting = [
            recorder.opening
            for recorder in self._recorders.values()
            if _of(recorder.recording.place, chat) and not recorder.opening.done()
        ]
        if waiting:
            await asyncio.wait(waiting, timeout=self._pace.slow_start_s + BEGIN_S)

    async def _found(self, chat: Chat, position: Position | None) -> tuple[Source, Position]:
        """Return the turn that is asked for, or the newest one. Raises StreamUnknown."""
        place = await self._place(chat, position)
        start = position or Position(place.turn, 0)
        recorder = self._recorder_of(place)
        if recorder is not None:
            return self._source(recorder), start
        return await self._stored(place), start

    def _recorder_of(self, place: TurnPlace) -> Recorder | None:
        """Return who records a turn here, if there is something to follow."""
        recorder = self._recorders.get(place.turn)
        if recorder is None or not recorder.begun or recorder.recording.place != place:
            return None
        return recorder

    async def _place(self, chat: Chat, position: Position | None) -> TurnPlace:
        if position is not None:
            return TurnPlace(owner=chat.owner, chat=chat.id, turn=position.turn)
        here = [
            recorder.recording
            for recorder in self._recorders.values()
            if recorder.begun and _of(recorder.recording.place, chat)
        ]
        # Looked at before the journal is asked: what it names then came after all that it knew of.
        all_noted = all(recording.noted for recording in here)
        now = self._turns.clock.now()
        written = await self._journal.newest(chat.owner, chat.id, now=now)
        ours = [recording.place for recording in here]
        # Ids say which of our own is the newest; of two processes, whose clock is ahead.
        if ours and (written is None or written in ours or not all_noted):
            return max(ours, key=lambda place: place.turn)
        if written is None:
            raise StreamUnknown("nothing is kept of any turn of this chat")
        return written

    def _source(self, recorder: Recorder) -> Source:
        return Live(recorder.recording, partial(self._stored, recorder.recording.place))

    async def _stored(self, place: TurnPlace) -> Source:
        head = await self._journal.head(place, now=self._turns.clock.now())
        if head is None:
            raise StreamUnknown("no such turn of this chat, or none any more")
        return Stored(self._journal, place, head, self._turns.clock, self._pace)


def _of(place: TurnPlace, chat: Chat) -> bool:
    return place.owner == chat.owner and place.chat == chat.id


async def _as_it_is(answer: Answer) -> Answer:
    return answer
