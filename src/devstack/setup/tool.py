"""Running pip, npm and the like: their output goes to the log, their failure becomes one line."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.setup.failure import SetupFailed, failed_tool

_TAIL_LINES = 40

_MISLEADING = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX", "PIP_USER")
"""Variables of the caller that would make a tool install somewhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The programs of this machine, as the caller's environment finds them."""

    env: Mapping[str, str]
    log: Path

    def find(self, name: str) -> str | None:
        """Return the program's path, or None where the machine has none."""
        return shutil.which(name, path=self.env.get("PATH"))

    def ask(self, argv: Sequence[str]) -> str | None:
        """Return what a program prints, or None where it fails or is not there."""
        try:
            answer = subprocess.run(  # noqa: S603 the arguments are ours
                argv, env=self._clean(), capture_output=True, text=True, check=False, timeout=30
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return answer.stdout.strip() if answer.returncode == 0 else None

    def run(self, argv: Sequence[str], *, step: str, cwd: Path) -> None:
        """Run a program with its output in the log. Raises SetupFailed."""
        with self.log.open("ab") as log:
            log.write(f"\n== {step}: {' '.join(argv)}\n".encode())
            log.flush()
            begin = log.tell()
            try:
                code = subprocess.run(  # noqa: S603 the arguments are ours
                    argv,
                    cwd=cwd,
                    env=self._clean(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    check=False,
                ).returncode
            except FileNotFoundError:
                raise SetupFailed(f"{step}: {argv[0]} is not there") from None
        if code != 0:
            # `python -m pip` is pip to those who read the line.
            tool = argv[2] if argv[1:2] == ["-m"] else Path(argv[0]).name
            tail = self._tail(begin)
            raise failed_tool(step=step, tool=tool, code=code, tail=tail, log=self.log)

    def _clean(self) -> dict[str, str]:
        return {name: value for name, value in self.env.items() if name not in _MISLEADING}

    def _tail(self, begin: int) -> str:
        with self.log.open("rb") as log:
            log.seek(begin)
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-_TAIL_LINES:])
