"""The program: what it says, and what it says when it cannot."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

import httpx
import pytest

from devstack.vault.__main__ import main
from devstack.vault.arguments import ROOT_TOKEN, Usage, arguments, root_token
from fakes.vault_client import NO_TLS

SRC = Path(__file__).resolve().parents[3] / "src"


def test_it_serves_until_it_is_told_to_stop() -> None:
    started = subprocess.Popen(
        [sys.executable, "-m", "devstack.vault", "--port", "0", "--json"],
        env={"PYTHONPATH": str(SRC), ROOT_TOKEN: "hvs.of-the-test"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with started:
        assert started.stdout is not None
        said = json.loads(started.stdout.readline())
        headers = {"x-vault-token": said["root_token"]}
        url = f"{said['url']}/v1/secret/data/app"
        kept = httpx.post(url, json={"data": {"a": "1"}}, headers=headers, verify=NO_TLS)
        kept.raise_for_status()
        read = httpx.get(url, headers=headers, verify=NO_TLS).json()["data"]["data"]
        started.terminate()

    assert (said["ready"], said["root_token"], read) == (True, "hvs.of-the-test", {"a": "1"})
    assert started.returncode == 0


@pytest.fixture
def as_it_was() -> Generator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_port_that_is_taken_is_said(as_it_was: None, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2

    said = capsys.readouterr().err
    assert f"port {port}" in said
    assert "--port" in said


def test_a_root_token_that_cannot_be_used_is_said(
    as_it_was: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(ROOT_TOKEN, "two words")

    assert main(["--port", "0"]) == 2

    assert ROOT_TOKEN in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [True, False])
def test_it_ends_by_a_signal(
    as_json: bool,  # noqa: FBT001 a parameter of pytest's
    as_it_was: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(ROOT_TOKEN, "hvs.of-the-test")
    # It is told before it serves; that counts as well.
    monkeypatch.setattr("signal.signal", lambda _, told: told())

    assert main(["--port", "0", *["--json"] * as_json]) == 0

    said = capsys.readouterr().out
    assert "hvs.of-the-test" in said
    assert ("export VAULT_ADDR=http://127.0.0.1:" in said) is not as_json


def test_help_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments(["--help"])

    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "python -m devstack.vault --port 9600" in said
    assert ROOT_TOKEN in said


def test_the_command_line_is_read() -> None:
    chosen = arguments(["--port", "0", "--json"])

    assert (chosen.port, chosen.json) == (0, True)


@pytest.mark.parametrize("port", ["x", "-1", "65536"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments(["--port", port])

    assert ended.value.code == 2
    assert "--port" in capsys.readouterr().err


def test_the_root_token_is_given_or_made() -> None:
    made = root_token({}, os.urandom)

    assert made.startswith("hvs.")
    assert root_token({ROOT_TOKEN: "mine"}, os.urandom) == "mine"


@pytest.mark.parametrize("environ", [{ROOT_TOKEN: "two\nlines"}, {ROOT_TOKEN: "a b"}])
def test_a_root_token_that_is_no_header_is_refused(environ: Mapping[str, str]) -> None:
    with pytest.raises(Usage, match=ROOT_TOKEN):
        root_token(environ, os.urandom)
