"""What an AG-UI agent says in the tests with AG-UI's own client."""

import json

from fakes.proxy.runtime import EVENTS, Play
from fakes.proxy.wire import Call

RUN = {"threadId": "thread", "runId": "run"}
SDK_ERROR = b'data: {"error": "secret text", "error_type": "ValueError"}\n\n'


def event(kind: str, **members: str) -> bytes:
    """Return an event as an agent sends it."""
    return b"data: %b\n\n" % json.dumps({"type": kind, **members}).encode()


def piece(text: str) -> bytes:
    """Return a piece of the answer's text."""
    return event("TEXT_MESSAGE_CONTENT", messageId="m", delta=text)


BEGUN = event("RUN_STARTED", **RUN) + event("TEXT_MESSAGE_START", messageId="m", role="assistant")
ENDED = event("TEXT_MESSAGE_END", messageId="m") + event("RUN_FINISHED", **RUN)
FAILED = event("RUN_ERROR", message="secret text", code="TheirCode")
TOOL = (
    event("TOOL_CALL_START", toolCallId="t", toolCallName="look")
    + event("TOOL_CALL_ARGS", toolCallId="t", delta='{"at": 1}')
    + event("TOOL_CALL_END", toolCallId="t")
    + event("TOOL_CALL_RESULT", messageId="r", toolCallId="t", content="seen", role="tool")
)


def dies(*pieces: bytes) -> Play:
    """Answer with these chunks; then the agent is gone, in the middle of its answer."""

    async def play(call: Call) -> None:
        call.begin(headers=EVENTS)
        for some in pieces:
            call.chunk(some)
        # Not its abort: what was said is on its way.
        call.transport.close()

    return play
