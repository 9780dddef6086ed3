"""Events: one line of JSON each, with a fixed dotted name and fields, never free text.

A field never holds a token, cookie, code, prompt or body; people and sessions appear as their
keyed hashes. The request id is the one that the client was given.
"""

import json
import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from json.encoder import encode_basestring_ascii
from typing import Any, NewType

from trust.stderr import Lines

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
        outer = _ABOUT.get(_NOTHING)
        self._token = _ABOUT.set({**outer, **self._fields} if outer else self._fields)

    def __exit__(self, *_: object) -> None:
        _ABOUT.reset(self._token)


def to_stderr() -> None:
    """Send events to standard error, each a line by itself.

    Ours only: libraries write down URLs and headers that hold codes and tokens. On Lambda the root
    logger has a handler that puts words before every line and lets no INFO through, so the events
    do not pass there.
    """
    if not _LOGGER.handlers:
        _LOGGER.addHandler(Lines())
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False


@contextmanager
def gathered(soon: Callable[[Callable[[], None]], Any]) -> Generator[None]:
    """Inside of the block, write the events of one turn of the event loop together.

    `soon` calls something at the end of the turn (`call_soon`). Faults are still written at once,
    and what was held before them; what is not written when the process is killed is lost.
    """
    ours = _ours()
    if ours is None:
        yield
        return
    ours.gather(soon)
    try:
        yield
    finally:
        ours.scatter()


def settle() -> None:
    """Write what is held."""
    ours = _ours()
    if ours is not None:
        ours.settle()


Told = NewType("Told", str)
"""Fields as they stand in a line, for those that many events share; made by `told`."""


def told(**fields: str) -> Told:
    """Return fields for `event`, encoded once for all events that have them."""
    return Told(_pairs(fields))


def event(name: str, known: Told | None = None, /, **fields: str | float | bool | None) -> None:
    """Write the event `name` (listed in docs/runbook.md) with its fields, and `known` ones."""
    if _LOGGER.isEnabledFor(logging.INFO):
        _write(logging.INFO, {"event": name, **_ABOUT.get(_NOTHING), **fields}, known)


def fault(name: str, error: BaseException, **fields: str | float | bool | None) -> None:
    """Write the event `name` for something that went wrong, with the error's class and message."""
    what = {"error": type(error).__name__, "detail": str(error)[:500]}
    _write(logging.WARNING, {"event": name, **what, **_ABOUT.get(_NOTHING), **fields})


def _pairs(fields: Mapping[str, object]) -> str:
    # Nearly all are texts; their names are those of arguments, and so need no escaping.
    pairs = [
        f'"{name}": {encode_basestring_ascii(value) if type(value) is str else _OTHER(value)}'
        for name, value in fields.items()
    ]
    return ", ".join(pairs)


def _write(level: int, fields: Mapping[str, object], known: Told | None = None) -> None:
    line = f"{{{_pairs(fields)}}}" if known is None else f"{{{_pairs(fields)}, {known}}}"
    ours = _ours()
    if ours is None:
        _LOGGER.handle(logging.LogRecord(_LOGGER.name, level, "", 0, line, None, None))
        return
    ours.line(line)
    if level > logging.INFO:
        ours.settle()


def _ours() -> Lines | None:
    """Return our own handler, if nobody else listens: nobody needs a record then.

    It would cost more than the line.
    """
    handlers = _LOGGER.handlers
    if len(handlers) == 1 and isinstance(ours := handlers[0], Lines) and not _LOGGER.propagate:
        return ours
    return None
