"""The relay: an agent's answer to the browser, chunk by chunk, until something ends it.

At most one chunk is held: the next is asked for when the browser's side has taken the last, so a
slow browser slows the agent. One task does it all, and where nobody has to wait, a chunk of a
stream passes in the moment that it comes and wakes nobody (docs/adr/0034). Whoever else has to be
there (somebody who hears that the browser has gone, somebody who speaks while the agent is silent)
comes only to those answers that make one wait: most are over before.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from proxy.beside import Beside
from proxy.errors import AgentFailed, AgentTimeout, AnswerTooLarge
from proxy.events.document import Unchanged
from proxy.events.named import scrubbed
from proxy.events.passage import Passage
from proxy.headers import content_type, media_type
from proxy.presence import Presence
from proxy.protocols.jsonrpc import Id, error_event
from proxy.request import Request
from proxy.sse import HEARTBEAT, MEDIA_TYPE, Boundary, error_frame
from proxy.streams import BrowserGone, Stream
from trust import log
from trust.errors import TrustError
from trust.wire.call import Answer, Broken, Taken

LISTEN_AFTER_S = 0.05
"""After this long somebody listens whether the browser is still there; before, it does not pay."""

SLOW_START_S = 5.0
"""After this long without an answer an event stream is begun all the same: gateways give up on a
request that is silent for 30 s. What fails later is told by an error frame, not by a status."""

FIRST_COMMENT_S = 0.5
"""Silence after which a stream that has begun sends its first comment: proxies on the way hold the
headers back until a byte of the body comes."""

HEARTBEAT_S = 15.0
"""Silence after which a comment is sent in mid-stream."""

_OK, _NO_CONTENT = 200, 204
"""The latter has no length, whatever its sender says (RFC 9110 §8.6): nobody would ever see so many
bytes."""

LAST_WORD_S = 5.0
"""How long a browser may take to accept the frame that tells it why its stream ends."""


_UNCHANGED = Unchanged()
"""Of an answer that has not begun, and told by it: it keeps nothing, so one serves all."""


class Ending(Enum):
    """How a relay came to its end."""

    COMPLETE = "complete"
    BROWSER_GONE = "browser_gone"
    REFUSED = "refused"
    BROKEN_OFF = "broken_off"


class BodyBroken(Exception):
    """An answer that is no event stream broke off: the server has to close the connection."""


def none_of_them(_headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return no header: nothing of the answer's own passes but its media type."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The longest an answer may be silent and last, in seconds, and its most bytes."""

    idle_s: float
    total_s: float
    answer_bytes: int


class Manner(NamedTuple):
    """How an answer is passed on: our headers, whether it may begin early, its bounds."""

    headers: Mapping[str, str]
    begins_early: bool
    bounds: Bounds
    returned: Callable[[Mapping[str, str]], Mapping[str, str]] = none_of_them
    """Returns what of the answer's own headers passes, besides its media type."""
    answers: Id | None = None
    """The JSON-RPC request that waits for a result: it is told why there is none."""
    passage: Callable[[str], Passage] = scrubbed
    """Returns what the answer goes through, by its media type in lower case."""


class _Head(NamedTuple):
    """The head of an answer to the browser."""

    status: int
    headers: Mapping[str, str]
    is_events: bool
    length: str | None = None
    """As the agent announced it."""


def _headers(kind: str, *more: Mapping[str, str]) -> dict[str, str]:
    headers = {"content-type": kind, "x-accel-buffering": "no"}
    for some in more:
        headers |= some
    return headers


