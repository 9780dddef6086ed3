"""A run as AG-UI tells it: what is open at the moment, and what has to be closed when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from proxy.events.frames import PROTOCOL_VERSION, frame
from proxy.events.moves import (
    Argued,
    Asked,
    BlockEnded,
    Called,
    Deed,
    MessageEnded,
    Reasoned,
    Returned,
    Said,
)
from trust.errors import TrustError

NewId = Callable[[], str]
"""Returns an id that nothing else has."""

_MOST_ID_CHARS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIds:
    """What the client calls the conversation and this run: it gets both back in the events."""

    thread_id: str
    run_id: str


def run_ids(members: Mapping[str, Any], new_id: NewId) -> RunIds:
    """Return the ids in a `RunAgentInput`; new ones in the place of those that it lacks."""
    return RunIds(
        thread_id=_given(members.get("threadId")) or new_id(),
        run_id=_given(members.get("runId")) or new_id(),
    )


def _given(value: object) -> str | None:
    return value if isinstance(value, str) and len(value) <= _MOST_ID_CHARS else None


def silent_run(ids: RunIds) -> bytes:
    """Return a whole run in which nothing is said.

    For a client that asks for the conversation so far (`messages` is empty): a plain agent knows no
    such question, and must not be called to answer nothing.
    """
    run = Run(ids, lambda: "")
    return run.start() + run.finish()


class Run:
    """One run, told in order. Every method returns the events to send."""

    def __init__(self, ids: RunIds, new_id: NewId) -> None:
        self._ids = ids
        self._new_id = new_id
        self._started = False
        self._text: str | None = None
        """The message that is being written."""
        self._reasoning: str | None = None
        self._call: str | None = None
        self._parent: str | None = None
        """The last message with text, in the model's present turn: its calls belong to it."""
        self._asked: list[Asked] = []
        self._reason: str | None = None

    def start(self) -> bytes:
        """Begin the run, if it has not begun."""
        if self._started:
            return b""
        self._started = True
        return frame(
            "RUN_STARTED",
            threadId=self._ids.thread_id,
            runId=self._ids.run_id,
            protocolVersion=PROTOCOL_VERSION,
        )

    def tell(self, move: Deed) -> bytes:
        """Tell what the agent did next."""
        if isinstance(move, Said | Reasoned | Argued):
            return self._tell_piece(move)
        if isinstance(move, Called | Returned):
            return self._tell_of_tools(move)
        if isinstance(move, BlockEnded):
            return self._close_block()
        if isinstance(move, MessageEnded):
            return self._end_message(move.reason)
        self._asked.append(move)
        return b""

    def finish(self) -> bytes:
        """End the run well."""
        return self._close() + frame(
            "RUN_FINISHED",
            threadId=self._ids.thread_id,
            runId=self._ids.run_id,
            outcome=self._outcome(),
        )

    def fail(self, why: TrustError) -> bytes:
        """End the run badly, in our own words."""
        return self._close() + frame("RUN_ERROR", message=why.title, code=why.code)

    def _tell_piece(self, move: Said | Reasoned | Argued) -> bytes:
        if isinstance(move, Said):
            return self._say(move.delta)
        if isinstance(move, Reasoned):
            return self._reason_on(move.delta)
        return self._argue(move.call_id, move.delta)

    def _say(self, delta: str) -> bytes:
        begun = b""
        if self._text is None:
            begun = self._close()
            self._text = self._parent = self._new_id()
            begun += frame("TEXT_MESSAGE_START", messageId=self._text, role="assistant")
        return begun + frame("TEXT_MESSAGE_CONTENT", messageId=self._text, delta=delta)

    def _reason_on(self, delta: str) -> bytes:
        begun = b""
        if self._reasoning is None:
            begun = self._close()
            self._reasoning = own_id = self._new_id()
            begun += frame("REASONING_START", messageId=own_id)
            begun += frame("REASONING_MESSAGE_START", messageId=own_id, role="reasoning")
        return begun + frame("REASONING_MESSAGE_CONTENT", messageId=self._reasoning, delta=delta)

    def _argue(self, call_id: str, delta: str) -> bytes:
        # Arguments of a call that is closed would be an error to the client.
        if call_id != self._call:
            return b""
        return frame("TOOL_CALL_ARGS", toolCallId=call_id, delta=delta)

    def _tell_of_tools(self, move: Called | Returned) -> bytes:
        closed = self._close()
        if isinstance(move, Returned):
            return closed + frame(
                "TOOL_CALL_RESULT",
                messageId=self._new_id(),
                toolCallId=move.call_id,
                content=move.content,
                role="tool",
            )
        self._call = move.call_id
        return closed + frame(
            "TOOL_CALL_START",
            toolCallId=move.call_id,
            toolCallName=move.tool,
            parentMessageId=self._parent,
        )

    def _close_block(self) -> bytes:
        """Close what is complete with its block; a message's text may go on in the next one."""
        return b"" if self._text is not None else self._close()

    def _end_message(self, reason: str | None) -> bytes:
        closed = self._close()
        self._parent = None
        self._reason = reason or self._reason
        return closed

    def _close(self) -> bytes:
        """Close what is open; there is one thing at most."""
        closed = b""
        if self._text is not None:
            closed = frame("TEXT_MESSAGE_END", messageId=self._text)
        elif self._reasoning is not None:
            closed = frame("REASONING_MESSAGE_END", messageId=self._reasoning)
            closed += frame("REASONING_END", messageId=self._reasoning)
        elif self._call is not None:
            closed = frame("TOOL_CALL_END", toolCallId=self._call)
        self._text = self._reasoning = self._call = None
        return closed

    def _outcome(self) -> dict[str, Any]:
        if self._asked:
            return {"type": "interrupt", "interrupts": [_interrupt(asked) for asked in self._asked]}
        return {"type": "cancelled" if self._reason == "cancelled" else "success"}


def _interrupt(asked: Asked) -> dict[str, Any]:
    members = {
        "id": asked.interrupt_id,
        "reason": asked.name,
        "message": asked.message,
        "toolCallId": asked.call_id,
    }
    return {name: value for name, value in members.items() if value is not None}
