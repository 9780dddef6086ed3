"""`python -m devstack.dev`, with the real identity provider, the real local AWS and the BFF."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack.dev.plan import HERE
from devstack.dev.ports import free_ports, in_use

WITHIN_S = 60.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (HERE / "src" / "devstack" / "idp" / "node_modules").is_dir(),
        reason="the identity provider's packages are not installed: make setup",
    ),
]


@contextmanager
def _started(state: Path, *ports: int) -> Generator[subprocess.Popen[str]]:
    options = zip(("--port", "--idp-port", "--aws-port"), map(str, ports), strict=True)
    argv = [sys.executable, "-m", "devstack.dev", "--json", "--state", str(state)]
    with subprocess.Popen(
        [*argv, *(word for option in options for word in option)],
        env={**os.environ, "PYTHONPATH": str(HERE / "src")},  # noqa: TID251 node is on the PATH
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=WITHIN_S)


def _said(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate(timeout=WITHIN_S)[1]
    said: dict[str, Any] = json.loads(line)
    return said


@contextmanager
def _handles(pids: dict[str, int]) -> Generator[list[int]]:
    handles = [os.pidfd_open(pid) for pid in pids.values()]
    try:
        yield handles
    finally:
        for handle in handles:
            os.close(handle)


def _all_ended(handles: list[int]) -> bool:
    return all(select.select([handle], [], [], WITHIN_S)[0] for handle in handles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was seen of a stack that was started and ended by a signal."""

    said: dict[str, Any]
    readiness: int
    code: int
    all_ended: bool
    ports_in_use: bool


def _run(state: Path, number: int) -> Run:
    ports = free_ports(3)
    with _started(state, *ports) as process:
        said = _said(process)
        readiness = httpx.get(f"{said['url']}/readyz", timeout=10).status_code
        with _handles(said["pids"]) as handles:
            process.send_signal(number)
            code = process.wait(timeout=WITHIN_S)
            all_ended = _all_ended(handles)
    return Run(
        said=said,
        readiness=readiness,
        code=code,
        all_ended=all_ended,
        ports_in_use=any(in_use(port) for port in ports),
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Run]:
    """Start the stack twice, one after the other, and end it by each signal."""
    state = tmp_path_factory.mktemp("dev")
    return {number: _run(state, number) for number in (signal.SIGINT, signal.SIGTERM)}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_says_so_and_stops_without_a_trace(runs: dict[int, Run], number: int) -> None:
    run = runs[number]

    assert (run.readiness, run.code) == (200, 0)
    assert run.said["pids"].keys() == {"idp", "aws", "bff"}
    assert run.all_ended
    assert not run.ports_in_use


def test_a_second_start_has_the_same_password(runs: dict[int, Run]) -> None:
    first, second = (run.said["password"] for run in runs.values())

    assert first == second


def test_a_program_that_dies_takes_the_rest_with_it_and_is_named(tmp_path: Path) -> None:
    with _started(tmp_path, *free_ports(3)) as process:
        said = _said(process)
        with _handles(said["pids"]) as handles:
            os.kill(said["pids"]["idp"], signal.SIGKILL)
            _, complaint = process.communicate(timeout=WITHIN_S)

            assert process.returncode == 1
            assert _all_ended(handles)
    assert complaint.splitlines()[-1].startswith("gatehouse dev: idp was ended by SIGKILL: see ")


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_what_is_no_port_is_refused(tmp_path: Path, port: str) -> None:
    argv = [sys.executable, "-m", "devstack.dev", f"--port={port}", "--state", str(tmp_path)]
    refused = subprocess.run(
        argv,
        env={"PYTHONPATH": str(HERE / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN_S,
    )

    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].endswith(f"is no port from 1 to 65535: {port}")


def test_taken_ports_are_named_all_at_once_and_nothing_is_started(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        ports = (one.getsockname()[1], free_ports(1)[0], two.getsockname()[1])
        with _started(tmp_path / "state", *ports) as process:
            out, complaint = process.communicate(timeout=WITHIN_S)

    assert (process.returncode, out) == (1, "")
    assert [
        line.split(" by ")[0].removeprefix("gatehouse dev: ") for line in complaint.splitlines()
    ] == [
        f"port {ports[0]} is in use",
        f"port {ports[2]} is in use",
    ]
    assert not (tmp_path / "state").exists()
