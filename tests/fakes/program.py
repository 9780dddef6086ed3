"""Programs that tests start: with the test's own modules, killed at the end if they still run."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Timer
from typing import IO

import pytest

from fakes.loopback import WAIT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A running program that talks in lines."""

    process: "subprocess.Popen[str]"
    stdin: IO[str]
    stdout: IO[str]

    def say(self, line: str) -> None:
        """Send a line."""
        self.stdin.write(f"{line}\n")
        self.stdin.flush()

    def line(self) -> str:
        """Return the next line that it says; empty once it has ended."""
        return self.stdout.readline().rstrip("\n")

    def kill(self) -> None:
        """End it without notice, as `kill -9` does."""
        self.process.kill()
        self.process.wait(WAIT_S)


@contextmanager
def starting(
    monkeypatch: pytest.MonkeyPatch, module: str, *arguments: str, count: int = 1
) -> Generator[list[Program]]:
    """Start `count` processes of a module, and wait until each has said `ready`."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    with ExitStack() as stack:
        programs = [_start(stack, module, *arguments) for _ in range(count)]
        for program in programs:
            assert program.line() == "ready"
        yield programs


def _start(stack: ExitStack, module: str, *arguments: str) -> Program:
    command = [sys.executable, "-W", "error", "-m", module, *arguments]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    stack.enter_context(process)
    stack.callback(process.kill)
    # Whatever goes wrong in there, the test ends: a killed program has no more lines.
    watchdog = Timer(2 * WAIT_S, process.kill)
    watchdog.start()
    stack.callback(watchdog.cancel)
    assert process.stdin is not None
    assert process.stdout is not None
    return Program(process=process, stdin=process.stdin, stdout=process.stdout)