class Relay:
    """One answer on its way to one browser."""

    __slots__ = (
        "_begun",
        "_boundary",
        "_early",
        "_events",
        "_head",
        "_heard_by",
        "_left",
        "_listening",
        "_manner",
        "_passage",
        "_request",
        "_stream",
    )

    def __init__(self, request: Request, stream: Stream, manner: Manner) -> None:
        self._request = request
        self._stream = stream
        self._manner = manner
        self._boundary = Boundary()
        self._begun = False
        self._events = False
        self._head: _Head | None = None
        self._passage: Passage = _UNCHANGED
        self._listening: Beside | None = None
        self._heard_by: Presence | None = None
        self._early: Beside | None = None
        self._left = manner.bounds.answer_bytes

    async def run(self, invoke: Callable[[], Awaitable[Answer]]) -> Ending:
        """Open the answer and pass it on until it, or something else, ends. Raises BodyBroken."""
        try:
            passing = self._passed_on(invoke)
            # It holds the body that was sent, of up to a megabyte, and the answer may last an hour.
            del invoke
            await passing
        except BrowserGone:
            return Ending.BROWSER_GONE
        except Broken as error:
            return await self._fail(AgentFailed(str(error)))
        except TrustError as error:
            return await self._fail(error)
        return Ending.COMPLETE

    async def _passed_on(self, invoke: Callable[[], Awaitable[Answer]]) -> None:
        bounds = self._manner.bounds
        answer: Answer | None = None
        # Until its head is here an answer is silent; from then on reading counts the silence.
        span = self._stream.within(bounds.idle_s)
        span.after(LISTEN_AFTER_S, self._begin_listening)
        try:
            with span:
                try:
                    answer = await invoke()
                    del invoke
                finally:
                    if self._early is not None:
                        await self._early.over()
                span.lasts(bounds.total_s)
                self._take(answer)
                if self._head is not None and self._head.is_events:
                    # At once; any other answer may still turn out to be an error under a good
                    # status, and have another one then: its head waits for the first of its body.
                    await self._start(self._head)
                await self._pump(answer)
        finally:
            # Before any last word: a browser that takes nothing must not hold the agent.
            if answer is not None:
                answer.close()
            if self._listening is not None:
                await self._listening.over()
            if self._heard_by is not None:
                self._heard_by.ignore()

    def _begin_listening(self) -> None:
        """Hear from now on when the browser goes away."""
        # Here, since most answers are over before: it would be work for nothing.
        self._request.forget()
        self._heard_by = self._request.presence
        if self._heard_by is None:
            self._listening = Beside(self._listen)
            self._listening.begin()
        else:
            self._heard_by.listen(self._gone)
        span = self._stream.span
        if span is not None and self._passage is _UNCHANGED and self._manner.begins_early:
            # No head yet. Here, too, since it is put off for few answers only.
            self._early = Beside(self._begin_early)
            span.after(SLOW_START_S - LISTEN_AFTER_S, self._early.begin)

    def _gone(self) -> None:
        self._stream.end(BrowserGone())

    async def _pump(self, answer: Answer) -> None:
        # Only what `_taken` leaves wakes this task: what comes first, last, late or in plenty, and
        # all of it where a server takes no parts.
        stream, passage = self._stream, self._passage
        idle_s = self._manner.bounds.idle_s
        silence_s, further_s = min(FIRST_COMMENT_S, idle_s), min(HEARTBEAT_S, idle_s)
        taken: Taken | None = None
        while True:
            chunk = await answer.read(silence_s, taken)
            if chunk is None:
                chunk = await self._broken_silence(answer, idle_s - silence_s)
            if stream.why is not None:
                # It has to end: what came at the same moment is not passed on any more.
                raise stream.why
            if not chunk:
                break
            self._left -= len(chunk)
            if self._left < 0:
                raise AnswerTooLarge("more bytes than an answer may have")
            passed = passage.feed(chunk)
            if answer.ended:
                await self._end(passed)
                return
            if passed:
                await self._pass(passed)
                self._boundary.feed(passed)
            silence_s, taken = further_s, self._taken
        await self._pass(passage.end(), more=False)

    def _taken(self, chunk: bytes) -> bool:
        """Pass a chunk on in the moment that it comes, if nobody has to wait; else leave it."""
        whole, stream = self._request.whole, self._stream
        if whole is None or not whole.takes_parts:
            return False
        if stream.why is not None or len(chunk) > self._left:
            return False
        self._left -= len(chunk)
        try:
            passed = self._passage.feed(chunk)
        except TrustError as error:
            # Not here: whoever reads is told, and says it to the browser.
            stream.end(error)
            return True
        if passed:
            whole.send_part(passed)
            self._boundary.feed(passed)
        return True

    async def _end(self, passed: bytes) -> None:
        """Pass on the last of an answer in one piece, with what was held back of it."""
        try:
            held = self._passage.end()
        except AgentFailed:
            # What came before the agent's error, in the same chunk, is no part of it.
            if passed:
                await self._pass(passed)
                self._boundary.feed(passed)
            raise
        head, last = self._head, passed + held
        if not self._begun and head is not None:
            self._begun = self._request.finish_at_once(head.status, self._announced(head), last)
            if self._begun:
                return
        await self._pass(last, more=False)

    async def _broken_silence(self, answer: Answer, left_s: float) -> bytes:
        """Comment on a silence that may last `left_s` more; return what breaks it, as a read."""
        while left_s > 0:
            await self._comment()
            chunk = await answer.read(min(HEARTBEAT_S, left_s))
            if chunk is not None:
                return chunk
            left_s -= HEARTBEAT_S
        raise AgentTimeout("silent for too long")

    async def _begin_early(self) -> None:
        """Begin an event stream whose agent is slow to answer, and keep it alive."""
        headers = _headers(MEDIA_TYPE, self._manner.headers)
        await self._start(_Head(_OK, headers, is_events=True))
        while True:
            await self._comment()
            await asyncio.sleep(HEARTBEAT_S)

    async def _listen(self) -> None:
        """End the stream when the browser goes away, as a server tells it that has no presence."""
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        self._gone()

    async def _comment(self) -> None:
        if self._events and self._boundary.reached:
            await self._pass(HEARTBEAT)

    def _take(self, answer: Answer) -> None:
        """Take the head of an answer: what the browser is told of it. Raises AgentFailed."""
        given, kind = content_type(answer.headers.get("content-type", ""))
        self._passage = passage = self._manner.passage(kind)
        is_events = passage.media_type == MEDIA_TYPE
        if self._begun:
            if not is_events:
                raise AgentFailed("no event stream, although one was promised")
            return
        known = media_type(given) if kind == passage.media_type else passage.media_type
        headers = _headers(known, self._manner.returned(answer.headers), self._manner.headers)
        length = answer.headers.get("content-length") if answer.status != _NO_CONTENT else None
        # What is told in our own words has a body, also where the agent's status says of its answer
        # that it has none.
        status = _OK if passage.tells_failures else answer.status
        self._head = _Head(status, headers, is_events, length)

    def _announced(self, head: _Head) -> Mapping[str, str]:
        # Not before the first bytes are judged: only then is it known of some what they are.
        if head.length is None or not self._passage.keeps_length:
            return head.headers
        # So the browser can tell a whole answer from a torn one.
        return {**head.headers, "content-length": head.length}

    async def _start(self, head: _Head) -> None:
        await self._request.start(head.status, self._announced(head))
        self._begun, self._events = True, head.is_events

    async def _fail(self, error: TrustError) -> Ending:
        """Tell the browser, in whatever way is still open."""
        log.fault("turn.failed", error, request=self._request.request_id, code=error.code)
        if self._begun and not self._events:
            # Left unfinished, so that the client sees a broken answer and not a short one.
            raise BodyBroken from error
        ending = Ending.BROKEN_OFF if self._begun else Ending.REFUSED
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                await self._last_word(error)
        return ending

    async def _last_word(self, error: TrustError) -> None:
        if not self._begun:
            await self._request.refuse(error)
            return
        passage = self._passage
        rest = passage.rest(error)
        self._boundary.feed(rest)
        if not passage.tells_failures:
            rest += self._told(error)
        await self._pass(rest, more=False)

    def _told(self, error: TrustError) -> bytes:
        """Return the frame that tells the client why its stream ends."""
        request_id, boundary = self._request.request_id, self._boundary
        answers = self._manner.answers
        if answers is None:
            return error_frame(error, request_id=request_id, boundary=boundary)
        torn = b"" if boundary.reached else b"\n\n"
        return torn + error_event(error, answers=answers, request_id=request_id)

    async def _pass(self, chunk: bytes, *, more: bool = True) -> None:
        """Send a part of the body; an answer whose head was put off begins with it."""
        if not self._begun and self._head is not None:
            await self._start(self._head)
        message = {"type": "http.response.body", "body": chunk, "more_body": more}
        await self._request.send(message)
