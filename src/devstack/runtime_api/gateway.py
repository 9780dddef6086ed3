"""API Gateway with `responseTransferMode: STREAM`, as an ASGI application.

As there, a function that goes on after its browser has gone is not told so: what it still answers
is taken and dropped.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from devstack.runtime_api.invoked import FunctionFailed
from devstack.runtime_api.prelude import Prelude, PreludeMalformed, read_prelude
from devstack.runtime_api.whole import Borrow, read_body, request_event

_BAD_GATEWAY = b'{"message": "Internal server error"}'


class Gateway:
    """Requests become events, preludes become heads, pieces pass on as they come."""

    def __init__(self, borrow: Borrow) -> None:
        """`borrow` lends a sandbox's Runtime API for one invocation."""
        self._borrow = borrow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        event = request_event(scope, await read_body(receive))
        # Shielded: a browser that goes away does not end the invocation.
        await asyncio.shield(asyncio.ensure_future(self._invoked(event, send)))

    async def _invoked(self, event: bytes, send: Send) -> None:
        async with self._borrow() as sandbox:
            pieces = sandbox.invoke(event).pieces()
            begun = False
            try:
                prelude, rest = await read_prelude(pieces)
                await _start(prelude, send)
                begun = True
                await _pass_on(rest, pieces, send)
            except (FunctionFailed, PreludeMalformed):
                if begun:
                    # Without its last chunk, so that the browser sees a broken answer.
                    raise
                await _refuse(send)


async def _start(prelude: Prelude, send: Send) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in prelude.headers]
    await send({"type": "http.response.start", "status": prelude.status, "headers": raw})


async def _pass_on(rest: bytes, pieces: AsyncIterator[bytes], send: Send) -> None:
    await send({"type": "http.response.body", "body": rest, "more_body": True})
    async for piece in pieces:
        with suppress(OSError):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 502, "headers": headers})
    await send({"type": "http.response.body", "body": _BAD_GATEWAY})
