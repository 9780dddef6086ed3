"""An agent that counts as far as it is asked to: the least program that keeps the contract.

For journeys about the way of an answer, not about what is in it: the stack starts a program for
each chat, and this one is there at once, where the example's loads its libraries for a second.
It speaks AG-UI at the pace of the example's offline model.
"""

import json
import os
import sys
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAUSE_S = 0.04
"""Before each piece."""

AGENT_OPTIONS = ("--agent-command", f"'{sys.executable}' -PS '{Path(__file__).resolve()}'")
"""How the local AWS is told to run it: without site-packages, and without its neighbours' names."""


class Counting(BaseHTTPRequestHandler):
    """`GET /ping` and `POST /invocations`."""

    def do_GET(self) -> None:
        """Say that it is there."""
        self._begin("application/json")
        self.wfile.write(b'{"status": "Healthy"}')

    def do_POST(self) -> None:
        """Count, unless nobody listens any more."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._begin("text/event-stream")
        turn = {"threadId": asked["threadId"], "runId": asked["runId"]}
        *_, last = asked["messages"][-1]["content"].split()
        with suppress(ConnectionError):
            self._say(type="RUN_STARTED", **turn)
            self._say(type="TEXT_MESSAGE_START", messageId="answer", role="assistant")
            for number in range(1, int(last) + 1):
                time.sleep(PAUSE_S)
                self._say(type="TEXT_MESSAGE_CONTENT", messageId="answer", delta=f"{number} ")
            self._say(type="TEXT_MESSAGE_END", messageId="answer")
            self._say(type="RUN_FINISHED", **turn)

    def _begin(self, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def _say(self, **event: Any) -> None:
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


if __name__ == "__main__":
    place = (os.environ["HOST"], int(os.environ["PORT"]))  # noqa: TID251 the contract's own names
    ThreadingHTTPServer(place, Counting).serve_forever()
