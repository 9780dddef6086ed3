"""Events: one line of JSON each, with a fixed dotted name and fields, never free text.

A field never holds a token, cookie, code, prompt or body; people and sessions appear as their
keyed hashes. The request id is the one that the client was given.
"""

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from json.encoder import encode_basestring_ascii
from typing import TextIO

_LOGGER = logging.getLogger("gatehouse")

_OTHER = json.JSONEncoder(default=str).encode
_NOTHING: dict[str, str] = {}

_ABOUT: ContextVar[dict[str, str]] = ContextVar("gatehouse.about")
"""Fields of every event of the request that is being answered; tasks inherit them."""


class about:  # noqa: N801 a context manager, which is used as one
    """Add `fields` to every event inside of the block, also in tasks that begin there."""

    __slots__ = ("_fields", "_token")

    def __init__(self, **fields: str) -> None:
        self._fields = fields

    def __enter__(self) -> None:
        self._token = _ABOUT.set({**_ABOUT.get(_NOTHING), **self._fields})

    def __exit__(self, *_: object) -> None:
        _ABOUT.reset(self._token)


def to_stderr() -> None:
    """Send events to standard error, each a line by itself.

    Ours only: libraries write down URLs and headers that hold codes and tokens. On Lambda the root
    logger has a handler that puts words before every line and lets no INFO through, so the events
    do not pass there.
    """
    if not _LOGGER.handlers:
        _LOGGER.addHandler(_Lines())
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False


class _Lines(logging.StreamHandler[TextIO]):
    """Writes a line as it is: there is nothing to format, and one is written for every request."""

    def emit(self, record: logging.LogRecord) -> None:
        self.line(str(record.msg))

    def line(self, text: str) -> None:
        """Write one line. Nobody's request fails of a log that cannot be written."""
        with suppress(OSError, ValueError):
            self.stream.write(f"{text}\n")


def event(name: str, **fields: str | float | bool | None) -> None:
    """Write the event `name` (listed in docs/runbook.md) with its fields."""
    if _LOGGER.isEnabledFor(logging.INFO):
        _write(logging.INFO, {"event": name, **_ABOUT.get(_NOTHING), **fields})


def fault(name: str, error: BaseException, **fields: str | float | bool | None) -> None:
    """Write the event `name` for something that went wrong, with the error's class and message."""
    what = {"error": type(error).__name__, "detail": str(error)[:500]}
    _write(logging.WARNING, {"event": name, **what, **_ABOUT.get(_NOTHING), **fields})


def _encoded(fields: Mapping[str, object]) -> str:
    # Nearly all are texts; their names are those of arguments, and so need no escaping.
    pairs = [
        f'"{name}": {encode_basestring_ascii(value) if type(value) is str else _OTHER(value)}'
        for name, value in fields.items()
    ]
    return f"{{{', '.join(pairs)}}}"


def _write(level: int, fields: Mapping[str, object]) -> None:
    line = _encoded(fields)
    match _LOGGER.handlers:
        case [_Lines() as ours] if not _LOGGER.propagate:
            # Nobody else listens, so nobody needs a record: it costs more than the line.
            ours.line(line)
        case _:
            _LOGGER.handle(logging.LogRecord(_LOGGER.name, level, "", 0, line, None, None))
