"""A browser at the ASGI interface: sends a request, takes the answer as slowly as a test wants."""

import asyncio
import json
import logging
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message

WAIT_S = 30.0
"""How long a test waits for anything before it has failed."""

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer; names of headers in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return a header that is there at most once."""
        found = self.every(name)
        assert len(found) <= 1, f"{name} came {len(found)} times"
        return found[0] if found else None

    def every(self, name: str) -> list[str]:
        """Return all values of a header."""
        return [value for given, value in self.headers if given == name]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass(kw_only=True, eq=False)
class Exchange:
    """One request and its answer, at the pace of the test.

    `taking`: clear it and the browser takes nothing more. `offered`: how many messages were sent,
    taken or not. `complete` False: the request's body never ends.
    """

    scope: dict[str, Any]
    parts: list[bytes]
    messages: list[Message] = field(default_factory=list[Message])
    taking: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    complete: bool = True
    offered: int = 0

    def __post_init__(self) -> None:
        self.taking.set()

    def leave(self) -> None:
        """Close the connection."""
        self.left.set()

    async def receive(self) -> Message:
        """Return the next piece of the body; then wait until the browser is gone."""
        if self.parts:
            part = self.parts.pop(0)
            more = bool(self.parts) or not self.complete
            return {"type": "http.request", "body": part, "more_body": more}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a message, when the browser takes something; one that is gone takes nothing."""
        async with self.news:
            self.offered += 1
            self.news.notify_all()
        await _first(self.taking.wait(), self.left.wait())
        if self.left.is_set():
            return
        due = "http.response.body" if self.messages else "http.response.start"
        assert message["type"] == due
        assert not self.ended, "something behind the end of an answer"
        async with self.news:
            self.messages.append(message)
            self.news.notify_all()

    async def offers(self, count: int) -> None:
        """Wait until `count` messages have been offered."""
        async with asyncio.timeout(WAIT_S), self.news:
            await self.news.wait_for(lambda: self.offered >= count)

    async def seen(self, count: int) -> list[bytes]:
        """Wait until `count` pieces of the answer's body have come; return them all."""
        async with asyncio.timeout(WAIT_S), self.news:
            await self.news.wait_for(lambda: len(self.pieces) >= count)
        return self.pieces

    async def begun(self) -> int:
        """Wait for the answer's head; return its status."""
        async with asyncio.timeout(WAIT_S), self.news:
            await self.news.wait_for(lambda: bool(self.messages))
        return int(self.messages[0]["status"])

    @property
    def pieces(self) -> list[bytes]:
        """The pieces of the body so far, empty ones left out."""
        bodies = (message.get("body", b"") for message in self.messages[1:])
        return [body for body in bodies if body]

    @property
    def ended(self) -> bool:
        """Whether the answer is complete."""
        return bool(self.messages[1:]) and not self.messages[-1].get("more_body", False)

    @property
    def answer(self) -> Answer:
        """What came, once it is complete."""
        start = self.messages[0]
        assert start["type"] == "http.response.start"
        assert self.ended, "the answer was broken off"
        return Answer(
            status=start["status"],
            headers=[(name.decode().lower(), value.decode()) for name, value in start["headers"]],
            body=b"".join(self.pieces),
        )


async def _first(*events: Coroutine[Any, Any, object]) -> None:
    tasks = [asyncio.ensure_future(event) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def others_run() -> None:
    """Let everybody else do whatever they can do without the time moving on."""
    for _ in range(50):
        await asyncio.sleep(0)


def exchange(
    method: str,
    target: str | bytes,
    *,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | Sequence[bytes] = b"",
    complete: bool = True,
) -> Exchange:
    """Return a request to `target`, a path with its query as it stands on the wire."""
    raw = target if isinstance(target, bytes) else target.encode("latin-1")
    raw_path, _, query = raw.partition(b"?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": _decoded(raw_path),
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ],
        "client": ("192.0.2.1", 50000),
        "server": ("app.example", 443),
    }
    parts = [body] if isinstance(body, bytes) else list(body)
    return Exchange(scope=scope, parts=parts, complete=complete)


def _decoded(raw_path: bytes) -> str:
    # As uvicorn does it.
    return unquote_to_bytes(raw_path).decode("utf-8", "replace")


async def ask(
    app: ASGIApp, method: str, target: str | bytes, headers: Headers = (), body: bytes = b""
) -> Answer:
    """Send a request and return the whole answer, even where the application then fails."""
    asked = exchange(method, target, headers=headers, body=body)
    async with asyncio.timeout(WAIT_S):
        try:
            await app(asked.scope, asked.receive, asked.send)
        except Exception:
            # As a server does: written down, and what was answered counts if anything was.
            logging.getLogger("server").exception("exception in the application")
            if not asked.ended:
                raise
    return asked.answer


def problem_of(answer: Answer) -> Mapping[str, Any]:
    """Return the members of a problem document, which must be one."""
    assert answer.header("content-type") == "application/problem+json"
    members: Mapping[str, Any] = answer.json
    assert members["status"] == answer.status
    assert members["request_id"] == answer.header("x-request-id")
    assert {"type", "title", "status", "code", "request_id"} <= members.keys()
    return members
