"""A process that has closed its memory leaves nothing when it crashes, and shows it to nobody."""

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest

from trust.memory import Closed, close_memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="not run: prctl is Linux's")

_SOURCE = Path(__file__).parents[2] / "src"
_OPEN = """
import ctypes, os, resource, sys
from pathlib import Path
os.chdir(sys.argv[1])
limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
"""
_CLOSED = f"""{_OPEN}
from trust.memory import close_memory
told = close_memory()
assert told.no_core_file and told.not_dumpable, told
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 0
assert os.stat("/proc/self/mem").st_uid == 0 or os.geteuid() == 0
"""
_CRASH = "ctypes.string_at(0)"


def _ended(code: str, folder: Path) -> int:
    """Run Python code in a process of its own; return what wait(2) says of its end."""
    argv = [sys.executable, "-c", code, str(folder)]
    child = os.posix_spawn(sys.executable, argv, {"PYTHONPATH": str(_SOURCE)})
    return os.waitpid(child, 0)[1]


def test_a_crash_leaves_no_core(tmp_path: Path) -> None:
    status = _ended(f"{_CLOSED}{_CRASH}", tmp_path)

    assert os.WIFSIGNALED(status), os.waitstatus_to_exitcode(status)
    assert os.WTERMSIG(status) == signal.SIGSEGV
    assert not os.WCOREDUMP(status)
    assert list(tmp_path.iterdir()) == []


def test_the_same_crash_leaves_one_where_memory_is_not_closed(tmp_path: Path) -> None:
    """Else the test above would hold whatever `close_memory` does."""
    status = _ended(f"{_OPEN}{_CRASH}", tmp_path)
    if not os.WCOREDUMP(status):
        pytest.skip("not run: this machine leaves no core of anything")

    assert os.WTERMSIG(status) == signal.SIGSEGV


def test_a_platform_that_refuses_is_told_and_nothing_is_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object, **__: object) -> NoReturn:
        raise OSError

    monkeypatch.setattr(resource, "setrlimit", refused)
    monkeypatch.setattr(ctypes, "CDLL", refused)

    assert close_memory() == Closed(no_core_file=False, not_dumpable=False)


@pytest.mark.parametrize("flag", [0, 1])
def test_the_flag_is_asked_back_and_not_believed(
    monkeypatch: pytest.MonkeyPatch, flag: int
) -> None:
    asked: list[int] = []

    def prctl(option: int, *_: int) -> int:
        asked.append(option)
        return 0 if option == 4 else flag

    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (0, 0))
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(prctl=prctl))

    assert close_memory() == Closed(no_core_file=True, not_dumpable=flag == 0)
    assert asked == [4, 3]


def test_a_platform_without_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, 1))
    monkeypatch.setattr(sys, "platform", "darwin")

    assert close_memory() == Closed(no_core_file=False, not_dumpable=False)
