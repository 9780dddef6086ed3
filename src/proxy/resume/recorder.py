"""The recorder of a turn: reads the agent's answer to its end, whoever is there to follow it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

from proxy.errors import (
    AgentFailed,
    AgentTimeout,
    AnswerTooLarge,
    SessionRevoked,
    TurnStopped,
)
from proxy.events.passage import Passage
from proxy.headers import content_type
from proxy.invocation import Stops
from proxy.relay import Bounds
from proxy.resume.events import MAX_EVENT_BYTES, Splitter
from proxy.resume.keeping import Keeping
from proxy.resume.pace import Pace
from proxy.resume.recording import Recording
from proxy.sse import MEDIA_TYPE
from proxy.streams import Stream
from proxy.tasks import running
from trust import log
from trust.errors import TrustError
from trust.journal.journal import Forgotten
from trust.journal.record import COMPLETE
from trust.session.errors import NotLoggedIn
from trust.wire.call import Answer, WireError

Invoke = Callable[[], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be recorded, and for how long."""

    invoke: Invoke
    passage: Callable[[str], Passage]
    """Returns what an answer of a media type goes through before anybody sees it, or it is kept."""
    stream: Stream
    """Counts as an answer of its owner's while the turn goes on; whatever ends it ends the turn."""
    look: Callable[[], Awaitable[object]]
    """Looks at the session that asked. Raises NotLoggedIn when it has ended."""
    asked: bytes
    """The line that tells the question, in front of the first event; or nothing."""
    stops: Callable[[], Awaitable[int]]
    """How often the chat was told to stop, on whichever process. Raises StoreUnavailable."""
    stops_before: Stops | None
    """How often when it was asked; None if that is not known: then the first look says so."""
    begins_early: bool
    """Whether an event stream is sure to come, so that it may begin before the answer does."""
    bounds: Bounds


