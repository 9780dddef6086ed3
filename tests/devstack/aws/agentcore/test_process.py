"""An agent's process: tied to ours, and gone with everything that it started.

Every program here writes into a pipe. The pipe's end is read only once nobody holds its other end
any more: that is how these tests know that all processes are gone.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

import pytest

from devstack.aws.agentcore.process import AgentProcess, started

SRC = Path(__file__).resolve().parents[4] / "src"
SLEEPER = "import time; time.sleep(30); print('survived', flush=True)"
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SLEEPER!r}])
print("both run", flush=True)
child.wait()
"""


@pytest.fixture
def pipe() -> Generator[tuple[BinaryIO, BinaryIO]]:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as out, os.fdopen(writing, "wb") as into:
        yield out, into


Pipe = tuple[BinaryIO, BinaryIO]


def start(pipe: Pipe, *command: str) -> AgentProcess:
    """Start a program that alone holds the pipe's other end."""
    process = started(command, dict(os.environ), log=pipe[1])  # noqa: TID251
    pipe[1].close()
    return process


def test_killing_it_ends_what_it_started(pipe: Pipe) -> None:
    process = start(pipe, sys.executable, "-c", PARENT)
    assert pipe[0].readline() == b"both run\n"

    process.kill()

    assert not process.alive
    assert pipe[0].read() == b""


def test_it_may_be_killed_twice_and_after_its_end(pipe: Pipe) -> None:
    process = start(pipe, sys.executable, "-c", "")
    process.handle.wait(20)

    process.kill()
    process.kill()

    assert process.handle.returncode == 0
    assert pipe[0].read() == b""


def test_it_dies_with_us_even_if_we_are_killed(pipe: Pipe) -> None:
    gateway = f"""
import os, sys, time
sys.path.insert(0, {str(SRC)!r})
from devstack.aws.agentcore.process import started
process = started([sys.executable, "-c", {PARENT!r}], dict(os.environ), log=1)
time.sleep(60)
"""
    ours = subprocess.Popen([sys.executable, "-c", gateway], stdout=pipe[1])
    pipe[1].close()
    assert pipe[0].readline() == b"both run\n"

    ours.send_signal(signal.SIGKILL)
    ours.wait(20)

    assert pipe[0].read() == b""


def test_it_learns_where_to_listen_and_reads_nothing(pipe: Pipe) -> None:
    program = (
        "import os, sys; print(os.environ['HOST'], os.environ['PORT'], repr(sys.stdin.read()))"
    )

    process = start(pipe, sys.executable, "-c", program)
    process.handle.wait(20)
    process.kill()

    assert pipe[0].read().decode().split() == ["127.0.0.1", str(process.port), "''"]
    assert process.url == f"http://127.0.0.1:{process.port}"


def test_a_program_that_is_not_there_ends_with_the_shells_word(pipe: Pipe) -> None:
    process = start(pipe, "/no/such/program")
    process.handle.wait(20)
    process.kill()

    assert process.handle.returncode == 127
    assert b"/no/such/program" in pipe[0].read()


@pytest.mark.parametrize("argument", ["$(touch planted)", "; touch planted", "`touch planted`"])
def test_arguments_are_no_shell_commands(pipe: Pipe, argument: str) -> None:
    process = start(pipe, sys.executable, "-c", "import sys; print(sys.argv[1])", argument)
    process.handle.wait(20)
    process.kill()

    assert pipe[0].read().decode() == argument + "\n"
