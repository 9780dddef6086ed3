"""What a person sees of the set-up: one line per step with the time it took."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO


@dataclass(frozen=True, slots=True)
class Progress:
    """Writes to the terminal, or to a CI log, which gets the same lines."""

    out: TextIO

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Show that a step has begun and, at its end, how long it took."""
        self._write(f"  {name:<20} … ")
        begin = time.monotonic()
        try:
            yield
        except BaseException as error:
            self._write("stopped\n" if isinstance(error, KeyboardInterrupt) else "failed\n")
            raise
        self._write(f"{time.monotonic() - begin:.1f} s\n")

    def note(self, line: str) -> None:
        """Show one line."""
        self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        self.out.write(text)
        # A pipe is not flushed by itself, and the next step may take a minute.
        self.out.flush()
