"""Lambda's Runtime API, version 2018-06-01, with its streaming responses.

The streaming protocol is not in AWS's description of the Runtime API; it is what the Node.js
runtime interface client speaks: a chunked POST with
`Lambda-Runtime-Function-Response-Mode: streaming`, and a failure in mid-stream told in trailers.
"""

import base64
import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from proxy.lambda_stream.http import Connection, Response, RuntimeApiLost, Upload

REPORT_TIMEOUT_S = 10.0
"""How long the Runtime API may take to acknowledge a report."""

_BASE = "/2018-06-01/runtime"
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
_STREAMED = {
    "Content-Type": "application/vnd.awslambda.http-integration-response",
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    "Trailer": f"{_ERROR_TYPE}, {_ERROR_BODY}",
}
_ID = re.compile(r"[0-9A-Za-z-]{1,128}", re.ASCII)


class Invocation(NamedTuple):
    """One event that waits for its answer."""

    id: str
    deadline_ms: int
    """When Lambda ends it, in milliseconds since 1970."""
    trace_id: str | None
    """X-Ray's, as a header value; None where tracing is off."""
    event: bytes


class Failure(NamedTuple):
    """What Lambda is told of a failure: a kind and a fixed sentence, never an exception's text."""

    kind: str
    message: str

    def body(self) -> bytes:
        """Return it as the Runtime API reads it."""
        return json.dumps(
            {"errorType": self.kind, "errorMessage": self.message, "stackTrace": []}
        ).encode()

    def trailers(self) -> Mapping[str, str]:
        """Return it as the end of a stream that has begun."""
        return {_ERROR_TYPE: self.kind, _ERROR_BODY: base64.b64encode(self.body()).decode()}


class RuntimeApi:
    """The Runtime API at one address, asked for one invocation after the other."""

    def __init__(self, authority: str) -> None:
        """`authority`: host and port, as in `AWS_LAMBDA_RUNTIME_API`."""
        self._connection = Connection(authority)

    async def next(self) -> Invocation:
        """Wait for the next event, however long: the sandbox is frozen meanwhile.

        Raises RuntimeApiLost.
        """
        kept = self._connection.is_open
        try:
            answer = await self._next()
        except RuntimeApiLost:
            if not kept:
                raise
            # The connection was closed behind our back, between two invocations.
            answer = await self._next()
        return _invocation(answer)

    async def _next(self) -> Response:
        path = f"{_BASE}/invocation/next"
        return await self._connection.request("GET", path, {}, within_s=None)

    async def respond(self, invocation: Invocation) -> Upload:
        """Begin the streamed answer. Raises RuntimeApiLost."""
        return await self._connection.upload(_of(invocation, "response"), _STREAMED)

    async def fail(self, invocation: Invocation, failure: Failure) -> None:
        """Tell that there is no answer, and none has begun. Raises RuntimeApiLost."""
        await self._report(_of(invocation, "error"), failure)

    async def fail_to_start(self, failure: Failure) -> None:
        """Tell that this process cannot serve. Raises RuntimeApiLost."""
        await self._report(f"{_BASE}/init/error", failure)

    def close(self) -> None:
        """Drop the connection."""
        self._connection.close()

    async def _report(self, path: str, failure: Failure) -> None:
        headers = {"Content-Type": "application/json", _ERROR_TYPE: failure.kind}
        await self._connection.request(
            "POST", path, headers, failure.body(), within_s=REPORT_TIMEOUT_S
        )


def _of(invocation: Invocation, verb: str) -> str:
    return f"{_BASE}/invocation/{invocation.id}/{verb}"


def _invocation(answer: Response) -> Invocation:
    if answer.status != 200:  # noqa: PLR2004 OK
        raise RuntimeApiLost(f"next: {answer.status}")
    headers = answer.headers
    try:
        return Invocation(
            id=_id(headers["lambda-runtime-aws-request-id"]),
            deadline_ms=int(headers["lambda-runtime-deadline-ms"]),
            trace_id=headers.get("lambda-runtime-trace-id"),
            event=answer.body,
        )
    except (KeyError, ValueError) as error:
        raise RuntimeApiLost(f"next: {error}") from error


def _id(raw: str) -> str:
    # It becomes a part of a path.
    if not _ID.fullmatch(raw):
        raise ValueError("no request id")
    return raw
