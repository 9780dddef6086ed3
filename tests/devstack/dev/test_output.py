"""What a developer sees of the programs, and what is kept."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from devstack.dev.banner import banner, banner_json
from devstack.dev.output import Output, says_ready
from devstack.dev.plan import Plan
from devstack.dev.stack import Stack
from devstack.dev.state import LocalSecrets
from devstack.dev.supervisor import Supervisor


class Terminal(io.StringIO):
    """A text stream that takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("line", "ready"),
    [
        (b'{"ready": true}\n', True),
        (b'{"ready":true,"issuer":"http://127.0.0.1:9400"}\n', True),
        (b'{"ready": false}\n', False),
        (b'{"ready": "true"}\n', False),
        (b'{"event": "login", "note": "ready: true"}\n', False),
        (b'{"ready": true\n', False),
        (b"ready\n", False),
        (b"\xff\xfe\n", False),
        (b"{\xff\n", False),
    ],
)
def test_only_the_agreed_line_says_ready(line: bytes, *, ready: bool) -> None:
    assert says_ready(line) is ready


def test_a_line_carries_the_name_of_its_program(tmp_path: Path) -> None:
    out = io.StringIO()
    Output(out, tmp_path).show("idp", "hello")

    assert out.getvalue() == "idp   | hello\n"


def test_on_a_terminal_it_is_dim(tmp_path: Path) -> None:
    out = Terminal()
    Output(out, tmp_path).show("idp", "hello")

    assert out.getvalue() == "\x1b[2midp   | hello\x1b[0m\n"


def test_who_has_not_seen_the_output_is_shown_its_end(tmp_path: Path) -> None:
    silent = Output(None, tmp_path)
    with silent.log("bff") as log:
        log.write(b"".join(b"%d\n" % number for number in range(100)))

    assert silent.where("bff").splitlines() == [f"{tmp_path}/bff.log:", *map(str, range(80, 100))]
    assert Output(io.StringIO(), tmp_path).where("bff") == f"{tmp_path}/bff.log"


@pytest.fixture
def running(tmp_path: Path) -> Stack:
    secrets = LocalSecrets(
        password="ab12-cd34", client_secret="cs", access_key_id="AKIA1", secret_access_key="sk"
    )
    plan = Plan(state=tmp_path, idp_port=1, aws_port=2, bff_ports=(3,))
    return Stack(plan=plan, secrets=secrets, supervisor=Supervisor(Output(None, tmp_path)))


def test_the_password_stands_on_a_line_of_its_own(running: Stack) -> None:
    assert "password: ab12-cd34" in banner(running).splitlines()


def test_the_banner_says_where_to_go_and_who_may_log_in(running: Stack) -> None:
    text = banner(running)

    for word in ("http://localhost:3", "alice@acme.test", "bob@acme.test", "carol@globex.test"):
        assert word in text


def test_other_secrets_are_shown_to_nobody(running: Stack) -> None:
    for text in (banner(running), banner_json(running)):
        assert "AKIA1" not in text
        assert '"cs"' not in text


def test_the_json_is_one_line(running: Stack) -> None:
    assert len(banner_json(running).splitlines()) == 1


def test_settings_of_the_developers_own_are_told(running: Stack) -> None:
    own = replace(running, plan=replace(running.plan, bff_env={"BFF_SESSION_IDLE": "1m"}))

    assert "Settings from your environment: BFF_SESSION_IDLE" in banner(own)
    assert "environment" not in banner(running)
