"""The runtime as a process."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devstack.runtime_api.server import RuntimeApi
from fakes.lambda_function import answered, request
from proxy.lambda_stream.__main__ import load
from trust.clock import SystemClock

SOURCES = Path(__file__).parents[3] / "src"

APP = """
import os

async def app(scope, receive, send):
    trace = os.environ.get("_X_AMZN_TRACE_ID", "none").encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": trace})
"""


@asynccontextmanager
async def process(
    api: RuntimeApi, folder: Path, *arguments: str, **environment: str
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run the runtime beside an application of the test's own."""
    (folder / "application.py").write_text(APP)
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "proxy.lambda_stream", *arguments),
        env={
            "PYTHONPATH": f"{SOURCES}:{folder}",
            "AWS_LAMBDA_RUNTIME_API": api.authority,
            **environment,
        },
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


@pytest.mark.parametrize("named", ["by argument", "by handler"])
async def test_a_process_answers_until_it_is_told_to_end(tmp_path: Path, named: str) -> None:
    argument = ("application:app",) if named == "by argument" else ()
    async with (
        RuntimeApi(SystemClock()).served() as api,
        process(api, tmp_path, *argument, _HANDLER="application.app") as started,
    ):
        async with asyncio.timeout(20):
            first = await answered(api.invoke(request(), trace_id="Root=1"))
            second = await answered(api.invoke(request()))
            started.send_signal(signal.SIGTERM)
            code = await started.wait()

    assert (first.body, second.body) == (b"Root=1", b"none")
    assert code == 0


@pytest.mark.parametrize("handler", ["application:nothing", "nothing:app", "sys:exit_now"])
async def test_a_process_that_cannot_start_says_so_without_details(
    tmp_path: Path, handler: str
) -> None:
    async with (
        RuntimeApi(SystemClock()).served() as api,
        process(api, tmp_path, _HANDLER=handler) as started,
    ):
        async with asyncio.timeout(20):
            _, said = await started.communicate()

    (told,) = api.start_failures
    assert json.loads(told)["errorMessage"] == "The function does not start. Its log says why."
    assert started.returncode == 1
    assert json.loads(said.splitlines()[-1])["event"] == "lambda.start_failed"


async def test_a_process_without_a_runtime_api_ends(tmp_path: Path) -> None:
    async with RuntimeApi(SystemClock()).served() as api:
        pass
    async with process(api, tmp_path, _HANDLER="application.app") as started:
        async with asyncio.timeout(20):
            _, said = await started.communicate()

    assert started.returncode == 1
    assert json.loads(said.splitlines()[-1])["event"] == "lambda.runtime_api_lost"


def test_an_application_is_found_by_either_spelling() -> None:
    assert load("os.path:join") is load("os.path.join")
    assert vars(os.path)["join"] is load("os.path:join")
