"""Two set-ups at once take turns."""

import subprocess
import sys
from pathlib import Path

import pytest

from devstack.setup.turn import turn

_HOLDER = """
import sys
from pathlib import Path
from devstack.setup.turn import turn
with turn(Path(sys.argv[1]), waiting=lambda: print("waiting", flush=True)):
    print("mine", flush=True)
    sys.stdin.read()
"""


def _holder(lock: Path, source: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(lock)],
        env={"PYTHONPATH": str(source)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def source() -> Path:
    return Path(__file__).resolve().parents[3] / "src"


def _next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_the_second_says_that_it_waits_and_goes_on_when_the_first_is_done(
    tmp_path: Path, source: Path
) -> None:
    lock = tmp_path / "state" / "lock"
    with _holder(lock, source) as first:
        assert _next_line(first) == "mine"
        with _holder(lock, source) as second:
            assert _next_line(second) == "waiting"
            first.communicate(timeout=10)

            assert _next_line(second) == "mine"
            with _holder(lock, source) as third:
                # So the second has not only gone on: it holds the lock.
                assert _next_line(third) == "waiting"
                second.communicate(timeout=10)
                third.communicate(timeout=10)


def test_a_killed_holder_blocks_nobody(tmp_path: Path, source: Path) -> None:
    lock = tmp_path / "lock"
    with _holder(lock, source) as holder:
        assert _next_line(holder) == "mine"
        holder.kill()
        holder.communicate()

    waited: list[bool] = []
    with turn(lock, waiting=lambda: waited.append(True)):
        assert not waited
