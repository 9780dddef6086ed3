"""A program in a process of its own, from nothing to its end."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.cold_start.cases import Case

ROOT = Path(__file__).parents[2]
"""The checkout."""


class CaseFailed(Exception):
    """A case's program did not do what it is for; the message is its own."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one process took."""

    wall_ms: float
    cpu_ms: float


def run(case: Case, given: Mapping[str, str]) -> Run:
    """Start a case afresh and wait for its end. Raises CaseFailed."""
    environment = {**given, **case.environment, "PYTHONPATH": str(ROOT / "src")}
    before = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 a case of this folder
        [sys.executable, "-c", case.program],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall_ms = (time.perf_counter() - before) * 1e3
    process.returncode = os.waitstatus_to_exitcode(status)
    said = process.stderr.read() if process.stderr else b""
    if process.stderr:
        process.stderr.close()
    if process.returncode:
        raise CaseFailed(f"{case.name}: {said.decode(errors='replace').strip()[-500:]}")
    return Run(wall_ms=wall_ms, cpu_ms=(used.ru_utime + used.ru_stime) * 1e3)
