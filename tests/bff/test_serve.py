"""`gatehouse serve` as a process: it starts, answers, and ends at a signal."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from bff import serve as serve_module
from bff.connection import Connection
from bff.websockets import SocketConnection
from fakes.proxy.house import environment
from fakes.proxy.wire import WAIT_S

SOURCE = Path(__file__).parents[2] / "src"
START_S = 20.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def process(tmp_path: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    variables = environment(
        tmp_path,
        issuer="http://127.0.0.1:1",
        runtime="http://127.0.0.1:1",
        changes={"BFF_STORE": f"sqlite:{tmp_path / 'gatehouse.db'}", "PYTHONPATH": str(SOURCE)},
    )
    command = [sys.executable, "-m", "bff.command", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as started:
        yield started
        if started.poll() is None:
            started.kill()


def answer(process: "subprocess.Popen[str]", port: int, path: str) -> httpx.Response:
    """Ask until somebody answers, or the process has something to complain of."""
    give_up = time.monotonic() + START_S
    while True:
        try:
            return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=WAIT_S, trust_env=False)
        except httpx.ConnectError:
            assert time.monotonic() < give_up, "the server does not start"
            assert process.stderr is not None
            complains, _, _ = select.select([process.stderr], [], [], 0.05)
            assert not complains, "the server complains"


def test_a_process_starts_answers_and_ends_at_sigterm(
    process: "subprocess.Popen[str]", port: int
) -> None:
    alive = answer(process, port, "/healthz")
    page = answer(process, port, "/")

    assert alive.json() == {"status": "ok"}
    assert alive.headers["cache-control"] == "no-store"
    assert "server" not in page.headers
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(START_S) in {0, -signal.SIGTERM}
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("proxy_ips", "trusted"), [("", (False, None)), ("10.0.0.1", (True, "10.0.0.1"))]
)
def test_forwarding_headers_count_only_where_somebody_said_so(
    monkeypatch: pytest.MonkeyPatch, proxy_ips: str, trusted: tuple[bool, str | None]
) -> None:
    made: list[uvicorn.Config] = []

    def run(server: serve_module.Server) -> None:
        made.append(server.config)

    # `bff.main` reads the environment when it is imported.
    app = object()
    monkeypatch.setitem(sys.modules, "bff.main", type(sys)("bff.main"))
    monkeypatch.setattr(sys.modules["bff.main"], "app", app, raising=False)
    monkeypatch.setattr(serve_module.Server, "run", run)

    assert serve_module.serve(host="127.0.0.1", port=8000, proxy_ips=proxy_ips) == 1

    (config,) = made
    assert config.app is app
    assert config.proxy_headers is trusted[0]
    if trusted[1] is not None:
        assert config.forwarded_allow_ips == trusted[1]
    assert config.server_header is False
    assert config.access_log is False
    assert config.timeout_keep_alive == serve_module.KEEP_ALIVE_S
    # uvicorn's own have no bounds on what a stranger sends.
    assert (config.http, config.ws) == (Connection, SocketConnection)


def test_an_idle_connection_outlives_the_load_balancer_s_use_for_it() -> None:
    """Otherwise it sends a request over one that is being closed (502)."""
    stated = (SOURCE.parent / "infra/modules/agentcore-bff/network.tf").read_text()
    (idle_s,) = re.findall(r"^ +idle_timeout += (\d+)$", stated, re.MULTILINE)
    assert int(idle_s) < serve_module.KEEP_ALIVE_S
