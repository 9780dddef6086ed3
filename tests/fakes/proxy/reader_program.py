"""Readers of event streams that people use, in Node: `spa/test/sse-reader.mjs`."""

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from fakes.proxy.agui_program import SPA, WAIT_S
from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.served import Served

READERS = {"eventsource": "eventsource", "fetch-event-source": "@microsoft/fetch-event-source"}
"""The readers, and their packages."""


@dataclass(kw_only=True)
class Reader:
    """A reader at work. `statuses`: of its answers; `events`: (type, data), as it told them."""

    output: asyncio.StreamReader
    statuses: list[int] = field(default_factory=list[int])
    events: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    over: bool = False

    async def seen(self) -> None:
        """Wait for the next event."""
        before = len(self.events)
        while len(self.events) == before:
            await self._line()
            assert not self.over, "the reader has come to its end"

    async def ended(self) -> None:
        """Wait until the reader is at its end, and comes back no more."""
        while not self.over:
            await self._line()

    async def _line(self) -> None:
        async with asyncio.timeout(WAIT_S):
            line = await self.output.readline()
        assert line, "the reader's program has failed"
        told = json.loads(line)
        if "status" in told:
            self.statuses.append(told["status"])
        elif "type" in told:
            self.events.append((told["type"], told["data"]))
        else:
            self.over = True


@asynccontextmanager
async def reading(
    name: str, served: Served, browser: Browser, path: str, tears: Sequence[str] = (), **order: Any
) -> AsyncGenerator[Reader]:
    """Have a reader read; where it is not installed, what needs it is reported as not run."""
    node = shutil.which("node")
    if node is None or not (SPA / "node_modules" / READERS[name]).is_dir():
        pytest.skip(f"no {READERS[name]}: `make setup` installs it, with Node")
    headers = dict([*FETCH, *browser.cookies(), *order.pop("headers", {}).items()])
    asked = {"reader": name, "url": served.origin + path, "headers": headers, "tears": [*tears]}
    process = await asyncio.create_subprocess_exec(
        node,
        str(SPA / "test" / "sse-reader.mjs"),
        json.dumps(asked | order),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        yield Reader(output=process.stdout)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
