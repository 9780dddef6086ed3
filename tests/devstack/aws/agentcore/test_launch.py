"""Starting an agent's program: what comes up is handed out, what does not leaves nothing behind."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from pathlib import Path
from typing import BinaryIO

import pytest

from devstack.aws.agentcore.http import Container
from devstack.aws.agentcore.launch import Launcher
from devstack.aws.agentcore.process import AgentProcess
from devstack.aws.agentcore.runtime import Runtime
from devstack.aws.agentcore.sessions import NotStarted

TINY_AGENT = str(Path(__file__).parent / "tiny_agent.py")
# Tells on the pipe, by outliving the test's patience, that nobody ended it.
SLEEPER = "import time; print('up', flush=True); time.sleep(30); print('survived', flush=True)"


@pytest.fixture
async def container() -> AsyncGenerator[Container]:
    made = Container()
    yield made
    await made.aclose()


@pytest.fixture
def pipe() -> Generator[tuple[BinaryIO, BinaryIO]]:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as out, os.fdopen(writing, "wb") as into:
        yield out, into


async def surroundings() -> Mapping[str, str]:
    return dict(os.environ)  # noqa: TID251 a program needs its path


def runtime(*command: str) -> Runtime:
    return Runtime(arn="arn:hello", command=(sys.executable, *command), environment=surroundings)


async def test_what_is_handed_out_answers(container: Container) -> None:
    launcher = Launcher(container=container, start_s=20, log=2)

    process = await launcher(runtime(TINY_AGENT))

    assert isinstance(process, AgentProcess)
    assert await container.health(process) == "Healthy"
    process.kill()
    assert await container.health(process) is None


async def test_what_is_too_slow_is_ended(
    container: Container, pipe: tuple[BinaryIO, BinaryIO]
) -> None:
    launcher = Launcher(container=container, start_s=0.5, log=pipe[1])

    answer = await launcher(runtime("-c", SLEEPER))

    pipe[1].close()
    assert isinstance(answer, NotStarted)
    assert "completes in 0.5s" in answer.reason
    said = await asyncio.to_thread(pipe[0].readline)
    assert said in {b"", b"up\n"}
    assert await asyncio.to_thread(pipe[0].readline) == b""


async def test_who_stops_waiting_leaves_nothing_behind(
    container: Container, pipe: tuple[BinaryIO, BinaryIO]
) -> None:
    launcher = Launcher(container=container, start_s=60, log=pipe[1])
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(launcher(runtime("-c", SLEEPER)))
        assert await asyncio.to_thread(pipe[0].readline) == b"up\n"

        waiting.cancel()

    pipe[1].close()
    assert await asyncio.to_thread(pipe[0].readline) == b""


async def test_what_ended_before_it_was_healthy_is_told(container: Container) -> None:
    launcher = Launcher(container=container, start_s=20, log=2)

    answer = await launcher(runtime(TINY_AGENT, "--never-start"))

    assert isinstance(answer, NotStarted)
    assert "exit code 7" in answer.reason


async def test_a_busy_agent_says_so(container: Container) -> None:
    launcher = Launcher(container=container, start_s=20, log=2)
    process = await launcher(runtime(TINY_AGENT))
    assert isinstance(process, AgentProcess)
    body = b'{"ping": "HealthyBusy"}'

    async with container.invocation(process, headers=(), body=body) as answer:
        async for _ in answer.chunks:
            pass

    assert await container.health(process) == "HealthyBusy"
    process.kill()
