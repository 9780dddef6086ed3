"""The programs that the browsers consist of: started for a test run, gone after it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from devstack.dev import tether

_GOES_WITHIN_S = 5.0


def installed(*names: str) -> str:
    """Return where a program is, the first that is found; without one, what needs it is skipped."""
    for name in names:
        if found := shutil.which(name):
            return found
    pytest.skip(f"{names[0]} is not installed")


@contextmanager
def running(
    argv: Sequence[str], *, folder: Path, env: Mapping[str, str], keep: Sequence[int] = ()
) -> Generator[subprocess.Popen[bytes]]:
    """Run a program and all that it starts; what it says goes into a log in the folder."""
    # A home of its own: no browser reads a person's profile, or writes one.
    environment = {**os.environ, "HOME": str(folder), **env}  # noqa: TID251 the programs' path
    with (folder / f"{Path(argv[0]).name}.log").open("wb") as log:
        # Tied to us: a test run that is killed leaves no browser behind.
        tied = (sys.executable, tether.__file__, str(os.getpid()), *argv)
        program = subprocess.Popen(
            tied,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            pass_fds=keep,
            start_new_session=True,
        )
        try:
            yield program
        finally:
            _end(program)


def _end(program: subprocess.Popen[bytes]) -> None:
    # The whole group: an engine's processes outlive the one that is asked to go.
    for told in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(program.pid, told)
        with suppress(subprocess.TimeoutExpired):
            program.wait(_GOES_WITHIN_S)


@contextmanager
def screen(folder: Path) -> Generator[str]:
    """Run an X server without a monitor; give the name of its display."""
    server = installed("Xvfb")
    told, tells = os.pipe()
    options = ("-displayfd", str(tells), "-screen", "0", "1280x900x24", "-nolisten", "tcp")
    with running((server, *options), folder=folder, env={}, keep=(tells,)):
        os.close(tells)
        with os.fdopen(told) as number:
            yield f":{number.readline().strip()}"
