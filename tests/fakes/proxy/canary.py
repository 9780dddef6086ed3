"""Listens to everything that is written to any log, for what must never stand there."""

import json
import logging
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any


class Canary(logging.Handler):
    """Keeps every line, tracebacks included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(self.format(record))

    def leaks(self, secrets: Iterable[str]) -> list[str]:
        """Return the lines that hold one of `secrets`."""
        # Most secrets stand nowhere, and that is soon seen in all lines at once.
        everything = "\n".join(self.lines)
        told = [secret for secret in secrets if secret and secret in everything]
        return [line for line in self.lines if any(secret in line for secret in told)]

    def events(self, name: str) -> list[str]:
        """Return the lines of one of our own events."""
        return [line for line in self.lines if f'"event": "{name}"' in line]

    def audited(self, deed: str) -> list[dict[str, Any]]:
        """Return the audit trail's entries of a kind."""
        entries = [json.loads(line[line.index("{") :]) for line in self.events("audit")]
        return [entry for entry in entries if entry["deed"] == deed]


@contextmanager
def listening() -> Generator[Canary]:
    """Listen to all loggers at every level."""
    canary, root = Canary(), logging.getLogger()
    before = root.level
    root.addHandler(canary)
    root.setLevel(logging.DEBUG)
    try:
        yield canary
    finally:
        root.removeHandler(canary)
        root.setLevel(before)
