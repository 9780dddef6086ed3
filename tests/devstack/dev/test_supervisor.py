"""What the supervisor does with programs that behave, and with those that do not."""

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from devstack.dev.child import Command
from devstack.dev.happening import StackFailed, Stopped
from devstack.dev.output import Output
from devstack.dev.ports import free_port
from devstack.dev.supervisor import Supervisor

SOON_S = 10.0
LONG_S = 300.0
"""A grace that no test waits for: it fails by its time-out instead."""


READY = "print('{\"ready\": true}', flush=True)\n"
FOREVER = "import signal\nwhile True: signal.pause()\n"


def program(name: str, source: str, *, cwd: Path, probe: str | None = None) -> Command:
    """Return a command that runs some Python."""
    argv = (sys.executable, "-c", source)
    return Command(name=name, argv=argv, env={"PATH": os.defpath}, cwd=cwd, probe=probe)


@dataclass(frozen=True, slots=True)
class Watched:
    """A process that is not necessarily a child of ours."""

    handle: int

    def ends(self) -> bool:
        """Wait for the process's end; return whether it came."""
        return bool(select.select([self.handle], [], [], SOON_S)[0])


@contextmanager
def watched(pid: int) -> Generator[Watched]:
    """Watch a process; its id cannot pass to another unseen."""
    handle = os.pidfd_open(pid)
    try:
        yield Watched(handle)
    finally:
        os.close(handle)


@pytest.fixture
def supervisor(tmp_path: Path) -> Generator[Supervisor]:
    supervisor = Supervisor(Output(None, tmp_path / "logs"))
    yield supervisor
    supervisor.stop()


