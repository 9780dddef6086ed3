"""Events: one line of JSON each, with a fixed dotted name and fields, never free text.

A field never holds a token, cookie, code, prompt or body; people and sessions appear as their
keyed hashes. The request id is the one that the client was given.
"""

import json
import logging

_LOGGER = logging.getLogger("gatehouse")


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
        _LOGGER.info("%s", json.dumps({"event": name, **fields}, default=str))


def fault(name: str, error: BaseException, **fields: str | float | bool | None) -> None:
    """Write the event `name` for something that went wrong, with the error's class and message."""
    line = {"event": name, "error": type(error).__name__, "detail": str(error)[:500], **fields}
    _LOGGER.warning("%s", json.dumps(line, default=str))