class Recorder:
    """One turn, from the call to its last record."""

    def __init__(self, order: Order, recording: Recording, keeping: Keeping, pace: Pace) -> None:
        self.recording = recording
        self.opening: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        """None once there is an event stream; else an answer that is none, to be relayed."""
        self.attended = True
        """Whether the browser that asked is there."""
        self._order = order
        self._keeping = keeping
        self._pace = pace
        self._followers: set[Stream] = set()
        self._stops_before = None if order.stops_before is None else order.stops_before.number
        self._may_ask = asyncio.Event()
        """Set once it is known that nobody has stopped the turn before its agent was asked."""
        self._splitter = Splitter()
        self._asked = order.asked
        self._passage: Passage | None = None
        """What the answer is going through, while it does."""
        # Whoever waited for it may have gone away.
        self.opening.add_done_callback(_looked_at)

    @property
    def begun(self) -> bool:
        """Whether there is an event stream to be followed."""
        return _opened(self.opening) and self.opening.result() is None

    @property
    def handed_over(self) -> Answer | None:
        """The answer that was no event stream, and is now somebody else's to close."""
        return self.opening.result() if _opened(self.opening) else None

    def follow_with(self, stream: Stream) -> None:
        """Have a follower's stream end with whatever ends this one from outside."""
        self._followers.add(stream)

    async def run(self) -> None:
        """Record the turn to its end, of whatever kind, and write that down."""
        async with running(self._keeping.run()) as keeping:
            end = await self._ended(keeping)
            if not self.begun:
                return
            self.recording.finish(end)
            self._keeping.finish(end)
            try:
                await asyncio.wait({keeping}, timeout=self._pace.end_s)
            finally:
                # Also where the process, which is going down, waits no longer.
                if not keeping.done() or keeping.exception() is not None:
                    log.event("turn.end_unkept", turn=self.recording.place.turn)
        log.event("turn.recorded", how=end, events=self.recording.last)

    async def _ended(self, keeping: "asyncio.Task[None]") -> str:
        """Read the answer; return how the turn ended."""
        try:
            await self._read(keeping)
            if self.begun and await self._stopped_by_now():
                return self._failed(TurnStopped("stopped on another process"))
        except TrustError as error:
            if isinstance(error, AgentFailed) and await self._stopped_by_now():
                # The runtime has ended the agent before this process heard of the stop.
                return self._failed(TurnStopped("stopped on another process"))
            return self._failed(error)
        except Exception as error:  # noqa: BLE001 whatever it is, those who wait have to hear of it
            log.fault("turn.crashed", error)
            return self._failed(TrustError(type(error).__name__))
        return COMPLETE

    def _failed(self, error: TrustError) -> str:
        """Tell everybody who is there; return how the turn has ended by that."""
        log.fault("turn.cut_short", error, code=error.code)
        if not self.opening.done():
            self.opening.set_exception(error)
        told = self._told(error)
        if self._order.stream.why is error:
            # Revoked, stopped, or drained: those who lag behind must not go on for it.
            for stream in self._followers:
                stream.end(error)
        return COMPLETE if told else error.code

    def _told(self, error: TrustError) -> bool:
        """Pass on what was held back; tell whether the agent's own events say that it failed."""
        passage = self._passage
        if passage is None:
            return False
        with suppress(AgentFailed):
            self._record(self._splitter.feed(passage.rest(error)))
        return passage.tells_failures

    async def _read(self, keeping: "asyncio.Task[None]") -> None:
        order = self._order
        async with AsyncExitStack() as stack:
            # Entered first and left last: nothing of the turn outlasts its stream.
            stack.enter_context(order.stream.within(order.bounds.total_s))
            for beside in (self._attend(), self._heed_stops(), self._begin_early()):
                _ = await stack.enter_async_context(running(beside))
            pumping = await stack.enter_async_context(running(self._pump()))
            await asyncio.wait({pumping, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if not pumping.done():
                raise _why_unkept(keeping)
            pumping.result()

    async def _pump(self) -> None:
        answer = await self._opened()
        _, kind = content_type(answer.headers.get("content-type", ""))
        passage = self._order.passage(kind)
        if passage.media_type != MEDIA_TYPE:
            self._hand_over(answer)
            return
        try:
            self._begin()
            self._passage = passage
            await self._pass(answer, passage)
        finally:
            answer.close()

    async def _opened(self) -> Answer:
        before = self._order.stops_before
        if before is not None and not before.since_granted:
            # Whoever pressed stop elsewhere while the grants were waited for has found nothing that
            # could be stopped: the message must not go out after that. A store that is slow to say
            # so holds up no message.
            await _within(self._may_ask, self._pace.stops_s)
        # Until its head is here an answer is silent; from then on reading counts the silence.
        try:
            async with asyncio.timeout(self._order.bounds.idle_s):
                return await self._order.invoke()
        except TimeoutError as error:
            raise AgentTimeout("no answer for too long") from error

    def _hand_over(self, answer: Answer) -> None:
        """Give an answer that is no event stream to whoever asked."""
        if self.opening.done() or not self.attended:
            answer.close()
            raise AgentFailed("no event stream, although one was promised")
        self.opening.set_result(answer)

    async def _pass(self, answer: Answer, passage: Passage) -> None:
        left = self._order.bounds.answer_bytes
        while chunk := await self._next(answer):
            left -= len(chunk)
            if left < 0:
                raise AnswerTooLarge("more bytes than an answer may have")
            await self._add(passage.feed(chunk))
        await self._add(passage.end())
        self._passage = None

    async def _next(self, answer: Answer) -> bytes:
        try:
            chunk = await answer.read(self._order.bounds.idle_s)
        except WireError as error:
            raise AgentFailed(str(error)) from error
        if chunk is None:
            raise AgentTimeout("nothing came for too long")
        return chunk

    async def _add(self, passed: bytes) -> None:
        events = self._splitter.feed(passed)
        if events:
            self._record(events)
            await self._keeping.room()
        if self._splitter.is_overfull:
            # Not before: what came ahead of it in the same chunk is a part of the answer.
            raise AgentFailed(f"an event of more than {MAX_EVENT_BYTES} bytes")

    def _record(self, events: Sequence[bytes]) -> None:
        if not events:
            return
        if self._asked:
            events = [self._asked + events[0], *events[1:]]
            self._asked = b""
        self.recording.add(events)
        self._keeping.offer(events)

    def _begin(self) -> None:
        if not self.opening.done():
            self.opening.set_result(None)
        self._keeping.begin()

    async def _begin_early(self) -> None:
        """Begin without an answer where it is slow: gateways give up on a silent request."""
        await asyncio.sleep(self._pace.slow_start_s)
        if self._order.begins_early and not self.opening.done():
            self._begin()

    async def _attend(self) -> None:
        """End the turn when its session has ended, also where no browser is there any more.

        The session is looked at, but not used: a turn that nobody watches keeps nobody logged in.
        """
        while True:
            await asyncio.sleep(self._pace.session_s)
            try:
                await self._order.look()
            except NotLoggedIn as error:
                self._order.stream.end(SessionRevoked(str(error)))
            except Exception as error:  # noqa: BLE001 whatever it is, the next look may see the end
                log.fault("stream.look_failed", error)

    async def _heed_stops(self) -> None:
        """End the turn when somebody pressed stop on another process."""
        while True:
            if await self._stopped_elsewhere():
                self._order.stream.end(TurnStopped("stopped on another process"))
            else:
                self._may_ask.set()
            await asyncio.sleep(self._pace.stops_s)

    async def _stopped_by_now(self) -> bool:
        """Tell whether it was, once the answer is over: its end does not wait long for that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.stops_s):
                return await self._stopped_elsewhere()
        return False

    async def _stopped_elsewhere(self) -> bool:
        """Tell whether the chat was stopped since the turn was asked for, or the first look.

        However long that takes: given up on too early, a slow store would never tell of a stop.
        """
        try:
            count = await self._order.stops()
        except Exception as error:  # noqa: BLE001 whatever it is, the next look may see the stop
            log.fault("stream.look_failed", error)
            return False
        if self._stops_before is None:
            self._stops_before = count
        return count > self._stops_before


async def _within(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _looked_at(opening: "asyncio.Future[Answer | None]") -> None:
    if not opening.cancelled():
        opening.exception()


def _opened(opening: "asyncio.Future[Answer | None]") -> bool:
    return opening.done() and not opening.cancelled() and opening.exception() is None


def _why_unkept(keeping: "asyncio.Task[None]") -> TrustError:
    """Return why the turn ends with its journal."""
    error = keeping.exception()
    if isinstance(error, Forgotten):
        return TurnStopped("the chat was forgotten")
    log.fault("turn.unkept", error or RuntimeError("the journal ended"))
    return TrustError("the journal failed")
