"""The relay: an agent's answer to the browser, chunk by chunk, until something ends it.

At most one chunk is held: the next is asked for when the browser's side has taken the last, so a
slow browser slows the agent. Four things are waited for at once: the next chunk, the browser going
away, a reason to cut the stream, and silence that wants a comment.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from proxy.errors import AgentFailed, AgentTimeout
from proxy.request import Request
from proxy.sse import HEARTBEAT, MEDIA_TYPE, Boundary, error_frame
from proxy.streams import Stream
from proxy.tasks import running
from proxy.upstream import Answer
from trust.errors import TrustError

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

PASSED_ON = frozenset({"application/json", MEDIA_TYPE})
"""Media types of an answer that keep their name; anything else is bytes: an agent that answers
with HTML or script must not have it run in our origin."""

Result = TypeVar("Result")


class Ending(Enum):
    """How a relay came to its end."""

    COMPLETE = "complete"
    BROWSER_GONE = "browser_gone"
    REFUSED = "refused"
    BROKEN_OFF = "broken_off"


class BodyBroken(Exception):
    """An answer that is no event stream broke off: the server has to close the connection."""


class _BrowserGone(Exception):
    """There is nobody left to pass anything on to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How an answer is passed on: our headers, whether it may begin early, its longest time."""

    headers: Mapping[str, str]
    begins_early: bool
    total_s: float


class Relay:
    """One answer on its way to one browser."""

    def __init__(self, request: Request, stream: Stream, manner: Manner) -> None:
        self._request = request
        self._stream = stream
        self._manner = manner
        self._boundary = Boundary()
        self._begun = False
        self._events = False

    async def run(self, invoke: AbstractAsyncContextManager[Answer]) -> Ending:
        """Open the answer and pass it on until it, or something else, ends. Raises BodyBroken."""
        try:
            async with asyncio.timeout(self._manner.total_s), AsyncExitStack() as stack:
                ends = await self._ends(stack)
                opening = stack.enter_async_context(invoke)
                answer = await self._arrival(opening, ends, SLOW_START_S)
                await self._taken(self._begin(answer), ends)
                await self._pump(answer.chunks, ends)
        except _BrowserGone:
            return Ending.BROWSER_GONE
        except TimeoutError:
            return await self._fail(AgentTimeout("the longest duration of a stream"))
        except TrustError as error:
            return await self._fail(error)
        await self._write(b"", more=False)
        return Ending.COMPLETE

    async def _ends(self, stack: AsyncExitStack) -> "_Ends":
        gone = await stack.enter_async_context(running(_gone(self._request)))
        cut = await stack.enter_async_context(running(self._stream.cut.wait()))
        return _Ends(gone, cut)

    async def _pump(self, chunks: AsyncIterator[bytes], ends: "_Ends") -> None:
        silence_s = FIRST_COMMENT_S
        while (chunk := await self._arrival(_next(chunks), ends, silence_s)) is not None:
            await self._taken(self._write(chunk), ends)
            self._boundary.feed(chunk)
            silence_s = HEARTBEAT_S

    async def _arrival(
        self, work: Coroutine[Any, Any, Result], ends: "_Ends", silence_s: float
    ) -> Result:
        """Wait for `work`, with comments while it is silent; raise what ends the stream first."""
        async with running(work) as task:
            while not task.done():
                await ends.or_done(task, within_s=silence_s)
                self._go_on(ends)
                if not task.done():
                    await self._taken(self._comment(), ends)
                    silence_s = HEARTBEAT_S
            return task.result()

    async def _taken(self, work: Coroutine[Any, Any, None], ends: "_Ends") -> None:
        """Wait until the browser has taken something; raise what ends the stream first.

        A browser that takes nothing must not keep a stream open that has to end.
        """
        async with running(work) as task:
            await ends.or_done(task, within_s=None)
            self._go_on(ends)
            task.result()

    def _go_on(self, ends: "_Ends") -> None:
        if ends.gone.done():
            raise _BrowserGone
        if ends.cut.done() and self._stream.why is not None:
            raise self._stream.why

    async def _comment(self) -> None:
        if not self._begun:
            if not self._manner.begins_early:
                return
            await self._start(200, MEDIA_TYPE)
        if self._events and self._boundary.reached:
            await self._write(HEARTBEAT)

    async def _begin(self, answer: Answer) -> None:
        given = answer.headers.get("content-type", "").strip()
        kind = given.partition(";")[0].rstrip().lower()
        if not self._begun:
            known = given if kind in PASSED_ON else "application/octet-stream"
            await self._start(answer.status, known)
        elif kind != MEDIA_TYPE:
            raise AgentFailed("no event stream, although one was promised")

    async def _start(self, status: int, media_type: str) -> None:
        headers = {"content-type": media_type, "x-accel-buffering": "no"}
        await self._request.start(status, headers | dict(self._manner.headers))
        self._begun = True
        self._events = media_type.lower().startswith(MEDIA_TYPE)

    async def _fail(self, error: TrustError) -> Ending:
        """Tell the browser, in whatever way is still open."""
        if not self._begun:
            await self._request.refuse(error)
            return Ending.REFUSED
        if not self._events:
            # Left unfinished, so that the client sees a broken answer and not a short one.
            raise BodyBroken from error
        frame = error_frame(error, request_id=self._request.request_id, boundary=self._boundary)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                await self._write(frame, more=False)
        return Ending.BROKEN_OFF

    async def _write(self, chunk: bytes, *, more: bool = True) -> None:
        await self._request.send({"type": "http.response.body", "body": chunk, "more_body": more})


@dataclass(frozen=True, slots=True)
class _Ends:
    """What ends a stream from outside."""

    gone: asyncio.Task[None]
    cut: asyncio.Task[bool]

    async def or_done(self, task: asyncio.Task[Any], *, within_s: float | None) -> None:
        """Return when `task` is done, or one of the ends has come, or the time is over."""
        await asyncio.wait(
            {task, self.gone, self.cut}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
        )


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(chunks, None)
