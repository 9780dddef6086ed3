"""The machine's own clock and randomness."""

import os
import random
import secrets
import time
from pathlib import Path


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time()  # noqa: TID251 the one place of this package that asks the machine

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class SystemChance:
    """The randomness of this machine."""

    def fraction(self) -> float:
        """Return a number of [0, 1), for waits."""
        return random.random()  # noqa: S311 nothing secret hangs on how long a wait is

    def token(self) -> str:
        """Return 40 letters and digits that nobody else has."""
        return secrets.token_hex(20)


class SystemHost:
    """This process, by the boot, the namespace, the id and the start that no other shares."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        """`proc` is where the kernel tells of processes; where it does not, nothing is known."""
        self._proc = proc

    def name(self) -> str:
        """Return what this process is called."""
        return f"{self._machine()}:{os.getpid()}:{self._started(str(os.getpid()))}"

    def is_gone(self, name: str) -> bool:
        """Return whether a process of this machine runs no more.

        Of another machine, or another container, nothing is known: its ids mean nothing here.
        """
        machine, _, process = name.rpartition(":")[0].rpartition(":")
        if not machine or machine != self._machine():
            return False
        return self._started(process) != name.rpartition(":")[2]

    def _machine(self) -> str:
        try:
            boot = (self._proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
            return f"{boot}:{(self._proc / 'self/ns/pid').readlink()}"
        except OSError:
            return ""

    def _started(self, process: str) -> str:
        try:
            stat = (self._proc / process / "stat").read_text(encoding="utf-8")
        except OSError:
            return ""
        # The name stands in brackets and may hold anything; the start is the 22nd field of all.
        return stat.rpartition(")")[2].split()[19]
