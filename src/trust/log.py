"""Events: one line of JSON each, with a fixed dotted name and fields, never free text.

A field never holds a token, cookie, code, prompt or body; people and sessions appear as their
keyed hashes. The request id is the one that the client was given.
"""

import json
import logging
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_LOGGER = logging.getLogger("gatehouse")

_ABOUT: ContextVar[dict[str, str]] = ContextVar("gatehouse.about")
"""Fields of every event of the request that is being answered; tasks inherit them."""


@contextmanager
def about(**fields: str) -> Generator[None]:
    """Add `fields` to every event inside of the block, also in tasks that begin there."""
    before = _ABOUT.get({})
    token = _ABOUT.set({**before, **fields})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def to_stderr() -> None:
    """Send events to standard error, each a line by itself.

    Ours only: libraries write down URLs and headers that hold codes and tokens. On Lambda the root
    logger has a handler that puts words before every line and lets no INFO through, so the events
    do not pass there.
    """
    if not _LOGGER.handlers:
        _LOGGER.addHandler(logging.StreamHandler())
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False


def event(name: str, **fields: str | float | bool | None) -> None:
    """Write the event `name` (listed in docs/runbook.md) with its fields."""
    if _LOGGER.isEnabledFor(logging.INFO):
        _LOGGER.info("%s", json.dumps({"event": name, **_ABOUT.get({}), **fields}, default=str))


def fault(name: str, error: BaseException, **fields: str | float | bool | None) -> None:
    """Write the event `name` for something that went wrong, with the error's class and message."""
    what = {"error": type(error).__name__, "detail": str(error)[:500]}
    line = {"event": name, **what, **_ABOUT.get({}), **fields}
    _LOGGER.warning("%s", json.dumps(line, default=str))
