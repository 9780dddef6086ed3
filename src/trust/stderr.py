"""Standard error as a place for events: a line each, as it is."""

import logging
from collections.abc import Callable
from threading import get_ident
from typing import Any, TextIO

AT_ONCE_CHARACTERS = 4_096
"""Most that is written together: so much of ASCII is never mixed with what another process writes
into the same pipe (POSIX, PIPE_BUF on Linux)."""


class Lines(logging.StreamHandler[TextIO]):
    """Writes a line as it is: there is nothing to format, and one is written for every request."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[str] = []
        self._held_characters = 0
        self._soon: Callable[[Callable[[], None]], Any] | None = None
        self._thread = 0

    def gather(self, soon: Callable[[Callable[[], None]], Any]) -> None:
        """Write together from now on what one turn of this thread's event loop has to say.

        `soon` calls something at the end of the turn. Under load each line was a call of the
        system, and woke whoever reads them: a twentieth of what a request costs.
        """
        self._soon, self._thread = soon, get_ident()

    def scatter(self) -> None:
        """Write each line by itself again."""
        self.settle()
        self._soon = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record's message."""
        self.line(str(record.msg))

    def line(self, text: str) -> None:
        """Write one line. Nobody's request fails of a log that cannot be written."""
        if self._soon is None or get_ident() != self._thread:
            self._write(f"{text}\n")
            return
        if self._held_characters + len(text) >= AT_ONCE_CHARACTERS:
            self.settle()
        if not self._held:
            self._soon(self.settle)
        self._held.append(text)
        self._held_characters += len(text) + 1

    def settle(self) -> None:
        """Write what is held."""
        if self._held:
            held, self._held, self._held_characters = self._held, [], 0
            self._write("\n".join([*held, ""]))

    def flush(self) -> None:
        """Write what is held, at the latest when the process ends."""
        self.settle()
        super().flush()

    def _write(self, text: str) -> None:
        try:  # noqa: SIM105 to enter and leave a block of `suppress` costs more than the line
            self.stream.write(text)
        except (OSError, ValueError):
            pass
