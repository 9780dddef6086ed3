"""One line of JSON for each thing that happened; never words of a person, never credentials."""

import hashlib
import json
import sys


def event(name: str, **fields: str | int | None) -> None:
    """Write an event with a fixed name to stderr."""
    print(json.dumps({"event": name, **fields}), file=sys.stderr, flush=True)  # noqa: T201 the log


def short_hash(session: str) -> str:
    """Return a name for a conversation that finds it again and opens nothing."""
    return hashlib.sha256(session.encode()).hexdigest()[:12]
