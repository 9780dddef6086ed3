# ruff: noqa: INP001 the folder is an agent, and no package
"""The agent of whoever names no other: it answers what it was told, without a model.

It speaks AgentCore's container contract with the standard library alone: POST /invocations and
GET /ping on port 8080.
"""

import json
import os
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

MAX_BODY_BYTES = 1_048_576
_READ_S = 30


def answer(request: object) -> dict[str, str]:
    """Return what the agent says to a request's body."""
    prompt = cast("dict[str, object]", request).get("prompt") if isinstance(request, dict) else None
    if not isinstance(prompt, str) or not prompt:
        return {"result": 'Say something: {"prompt": "…"}.'}
    return {"result": f"You said: {prompt}"}


def body_length(text: str) -> int | None:
    """Read a Content-Length, in bytes; None where it is no length, or too long."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_BODY_BYTES)):
        return None
    return int(text) if int(text) <= MAX_BODY_BYTES else None


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = _READ_S

    def do_GET(self) -> None:
        """Answer AgentCore's question whether the agent is well."""
        if self.path != "/ping":
            self._send(HTTPStatus.NOT_FOUND, {"error": "not found"})
            return
        now_s = int(time.time())  # noqa: TID251 an agent has no clock but this
        self._send(HTTPStatus.OK, {"status": "Healthy", "time_of_last_update": now_s})

    def do_POST(self) -> None:
        """Answer a turn."""
        length = body_length(str(self.headers["Content-Length"]))
        if self.path != "/invocations" or length is None:
            # What was not read would be taken for the next request.
            self.close_connection = True
            self._send(HTTPStatus.BAD_REQUEST, {"error": "POST /invocations with a JSON body"})
            return
        try:
            request = json.loads(self.rfile.read(length))
        except ValueError:
            self._send(HTTPStatus.BAD_REQUEST, {"error": "the body is no JSON"})
            return
        self._send(HTTPStatus.OK, answer(request))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Log nothing: requests hold what people wrote."""

    def _send(self, status: HTTPStatus, content: Mapping[str, object]) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve until the microVM ends."""
    env = os.environ  # noqa: TID251 this module is the entry
    place = (env.get("HOST", "127.0.0.1"), int(env.get("PORT", "8080")))
    ThreadingHTTPServer(place, Handler).serve_forever()


if __name__ == "__main__":
    main()
