"""AG-UI's own client in Node, led line by line: `spa/test/agui-client.mjs`."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.served import Served

SPA = Path(__file__).parents[3] / "spa"
WAIT_S = 12.0
"""How long a run may take before a test has failed; the program gives up on one earlier."""


@dataclass(kw_only=True)
class Run:
    """A run as the client told it. `end`: "resolved" or "rejected"."""

    number: int = 0
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    end: str = ""
    error: dict[str, Any] = field(default_factory=dict[str, Any])
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def kinds(self) -> list[str]:
        """The types of the events, in their order."""
        return [event["type"] for event in self.events]

    @property
    def said(self) -> str:
        """The text of the agent's messages, as the client has put them together."""
        answers = [m for m in self.messages if m["role"] == "assistant"]
        return "".join(answer.get("content", "") for answer in answers)


@dataclass(kw_only=True)
class AguiProgram:
    """The program; it does one run after the other."""

    process: "subprocess.Popen[str]"
    running: Run = field(default_factory=Run)

    def begin(self, served: Served, browser: Browser, path: str, **order: Any) -> None:
        """Begin a run."""
        headers = dict([*FETCH, *browser.cookies(), *order.pop("headers", {}).items()])
        assert self.process.stdin
        self.running = Run(number=self.running.number + 1)
        asked = {"number": self.running.number, "origin": served.origin, "path": path}
        asked |= {"headers": headers, **order}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()

    async def seen(self, kind: str) -> None:
        """Wait until the client has let an event of this type through."""
        while not self.running.events or self.running.events[-1]["type"] != kind:
            await self._line()
            assert not self.running.end, self.running

    async def ended(self) -> Run:
        """Wait for the run's end."""
        while not self.running.end:
            await self._line()
        return self.running

    async def _line(self) -> None:
        assert self.process.stdout
        # Whoever reads a pipe in a thread cannot be told to stop: the pipe's end can.
        too_late = asyncio.get_running_loop().call_later(WAIT_S, self.process.kill)
        line = await asyncio.to_thread(self.process.stdout.readline)
        too_late.cancel()
        assert line, "the client's program has ended"
        told = json.loads(line)
        if told["number"] != self.running.number:
            # Left over by a test that has failed.
            return
        if "event" in told:
            self.running.events.append(told["event"])
        else:
            self.running.end, self.running.messages = told["end"], told["messages"]
            self.running.error = told.get("error", {})


@contextmanager
def agui_program() -> Generator[AguiProgram]:
    """Run the program; where it is not installed, what needs it is reported as not run."""
    node = shutil.which("node")
    if node is None or not (SPA / "node_modules" / "@ag-ui" / "client").is_dir():
        pytest.skip("no @ag-ui/client: `make setup` installs it, with Node")
    with subprocess.Popen(
        [node, str(SPA / "test" / "agui-client.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield AguiProgram(process=process)
        finally:
            process.kill()