def test_it_waits_until_a_program_says_that_it_is_ready(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    source = f"open({str(mark)!r}, 'w').close()\n{READY}{FOREVER}"
    supervisor.start([program("one", source, cwd=tmp_path)], within_s=SOON_S)

    assert mark.exists()
    assert supervisor.pids.keys() == {"one"}


_SERVER = """
import http.server
answers = iter([503, 503, 200])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status = next(answers)
        open("answered", "a").write(f"{self.path} {status}\\n")
        self.send_response(status)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
"""


def test_it_waits_until_a_program_answers_200(supervisor: Supervisor, tmp_path: Path) -> None:
    port = free_port()
    source = _SERVER.replace("PORT", str(port))
    probe = f"http://127.0.0.1:{port}/readyz"
    supervisor.start([program("web", source, cwd=tmp_path, probe=probe)], within_s=SOON_S)

    assert (tmp_path / "answered").read_text() == "/readyz 503\n/readyz 503\n/readyz 200\n"


def test_a_program_that_dies_while_starting_is_named_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    with pytest.raises(StackFailed, match=r"(?s)one ended with code 7: see .*one\.log.*no keys"):
        supervisor.start(
            [program("one", "print('no keys', flush=True); exit(7)", cwd=tmp_path)],
            within_s=SOON_S,
        )


def test_a_program_that_is_not_there_is_named(supervisor: Supervisor, tmp_path: Path) -> None:
    absent = program("one", "", cwd=tmp_path / "absent")

    with pytest.raises(StackFailed, match="one cannot be started"):
        supervisor.start([absent], within_s=SOON_S)


def test_programs_that_do_not_get_ready_are_named(supervisor: Supervisor, tmp_path: Path) -> None:
    commands = [
        program("slow", FOREVER, cwd=tmp_path),
        program("good", READY + FOREVER, cwd=tmp_path),
        program("late", FOREVER, cwd=tmp_path),
    ]

    with pytest.raises(StackFailed, match=r"^late and slow not ready within 1 s: see "):
        supervisor.start(commands, within_s=1)


def test_a_death_later_is_reported_with_the_signal(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start([program("one", READY + FOREVER, cwd=tmp_path)], within_s=SOON_S)
    os.kill(supervisor.pids["one"], signal.SIGKILL)

    with pytest.raises(StackFailed, match=r"^one was ended by SIGKILL: see "):
        supervisor.watch()


def test_a_request_to_stop_ends_the_watch(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start([program("one", READY + FOREVER, cwd=tmp_path)], within_s=SOON_S)
    supervisor.tell(signal.SIGINT)

    supervisor.watch()
    supervisor.stop()
    assert supervisor.pids == {}


def test_a_request_to_stop_ends_the_start(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.tell(signal.SIGTERM)

    with pytest.raises(Stopped):
        supervisor.start([program("one", FOREVER, cwd=tmp_path)], within_s=SOON_S)


def test_the_last_wave_is_stopped_first(supervisor: Supervisor, tmp_path: Path) -> None:
    source = """
import signal
def told(*_):
    open("order", "a").write(f"{NAME}\\n")
    raise SystemExit
signal.signal(signal.SIGTERM, told)
"""
    for name in ("peer", "bff"):
        named = source.replace("NAME", repr(name)) + READY + FOREVER
        supervisor.start([program(name, named, cwd=tmp_path)], within_s=SOON_S)
    supervisor.stop()

    assert (tmp_path / "order").read_text().split() == ["bff", "peer"]


def test_some_programs_can_be_stopped_alone_and_started_again(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    one, two = (program(name, READY + FOREVER, cwd=tmp_path) for name in ("one", "two"))
    supervisor.start([one, two], within_s=SOON_S)
    first = supervisor.pids["one"]

    supervisor.stop(["one"])
    assert supervisor.pids.keys() == {"two"}
    supervisor.start([one], within_s=SOON_S)
    assert supervisor.pids["one"] != first


_STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + READY + FOREVER


def test_a_program_that_will_not_go_is_killed_after_the_grace(tmp_path: Path) -> None:
    supervisor = Supervisor(Output(None, tmp_path / "logs"), grace_s=0.3)
    supervisor.start([program("stubborn", _STUBBORN, cwd=tmp_path)], within_s=SOON_S)
    with watched(supervisor.pids["stubborn"]) as stubborn:
        begin = time.monotonic()
        supervisor.stop()

        assert stubborn.ends()
        assert time.monotonic() - begin >= 0.3
        assert supervisor.pids == {}


def test_a_second_request_to_stop_ends_the_grace(tmp_path: Path) -> None:
    supervisor = Supervisor(Output(None, tmp_path / "logs"), grace_s=LONG_S)
    supervisor.start([program("stubborn", _STUBBORN, cwd=tmp_path)], within_s=SOON_S)
    with watched(supervisor.pids["stubborn"]) as stubborn:
        supervisor.tell(signal.SIGINT)
        supervisor.tell(signal.SIGINT)
        supervisor.watch()
        supervisor.stop()

        assert stubborn.ends()


_PARENT = (
    """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print("child", child.pid, flush=True)
"""
    + READY
    + FOREVER
)


def test_what_a_program_started_ends_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start([program("parent", _PARENT, cwd=tmp_path)], within_s=SOON_S)
    said = re.search(r"child (\d+)", (tmp_path / "logs" / "parent.log").read_text())
    assert said is not None
    with watched(int(said[1])) as grandchild:
        os.kill(supervisor.pids["parent"], signal.SIGKILL)

        assert grandchild.ends()


_SUPERVISING = """
import sys
from pathlib import Path
from devstack.dev.child import Command
from devstack.dev.output import Output
from devstack.dev.supervisor import Supervisor
here = Path(sys.argv[1])
supervisor = Supervisor(Output(None, here / "logs"))
argv = (sys.executable, "-c", sys.argv[2])
supervisor.start([Command(name="one", argv=argv, env={}, cwd=here)], within_s=10)
print(supervisor.pids["one"], flush=True)
supervisor.watch()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_a_killed_supervisor_leaves_no_orphans(tmp_path: Path) -> None:
    source = Path(__file__).resolve().parents[3] / "src"
    with subprocess.Popen(
        [sys.executable, "-c", _SUPERVISING, str(tmp_path), READY + FOREVER],
        env={"PYTHONPATH": str(source)},
        stdout=subprocess.PIPE,
        text=True,
    ) as supervisor:
        assert supervisor.stdout is not None
        with watched(int(supervisor.stdout.readline())) as orphan:
            supervisor.kill()

            assert orphan.ends()
