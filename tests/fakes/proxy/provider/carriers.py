"""Two ways to a fake provider: over loopback, and straight through the port."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

from bff.provider.http import Reply
from fakes.proxy.provider.idp import FakeProvider
from fakes.proxy.wire import Call, Wire, serving
from trust.clock import Clock
from trust.session.errors import ProviderUnavailable


@dataclass(kw_only=True, eq=False)
class Loopback:
    """A provider over real HTTP. `silent`: paths that never answer; `torn`: connections cut."""

    provider: FakeProvider
    silent: set[str] = field(default_factory=set[str])
    torn: set[str] = field(default_factory=set[str])
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when somebody waits for an answer that does not come."""

    async def answer(self, call: Call) -> None:
        """Answer a call, or do what was asked for instead."""
        if call.path in self.silent:
            self.entered.set()
            await asyncio.Event().wait()
        if call.path in self.torn:
            call.drop()
            return
        headers = {name.lower(): value for name, value in call.headers}
        reply = self.provider.reply(call.method, call.path, headers, call.body)
        call.respond(reply.status, reply.headers, reply.body)


@asynccontextmanager
async def provider_on_loopback(clock: Clock) -> AsyncGenerator[tuple[Loopback, Wire]]:
    """Serve a provider; its issuer is the URL that it is served at."""
    carrier = Loopback(provider=FakeProvider(issuer="", clock=clock))
    async with serving(carrier.answer) as wire:
        carrier.provider.issuer = wire.origin
        yield carrier, wire


@dataclass(kw_only=True, eq=False)
class InMemory:
    """The port `ProviderHttp` right before a provider. Clear `open` to hold GETs back."""

    provider: FakeProvider
    down: set[str] = field(default_factory=set[str])
    open: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    fetched: list[str] = field(default_factory=list[str])
    """Every URL that was fetched, answered or not."""

    def __post_init__(self) -> None:
        self.open.set()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Fetch a document. Raises ProviderUnavailable for a path that is down."""
        self.fetched.append(url)
        self.entered.set()
        await self.open.wait()
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        return self._carried("GET", url, lower, b"")

    async def post(self, url: str, form: str, headers: Mapping[str, str]) -> Reply:
        """Send a form. Raises ProviderUnavailable for a path that is down."""
        lower = {name.lower(): value for name, value in headers.items()}
        return self._carried("POST", url, lower, form.encode())

    async def close(self) -> None:
        """Nothing is held open."""

    def _carried(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        path = urlsplit(url).path
        if path in self.down:
            raise ProviderUnavailable("switched off by the test")
        reply = self.provider.reply(method, path, headers, body)
        given = dict(reply.headers)
        return Reply(
            status=reply.status, document=_object(reply.body), dpop_nonce=given.get("DPoP-Nonce")
        )


def _object(body: bytes) -> dict[str, Any]:
    try:
        parsed: object = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}
