"""A Runtime API on loopback: hands out events, takes streamed answers.

As strict as Lambda's where that one is strict, so that a runtime which is served here is served
there: an answer is for the invocation that was handed out last, and there is one at a time.
"""

import asyncio
import re
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import count

from devstack.runtime_api.http import Head, read_body, read_chunks, read_head, response
from devstack.runtime_api.invoked import Invoked
from trust.clock import Clock

LOOPBACK = "127.0.0.1"
_BASE = "/2018-06-01/runtime"
_ANSWER = re.compile(rf"{_BASE}/invocation/([^/]+)/(response|error)")
_ARN = "arn:aws:lambda:us-east-1:000000000000:function:local"


class RuntimeApi:
    """The Runtime API of one sandbox."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = count(1)
        self._waiting: asyncio.Queue[Invoked] = asyncio.Queue()
        self._current: Invoked | None = None
        self.start_failures: list[bytes] = []
        """What was told by functions that did not start."""
        self.authority = ""
        """Host and port, once it is served."""
        self._connected: set[asyncio.StreamWriter] = set()
        self._talks: set[asyncio.Task[None]] = set()
        self._over = asyncio.Event()

    @asynccontextmanager
    async def served(self) -> AsyncGenerator["RuntimeApi"]:
        """Serve it on a free port; whoever has come by its end is sent away."""
        with socket.create_server((LOOPBACK, 0)) as listening:
            listening.settimeout(0)
            place = listening.getsockname()
            self.authority = f"{LOOPBACK}:{place[1]}"
            accepting = asyncio.ensure_future(self._accept(listening))
            try:
                yield self
            finally:
                self._over.set()
                # Somebody who comes: who accepts looks up, and sees that it is over.
                socket.create_connection(place).close()
                await accepting
                self.disconnect()

    async def _accept(self, listening: socket.socket) -> None:
        """Talk to everybody who comes.

        Closed in the wrong moment, asyncio's own server (3.11) forgets whom it has just accepted,
        and they wait for ever.
        """
        loop = asyncio.get_running_loop()
        while not self._over.is_set():
            connection, _ = await loop.sock_accept(listening)
            talk = asyncio.ensure_future(
                self._converse(*await asyncio.open_connection(sock=connection))
            )
            self._talks.add(talk)
            talk.add_done_callback(self._talks.discard)

    def disconnect(self) -> None:
        """Close all connections, as from the other side they may be at any time."""
        for writer in self._connected:
            writer.transport.abort()

    def invoke(
        self, event: bytes, *, timeout_s: float = 60, trace_id: str | None = None
    ) -> Invoked:
        """Have an event answered; `timeout_s`: the function's own."""
        invoked = Invoked(
            id=f"00000000-0000-4000-8000-{next(self._numbers):012d}",
            event=event,
            deadline_ms=int((self._clock.now() + timeout_s) * 1000),
            trace_id=trace_id,
        )
        self._waiting.put_nowait(invoked)
        return invoked

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connected.add(writer)
        try:
            while (head := await read_head(reader)) is not None:
                writer.write(await self._answer(head, reader))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            self._lost()
        finally:
            self._connected.discard(writer)
            writer.close()
            if not self._connected:
                self._lost()

    async def _answer(self, head: Head, reader: asyncio.StreamReader) -> bytes:
        found = _ANSWER.fullmatch(head.path)
        match head.method, head.path:
            case "GET", path if path == f"{_BASE}/invocation/next":
                return await self._next(reader)
            case "POST", path if path == f"{_BASE}/init/error":
                self.start_failures.append(await read_body(reader, head))
                return response(202, {})
            case "POST", _ if found is not None:
                return await self._taken(found.group(1), found.group(2), head, reader)
            case _:
                return response(404, {}, b'{"errorType": "NotFound"}')

    async def _next(self, reader: asyncio.StreamReader) -> bytes:
        if self._current is not None:
            return response(403, {}, b'{"errorType": "InvalidStateTransition"}')
        invoked = await self._handed_out()
        if invoked is None or reader.at_eof():
            # Whoever waited has died meanwhile: the next process gets it.
            if invoked is not None:
                self._waiting.put_nowait(invoked)
            return b""
        self._current = invoked
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invoked.id,
            "Lambda-Runtime-Deadline-Ms": str(invoked.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": _ARN,
        }
        if invoked.trace_id is not None:
            headers["Lambda-Runtime-Trace-Id"] = invoked.trace_id
        return response(200, headers, invoked.event)

    async def _handed_out(self) -> Invoked | None:
        """Wait for an event; None once nobody serves any more."""
        getting = asyncio.ensure_future(self._waiting.get())
        over = asyncio.ensure_future(self._over.wait())
        await asyncio.wait({getting, over}, return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        return getting.result() if getting.done() or not getting.cancel() else None

    async def _taken(self, name: str, verb: str, head: Head, reader: asyncio.StreamReader) -> bytes:
        invoked = self._current
        if invoked is None or invoked.id != name:
            return response(400, {"Connection": "close"}, b'{"errorType": "InvalidRequestID"}')
        invoked.head.update(head.headers)
        if verb == "error":
            body = await read_body(reader, head)
            self._current = None
            invoked.fail(body)
            return response(202, {})
        if "transfer-encoding" in head.headers:
            async for piece in read_chunks(reader, invoked.trailers):
                await invoked.put(piece)
        else:
            await invoked.put(await read_body(reader, head))
        self._current = None
        invoked.end()
        return response(202, {})

    def _lost(self) -> None:
        """Fail the running invocation: its process has died, or its answer was broken off."""
        if self._current is not None:
            lost, self._current = self._current, None
            lost.fail(b"")
