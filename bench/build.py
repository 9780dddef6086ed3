"""By which Python Gatehouse is measured."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devstack.dev.plan import HERE

DEBIAN_PYTHON = Path("/usr/bin/python3")
"""Built with profile-guided optimisation, as the images' Pythons are, and as one built by hand
often is not. The peers are Debian's builds, too."""

_VENV = HERE / ".gatehouse" / "bench" / "venv"
_LOCK = HERE / "requirements" / "bff.txt"
_WITHIN_S = 600
_SUITABLE = "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What runs as Gatehouse."""

    title: str
    python: str


def chosen(say: Callable[[str], None]) -> Build:
    """Return Debian's Python with our packages, made if need be; else the Python of set-up."""
    if _works([str(DEBIAN_PYTHON), "-c", _SUITABLE]):
        say("installing the locked packages for Debian's Python")
        if _installed():
            return Build(title="by Debian's Python", python=str(_VENV / "bin" / "python"))
    say(f"no {DEBIAN_PYTHON} of 3.11 or newer with venv: measured by the Python of set-up")
    return Build(title="by the Python of set-up", python=sys.executable)


def _installed() -> bool:
    made, lock = _VENV / "installed", _LOCK.read_bytes()
    if made.exists() and made.read_bytes() == lock:
        return True
    python = str(_VENV / "bin" / "python")
    done = _works([str(DEBIAN_PYTHON), "-m", "venv", "--clear", str(_VENV)]) and _works(
        [*(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r"), str(_LOCK)]
    )
    if done:
        made.write_bytes(lock)
    return done


def _works(argv: list[str]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 the system's Python and our own lock
            argv, capture_output=True, check=False, timeout=_WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
