"""What a process and its children have used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench.process import cpu_s, memory_mb, tree

pytestmark = pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="Linux only")

# A parent that does nothing, and a child that works and holds 30 MB until its input ends.
_CHILD = "x = b'x' * 30_000_000; print(sum(range(10**6))); import sys; sys.stdin.read()"
_PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_CHILD!r}])"


def test_children_count() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout
        parent.stdout.readline()
        root, *children = tree(parent.pid)
        alone = cpu_s(children[0])
        both, memory = cpu_s(parent.pid), memory_mb(parent.pid)
        parent.communicate()

    assert root == parent.pid
    assert len(children) == 1
    assert 0 < alone < both
    assert memory > 30


def test_who_has_ended_uses_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()

    assert cpu_s(ended.pid) == memory_mb(ended.pid) == 0


def test_time_only_ever_grows() -> None:
    before = cpu_s(os.getpid())
    sum(range(10**6))

    assert cpu_s(os.getpid()) > before
