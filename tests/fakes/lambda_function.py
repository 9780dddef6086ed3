"""A streaming function in this process: an application at a Runtime API on loopback."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp

from devstack.runtime_api.event import rest_event
from devstack.runtime_api.invoked import FunctionFailed, Invoked
from devstack.runtime_api.prelude import Prelude, read_prelude
from devstack.runtime_api.server import RuntimeApi as LocalRuntimeApi
from fakes.clock import StoppedClock
from proxy.lambda_stream.runtime_api import RuntimeApi
from proxy.lambda_stream.serving import Server
from proxy.tasks import running


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A whole answer: its head, each of its chunks, and the failure at its end."""

    prelude: Prelude
    chunks: tuple[bytes, ...]
    failure: Mapping[str, Any] | None

    @property
    def body(self) -> bytes:
        """The body."""
        return b"".join(self.chunks)


@dataclass(kw_only=True, eq=False)
class Function:
    """A function that runs, and what invoked it."""

    api: LocalRuntimeApi
    traces: list[str | None] = field(default_factory=list[str | None])

    async def ask(self, event: bytes, *, timeout_s: float = 60) -> Answered:
        """Have an event answered, and read all of it."""
        return await answered(self.api.invoke(event, timeout_s=timeout_s))


def request(
    method: str = "GET",
    target: str = "/",
    *,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
) -> bytes:
    """Return a REST API's event."""
    path, _, query = target.partition("?")
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return rest_event(
        method=method, path=path, query=query.encode(), headers=raw, body=body, client="192.0.2.7"
    )


def encoded(event: object) -> bytes:
    """Return an event as the Runtime API hands it out."""
    return json.dumps(event).encode()


async def answered(invoked: Invoked) -> Answered:
    """Read an answer to its end, a failure in mid-answer too. Raises FunctionFailed."""
    pieces = invoked.pieces()
    prelude, rest = await read_prelude(pieces)
    chunks = [rest] if rest else []
    failure: Mapping[str, Any] | None = None
    try:
        async for piece in pieces:
            chunks += [piece]
    except FunctionFailed as failed:
        failure = failed.told
    return Answered(prelude=prelude, chunks=tuple(chunks), failure=failure)


@asynccontextmanager
async def function(app: ASGIApp) -> AsyncGenerator[Function]:
    """Run a function with this application."""
    clock = StoppedClock()
    async with LocalRuntimeApi(clock).served() as api:
        client = RuntimeApi(api.authority)
        running_function = Function(api=api)
        server = Server(client, app, clock, running_function.traces.append)
        async with running(server.serve()):
            yield running_function
        client.close()
