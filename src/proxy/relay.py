"""The relay: an agent's answer to the browser, chunk by chunk, until something ends it.

At most one chunk is held: the next is asked for when the browser's side has taken the last, so a
slow browser slows the agent. One task does it all while bytes flow. Whoever else has to be there
(somebody who hears that the browser has gone, somebody who speaks while the agent is silent) comes
only to those answers that make one wait: most are over before.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from proxy.errors import AgentFailed, AgentTimeout, AnswerTooLarge
from proxy.headers import media_type
from proxy.protocols.jsonrpc import Id, error_event
from proxy.request import Request
from proxy.sse import HEARTBEAT, MEDIA_TYPE, Boundary, error_frame
from proxy.streams import BrowserGone, Stream
from trust.errors import TrustError
from trust.wire.call import Answer, Broken

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

LAST_WORD_S = 5.0
"""How long a browser may take to accept the frame that tells it why its stream ends."""


class Ending(Enum):
    """How a relay came to its end."""

    COMPLETE = "complete"
    BROWSER_GONE = "browser_gone"
    REFUSED = "refused"
    BROKEN_OFF = "broken_off"


class BodyBroken(Exception):
    """An answer that is no event stream broke off: the server has to close the connection."""


def _none(_headers: Mapping[str, str]) -> Mapping[str, str]:
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
    returned: Callable[[Mapping[str, str]], Mapping[str, str]] = _none
    """Returns what of the answer's own headers passes, besides its media type."""
    answers: Id | None = None
    """The JSON-RPC request that waits for a result: it is told why there is none."""


class Relay:
    """One answer on its way to one browser."""

    __slots__ = ("_begun", "_boundary", "_events", "_manner", "_request", "_stream")

    def __init__(self, request: Request, stream: Stream, manner: Manner) -> None:
        self._request = request
        self._stream = stream
        self._manner = manner
        self._boundary = Boundary()
        self._begun = False
        self._events = False

    async def run(self, invoke: Callable[[], Awaitable[Answer]]) -> Ending:
        """Open the answer and pass it on until it, or something else, ends. Raises BodyBroken."""
        try:
            await self._passed_on(invoke)
        except BrowserGone:
            return Ending.BROWSER_GONE
        except Broken as error:
            return await self._fail(AgentFailed(str(error)))
        except TrustError as error:
            return await self._fail(error)
        return Ending.COMPLETE

    async def _passed_on(self, invoke: Callable[[], Awaitable[Answer]]) -> None:
        bounds = self._manner.bounds
        listening, early = _Beside(self._listen), _Beside(self._begin_early)
        answer: Answer | None = None
        # Until its head is here an answer is silent; from then on reading counts the silence.
        span = self._stream.within(bounds.idle_s)
        span.after(LISTEN_AFTER_S, listening.begin)
        if self._manner.begins_early:
            span.after(SLOW_START_S, early.begin)
        try:
            with span:
                try:
                    answer = await invoke()
                finally:
                    await early.over()
                span.lasts(bounds.total_s)
                await self._begin(answer)
                await self._pump(answer)
        finally:
            # Before any last word: a browser that takes nothing must not hold the agent.
            if answer is not None:
                answer.close()
            await listening.over()

    async def _pump(self, answer: Answer) -> None:
        left, silence_s = self._manner.bounds.answer_bytes, FIRST_COMMENT_S
        while chunk := await self._arrival(answer, silence_s):
            left -= len(chunk)
            if left < 0:
                raise AnswerTooLarge("more bytes than an answer may have")
            if answer.ended:
                await self._write(chunk, more=False)
                return
            await self._write(chunk)
            self._boundary.feed(chunk)
            silence_s = HEARTBEAT_S
        await self._write(b"", more=False)

    async def _arrival(self, answer: Answer, silence_s: float) -> bytes:
        """Return the next chunk, b"" at the end; comment on the silence before it."""
        left_s = self._manner.bounds.idle_s
        while (chunk := await answer.read(min(silence_s, left_s))) is None:
            left_s -= silence_s
            if left_s <= 0:
                raise AgentTimeout("silent for too long")
            await self._comment()
            silence_s = HEARTBEAT_S
        if self._stream.why is not None:
            # It has to end: what came at the same moment is not passed on any more.
            raise self._stream.why
        return chunk

    async def _begin_early(self) -> None:
        """Begin an event stream whose agent is slow to answer, and keep it alive."""
        await self._start(200, MEDIA_TYPE, self._manner.headers)
        while True:
            await self._comment()
            await asyncio.sleep(HEARTBEAT_S)

    async def _listen(self) -> None:
        """End the stream when the browser goes away."""
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        self._stream.end(BrowserGone())

    async def _comment(self) -> None:
        if self._events and self._boundary.reached:
            await self._write(HEARTBEAT)

    async def _begin(self, answer: Answer) -> None:
        given = answer.headers.get("content-type", "").strip()
        kind = given.partition(";")[0].rstrip().lower()
        if not self._begun:
            known = media_type(given)
            own = {**self._manner.returned(answer.headers), **self._manner.headers}
            await self._start(answer.status, known, own, answer.headers.get("content-length"))
        elif kind != MEDIA_TYPE:
            raise AgentFailed("no event stream, although one was promised")

    async def _start(
        self, status: int, kind: str, own: Mapping[str, str], length: str | None = None
    ) -> None:
        events = kind.lower().startswith(MEDIA_TYPE)
        headers = {"content-type": kind, "x-accel-buffering": "no", **own}
        if length is not None and not events:
            # Nothing is put into it: so the browser can tell a whole answer from a torn one.
            headers["content-length"] = length
        await self._request.start(status, headers)
        self._begun, self._events = True, events

    async def _fail(self, error: TrustError) -> Ending:
        """Tell the browser, in whatever way is still open."""
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
        request_id, boundary = self._request.request_id, self._boundary
        answers = self._manner.answers
        if answers is None:
            frame = error_frame(error, request_id=request_id, boundary=boundary)
        else:
            torn = b"" if boundary.reached else b"\n\n"
            frame = torn + error_event(error, answers=answers, request_id=request_id)
        await self._write(frame, more=False)

    async def _write(self, chunk: bytes, *, more: bool = True) -> None:
        await self._request.send({"type": "http.response.body", "body": chunk, "more_body": more})


class _Beside:
    """Work beside the relay's own, if its time comes."""

    __slots__ = ("_is_over", "_task", "_work")

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._is_over = False

    def begin(self) -> None:
        """Begin it, unless it is over already."""
        if not self._is_over:
            self._task = asyncio.ensure_future(self._work())

    async def over(self) -> None:
        """Forget it, or cancel it and wait for its end."""
        self._is_over = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            if not self._task.cancelled():
                self._task.exception()
