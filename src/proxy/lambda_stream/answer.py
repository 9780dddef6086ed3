"""One invocation as the application sees it: `receive` and `send` of ASGI, over the Runtime API."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from starlette.types import Message

from proxy.lambda_stream.event import HttpEvent
from proxy.lambda_stream.http import Upload
from proxy.lambda_stream.prelude import prelude
from proxy.lambda_stream.runtime_api import Failure
from proxy.request import REQUEST_ID, read_request
from proxy.sse import MEDIA_TYPE, Boundary, error_frame
from trust.errors import TrustError

LAST_WORD_S = 1.0
"""How long the Runtime API may take for what tells a browser why its answer ends."""


class AnswerMisused(RuntimeError):
    """The application does not speak ASGI: a body before its start, or two starts."""


class Answer:
    """The request to the application, and its answer to the Runtime API, piece by piece.

    A piece leaves before the application may send the next: a browser that reads slowly slows the
    Runtime API, that one us, and we the agent.
    """

    def __init__(self, request: HttpEvent, respond: Callable[[], Awaitable[Upload]]) -> None:
        """`respond` begins the answer at the Runtime API."""
        self._request = request
        self._respond = respond
        self._started = False
        self._upload: Upload | None = None
        self._asked = False
        self._gone = asyncio.Event()
        self._events: Boundary | None = None
        self._complete = False

    @property
    def begun(self) -> bool:
        """Whether there is an answer at the Runtime API."""
        return self._upload is not None

    async def receive(self) -> Message:
        """Return the request's body, then wait: Lambda does not tell when a browser goes away."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": self._request.body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Pass on a part of the answer. Raises RuntimeApiLost, PreludeTooLong, AnswerMisused."""
        if self._complete or self._gone.is_set():
            # As with every server: what is said to nobody is lost. The others get their turn, or an
            # application that does nothing but send would never hear that it is alone.
            await asyncio.sleep(0)
            return
        if message["type"] == "http.response.start":
            await self._start(message["status"], message.get("headers", ()))
        elif message["type"] == "http.response.body":
            await self._body(message.get("body", b""), more=message.get("more_body", False))

    async def cut(self, why: TrustError, request_id: str) -> None:
        """End the answer from our side, in whatever way is still open, and tell the application.

        One that has begun and is no stream of events is left to `finish`, which breaks it off.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORD_S):
                await self._last_word(why, request_id)
        self._gone.set()

    async def finish(self, failure: Failure, *, within_s: float) -> None:
        """Wait until the Runtime API has the answer; one without an end is ended as a failure.

        Raises RuntimeApiLost.
        """
        assert self._upload is not None  # noqa: S101 the caller has looked whether it has begun
        failed = None if self._complete else failure
        await self._upload.end(failed.trailers() if failed else None, within_s=within_s)

    def close(self) -> None:
        """Give up what has no end."""
        if self._upload is not None:
            self._upload.close()

    async def _start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        if self._started:
            raise AnswerMisused("a second start")
        raw = list(headers)
        head = prelude(status, raw, self._request.form)
        kind = {name.lower(): value for name, value in raw}.get(b"content-type", b"")
        self._started = True
        self._upload = await self._respond()
        self._upload.answer.add_done_callback(lambda _: self._gone.set())
        if kind.lower().startswith(MEDIA_TYPE.encode()):
            self._events = Boundary()
        await self._write(head)

    async def _body(self, piece: bytes, *, more: bool) -> None:
        if self._upload is None:
            raise AnswerMisused("a body before its start")
        if self._events is not None:
            self._events.feed(piece)
        await self._write(piece)
        if not more:
            # Never taken back: a piece may still have been on its way when we had the last word.
            self._complete = True

    async def _write(self, piece: bytes) -> None:
        assert self._upload is not None  # noqa: S101 both callers have one
        try:
            await self._upload.write(piece)
        except ConnectionError:
            self._gone.set()

    async def _last_word(self, why: TrustError, request_id: str) -> None:
        if self._complete:
            return
        if not self._started:
            scope = {**self._request.scope(), REQUEST_ID: request_id}
            await read_request(scope, self.receive, self.send).refuse(why)
        elif self._events is not None:
            frame = error_frame(why, request_id=request_id, boundary=self._events)
            await self._body(frame, more=False)
