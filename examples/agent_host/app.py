"""The AgentCore container contract over HTTP: `GET /ping`, `POST /invocations`, protocol AGUI."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent_host.log import event
from agent_host.problem import Refusal, answer_of
from agent_host.settings import Settings

if TYPE_CHECKING:
    from agent_host.definition import Define
    from agent_host.serving import Conversations

MAX_BODY_BYTES = 1_048_576


class Loading:
    """The conversations, loaded once and late: AgentCore's first ping does not wait for them."""

    def __init__(self, settings: Settings, define: "Define") -> None:
        """Remember what to load with."""
        self._settings = settings
        self._define = define
        self._lock = threading.Lock()
        self._conversations: Conversations | None = None

    def get(self) -> "Conversations":
        """Return the conversations; the first call takes about a second, so it blocks."""
        with self._lock:
            if self._conversations is None:
                from agent_host.serving import Conversations

                self._conversations = Conversations(self._define(self._settings))
                event("agent.loaded", model=self._settings.bedrock_model_id or "offline")
            return self._conversations

    def stop_all(self) -> None:
        """End all turns soon, if there are any."""
        if self._conversations is not None:
            self._conversations.stop_all()


def create_app(loading: Loading, *, now: Callable[[], datetime]) -> Starlette:
    """Return the application."""
    began = int(now().timestamp())

    async def ping(_request: Request) -> Response:
        """Tell that the process lives."""
        return JSONResponse({"status": "Healthy", "time_of_last_update": began})

    async def invocations(request: Request) -> Response:
        """Answer one call."""
        try:
            return await _answer(request, loading, now=now())
        except Refusal as refusal:
            event("call.refused", code=refusal.code)
            return answer_of(refusal)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        """Begin to load beside the first pings."""
        threading.Thread(target=loading.get, name="load", daemon=True).start()
        yield

    routes = [
        Route("/ping", ping, methods=["GET"]),
        Route("/invocations", invocations, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def _answer(request: Request, loading: Loading, *, now: datetime) -> Response:
    from agent_host.invocation import invocation_of
    from agent_host.stream import EventStream

    invocation = invocation_of(request.headers, await _body(request), now=now)
    conversations = await asyncio.to_thread(loading.get)
    return EventStream(conversations.run_of(invocation))


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise Refusal(413, "body_too_large", f"At most {MAX_BODY_BYTES} bytes.")
    return bytes(body)
