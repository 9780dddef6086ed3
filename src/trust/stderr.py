"""Standard error as a place for events: a line each, as it is."""

import logging
from typing import TextIO


class Lines(logging.StreamHandler[TextIO]):
    """Writes a line as it is: there is nothing to format, and one is written for every request."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record's message."""
        self.line(str(record.msg))

    def line(self, text: str) -> None:
        """Write one line. Nobody's request fails of a log that cannot be written."""
        try:  # noqa: SIM105 to enter and leave a block of `suppress` costs more than the line
            self.stream.write(f"{text}\n")
        except (OSError, ValueError):
            pass
