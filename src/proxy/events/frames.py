"""AG-UI's events as they are sent (protocol 1.0, as `ag_ui.encoder` writes them)."""

import json
from typing import Any

PROTOCOL_VERSION = "1.0"
"""What RUN_STARTED declares."""


def frame(kind: str, **members: Any) -> bytes:
    """Return the event of this type; members are named as on the wire, None is left out."""
    event = {"type": kind} | {name: value for name, value in members.items() if value is not None}
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    # Half a surrogate pair is a string in JSON and none in UTF-8: it must not break the stream.
    return b"data: %b\n\n" % text.encode("utf-8", "replace")
