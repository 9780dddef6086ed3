"""The local AWS as one ASGI application."""

import asyncio
from contextlib import AsyncExitStack

from devstack.aws.control import PREFIX
from devstack.aws.dialect import Dialect, refusal
from devstack.aws.errors import AwsError
from devstack.aws.reply import (
    BodyTooLarge,
    ClientLeft,
    Receive,
    Reply,
    Scope,
    Send,
    wire_request,
)
from devstack.aws.settings import Settings
from devstack.aws.upgrade import Upgrade, handshake_request
from devstack.aws.wiring import Entropy, LocalAws, local_aws
from trust.clock import Clock


class App:
    """Serves every AWS service of the local stack on one endpoint (ASGI 3, with lifespan)."""

    def __init__(self, settings: Settings, *, clock: Clock, entropy: Entropy) -> None:
        self._settings = settings
        self._clock = clock
        self._entropy = entropy
        self._parts: LocalAws | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection's request, or run for the server's lifetime."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and self._parts is not None:
            await _serve(self._parts, scope, receive, send)
        elif scope["type"] == "websocket" and self._parts is not None:
            await receive()
            upgrade = Upgrade(scope, receive, send)
            await self._parts.gateway.answer(handshake_request(scope), upgrade)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with AsyncExitStack() as running:
            try:
                self._parts = await running.enter_async_context(
                    local_aws(self._settings, clock=self._clock, entropy=self._entropy)
                )
            except Exception as failure:
                await send({"type": "lifespan.startup.failed", "message": str(failure)})
                raise
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


async def _serve(parts: LocalAws, scope: Scope, receive: Receive, send: Send) -> None:
    reply = Reply(send)
    try:
        request = await wire_request(scope, receive)
    except ClientLeft:
        return
    except BodyTooLarge:
        await _refuse_body(reply)
        return
    if request.path.startswith(PREFIX):
        client = scope.get("client")
        await reply.whole(parts.control.answer(request, peer=client[0] if client else None))
        return
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(reply.watch(receive))
        await parts.gateway.answer(request, reply)
        watch.cancel()


async def _refuse_body(reply: Reply) -> None:
    error = AwsError("EntityTooLarge", 413, "The body is larger than the local AWS reads.")
    await reply.whole(refusal(Dialect.S3, error, method="PUT", request_id="-"))
