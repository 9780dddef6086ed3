"""Amazon Bedrock on loopback: `ConverseStream`, with one answer for whoever has the key."""

import hashlib
import json
import struct
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from zlib import crc32

from fakes.loopback import Call, Reply, serving

_ANSWER: tuple[tuple[str, dict[str, object]], ...] = (
    ("messageStart", {"role": "assistant"}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Good evening."}}),
    ("contentBlockStop", {"contentBlockIndex": 0}),
    ("messageStop", {"stopReason": "end_turn"}),
    (
        "metadata",
        {
            "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
            "metrics": {"latencyMs": 1},
        },
    ),
)


@dataclass(kw_only=True)
class FakeBedrock:
    """Knows its caller by a hash, and keeps no copy of the key."""

    url: str = ""
    answered: int = 0
    refused: int = 0
    key_hash: str = ""

    def answer(self, call: Call) -> Reply:
        """Answer `POST /model/{id}/converse-stream`."""
        given = hashlib.sha256(call.headers.get("authorization", "").encode()).hexdigest()
        if given != self.key_hash:
            self.refused += 1
            return Reply(status=403, body=b'{"message": "no"}')
        self.answered += 1
        body = b"".join(_message(kind, members) for kind, members in _ANSWER)
        return Reply(body=body, content_type="application/vnd.amazon.eventstream")


@contextmanager
def running_bedrock(key_backwards: str) -> Generator[FakeBedrock]:
    """Serve it for whoever shows the key, which is given backwards."""
    key = hashlib.sha256(f"Bearer {key_backwards[::-1]}".encode()).hexdigest()
    running = FakeBedrock(key_hash=key)
    with serving(running.answer) as running.url:
        yield running


def _message(kind: str, members: dict[str, object]) -> bytes:
    """Return one message of an event stream (Amazon Event Stream Encoding)."""
    headers = b"".join(
        struct.pack(">B", len(name))
        + name.encode()
        + struct.pack(">BH", 7, len(text))
        + text.encode()
        for name, text in {
            ":event-type": kind,
            ":content-type": "application/json",
            ":message-type": "event",
        }.items()
    )
    payload = json.dumps(members).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    body = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return body + struct.pack(">I", crc32(body))
