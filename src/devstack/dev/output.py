"""What the programs print: to the terminal with their name before it, and to a log file each."""

import json
import threading
from pathlib import Path
from typing import BinaryIO, TextIO

_TAIL_LINES = 20
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


class Output:
    """The terminal, shared by the threads that read the programs' output."""

    def __init__(self, out: TextIO | None, logs: Path) -> None:
        """Show on `out`, or only keep the logs where it is None."""
        self._out = out
        self._logs = logs
        self._one_line_at_a_time = threading.Lock()
        logs.mkdir(parents=True, exist_ok=True)

    def log(self, name: str) -> BinaryIO:
        """Open the log of a program anew; each line is there as soon as it was printed."""
        return self._path(name).open("wb", buffering=0)

    def where(self, name: str) -> str:
        """Return where to read on, and the end of it for those who have not seen it pass."""
        path = self._path(name)
        if self._out is not None or not path.exists():
            return str(path)
        tail = path.read_text(errors="replace").splitlines()[-_TAIL_LINES:]
        return "\n".join([f"{path}:", *tail])

    def _path(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def show(self, name: str, line: str) -> None:
        """Show a line of a program."""
        if self._out is None:
            return
        dim, plain = (_DIM, _PLAIN) if self._out.isatty() else ("", "")
        with self._one_line_at_a_time:
            self._out.write(f"{dim}{name:<5} | {line}{plain}\n")
            self._out.flush()


def says_ready(line: bytes) -> bool:
    """Return whether a line of output is the one JSON object that says `"ready": true`."""
    if not line.startswith(b"{"):
        return False
    try:
        said: object = json.loads(line)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("ready") is True  # pyright: ignore[reportUnknownMemberType] any JSON
