"""What one agent says in an AG-UI run: what it has open at the moment, and when that is closed.

Agents at work at the same time each have a voice: their pieces come in any order, and a client puts
them together by the ids of messages and calls.
"""

from collections.abc import Callable

from proxy.events.frames import frame
from proxy.events.moves import (
    Argued,
    BlockEnded,
    Called,
    MessageEnded,
    Reasoned,
    Returned,
    Said,
)

NewId = Callable[[], str]
"""Returns an id that nothing else has."""


class Voice:
    """One agent, told in order. Every method returns the events to send."""

    def __init__(self, new_id: NewId) -> None:
        self._new_id = new_id
        self._text: str | None = None
        """The message that is being written."""
        self._reasoning: str | None = None
        self._call: str | None = None
        self._parent: str | None = None
        """The last message with text, in the model's present turn: its calls belong to it."""

    def tell(
        self, move: Said | Reasoned | Called | Argued | BlockEnded | MessageEnded | Returned
    ) -> bytes:
        """Tell what the agent did next."""
        if isinstance(move, Said | Reasoned | Argued):
            return self._tell_piece(move)
        if isinstance(move, Called | Returned):
            return self._tell_of_tools(move)
        if isinstance(move, BlockEnded):
            return self._close_block()
        return self._end_message()

    def close(self) -> bytes:
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

    def give_up(self, call_id: str) -> bytes:
        """Close this call, if it is open: a client knows one of an id at a time."""
        return self.close() if self._call == call_id else b""

    def _tell_piece(self, move: Said | Reasoned | Argued) -> bytes:
        if isinstance(move, Said):
            return self._say(move.delta)
        if isinstance(move, Reasoned):
            return self._reason_on(move.delta)
        return self._argue(move.call_id, move.delta)

    def _say(self, delta: str) -> bytes:
        begun = b""
        if self._text is None:
            begun = self.close()
            self._text = self._parent = self._new_id()
            begun += frame("TEXT_MESSAGE_START", messageId=self._text, role="assistant")
        return begun + frame("TEXT_MESSAGE_CONTENT", messageId=self._text, delta=delta)

    def _reason_on(self, delta: str) -> bytes:
        begun = b""
        if self._reasoning is None:
            begun = self.close()
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
        closed = self.close()
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
        return b"" if self._text is not None else self.close()

    def _end_message(self) -> bytes:
        closed = self.close()
        self._parent = None
        return closed
