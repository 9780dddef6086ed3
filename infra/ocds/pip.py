"""Pip as the resolver: it fetches the lock's wheels, from where its own settings say."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from ocds.errors import ResolverFailed
from ocds.lock import Pin, normal
from ocds.target import Target

_TIMEOUT = 900.0
"""Seconds for all wheels of a lock."""

_MISSING = re.compile(r"No matching distribution found for (\S+)")
_MISMATCH = "THESE PACKAGES DO NOT MATCH THE HASHES"


def fetch(pins: Sequence[Pin], target: Target) -> list[tuple[str, bytes]]:
    """Return file name and contents of each pin's wheel, in the order of the pins.

    Raises ResolverFailed, if there is no wheel for the target, if one has another hash than the
    lock, or if pip itself fails.
    """
    if not pins:
        return []
    with tempfile.TemporaryDirectory() as scratch:
        folder, lock = Path(scratch) / "wheels", Path(scratch) / "requirements.txt"
        folder.mkdir()
        lock.write_text("".join(f"{pin.line}\n" for pin in pins), encoding="utf-8")
        _run(_command(target, folder, lock), target)
        return [_locked(pin, folder) for pin in pins]


def _locked(pin: Pin, folder: Path) -> tuple[str, bytes]:
    """Return a pin's wheel. That it is the lock's is asked here too: pip can be told not to ask."""
    named = [
        file
        for file in sorted(folder.glob("*.whl"))
        if normal(file.name.partition("-")[0]) == pin.name
    ]
    for file in named:
        wheel = file.read_bytes()
        if sha256(wheel).hexdigest() in pin.hashes:
            return file.name, wheel
    raise ResolverFailed(
        f"{named[0].name} is not what the lock has: its SHA-256 is another"
        if named
        else f"pip brought no wheel of {pin.name} {pin.version}"
    )


def _command(target: Target, folder: Path, lock: Path) -> list[str]:
    platforms = [part for name in target.platforms for part in ("--platform", name)]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    # The lock is the whole set, its markers are decided: pip is not to look further (--no-deps).
    exact = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    python = ["--implementation", "cp", "--python-version", target.python, "--abi", target.abi]
    return [
        *(sys.executable, "-m", "pip", "download", *quiet, *exact, *python, *platforms),
        *("--dest", str(folder), "--requirement", str(lock)),
    ]


def _run(command: list[str], target: Target) -> None:
    try:
        done = subprocess.run(  # noqa: S603 no shell, and no word of it is anybody's but ours
            command, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ResolverFailed(
            f"pip was not done after {_TIMEOUT:.0f} s: is its index reachable?"
        ) from error
    if done.returncode != 0:
        raise ResolverFailed(_reason(done.stderr, target))


def _reason(said: str, target: Target) -> str:
    if _MISMATCH in said:
        return (
            "a package is not what the lock has: its hash is another. Either it was replaced where "
            f"pip fetches it, or the lock is wrong. pip says:\n{_errors(said)}"
        )
    missing = _MISSING.search(said)
    if missing is not None:
        return (
            f"there is no wheel of {missing[1].partition('==')[0]} for {target.machine} and Python "
            f"{target.python} that the lock has a hash of. Either it does not take this Python, or "
            "it is a source distribution, which cannot be built for another machine: lock one "
            f"that has a wheel. pip says:\n{_errors(said)}"
        )
    return f"pip failed:\n{_errors(said)}"


def _errors(said: str) -> str:
    lines = [line for line in said.splitlines() if line.startswith(("ERROR", "    ", "/"))]
    return "\n".join(lines[-12:] or said.splitlines()[-5:])
