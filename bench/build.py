"""By which Python Gatehouse is measured."""

import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devstack.dev.plan import HERE

_BENCH = HERE / ".gatehouse" / "bench"
_LOCK = HERE / "requirements" / "bff.txt"
_WITHIN_S = 600
_SUITABLE = (
    "import platform, sys; print(platform.python_version()); sys.exit(sys.version_info < (3, 11))"
)
"""Prints the version; fails where that is too old."""

OF_DEBIAN = (_BENCH / "debian" / "usr" / "bin" / "python", Path("/usr/bin/python3"))
"""The Pythons of Debian's that Gatehouse is measured by, the better one first: of the image's
version, as `bench/python.sh` unpacks it; and this machine's. They are built with profile-guided
optimisation, as the image's is and the peers are, and as one built by hand often is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What runs as Gatehouse."""

    title: str
    python: str


def chosen(say: Callable[[str], None]) -> Build:
    """Return a Python of Debian's with our packages, made if need be; else the Python of set-up."""
    for python in OF_DEBIAN:
        if (version := _said(str(python), "-c", _SUITABLE)) is None:
            continue
        title = f"by CPython {version} of Debian's"
        if (installed := _installed(python, title, say)) is not None:
            return Build(title=title, python=installed)
    say(
        "no Python of Debian's that is 3.11 or newer, with our packages: measured by that of set-up"
    )
    title = f"by CPython {platform.python_version()}, the Python of set-up"
    return Build(title=title, python=sys.executable)


def _installed(base: Path, title: str, say: Callable[[str], None]) -> str | None:
    """Return the Python of an environment with the locked packages; None where there is none."""
    place = _BENCH / "venv"
    made, wanted = place / "installed", f"{title}\n{_LOCK.read_text()}"
    python = str(place / "bin" / "python")
    if made.exists() and made.read_text() == wanted:
        return python
    say(f"installing the locked packages, to be measured {title}")
    # By the pip of set-up: an unpacked Python has none of its own.
    with_pip = (sys.executable, "-m", "pip", "--python", python)
    if _said(str(base), "-m", "venv", "--clear", "--without-pip", str(place)) is None or (
        _said(*with_pip, "install", "--quiet", "--require-hashes", "-r", str(_LOCK)) is None
    ):
        return None
    made.write_text(wanted)
    return python


def _said(*argv: str) -> str | None:
    """Return what a program printed; None where it failed."""
    try:
        done = subprocess.run(  # noqa: S603 a system's Python and our own lock
            argv, capture_output=True, check=False, text=True, timeout=_WITHIN_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
