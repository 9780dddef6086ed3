"""A run as AG-UI tells it: its beginning, whoever speaks in it, and its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy.events.frames import PROTOCOL_VERSION, frame
from proxy.events.moves import Apart, Asked, Called, Deed, MessageEnded
from proxy.events.voice import NewId, Voice
from trust.errors import TrustError

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
        self._voices: dict[str, Voice] = {}
        """Of each of the agents at work, by its place in their graph; "" is the only one's."""
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

    def tell(self, move: Deed | Apart) -> bytes:
        """Tell what the agent, or one of several, did next."""
        node, deed = (move.node, move.deed) if isinstance(move, Apart) else ("", move)
        if isinstance(deed, Asked):
            self._asked.append(deed)
            return b""
        if isinstance(deed, MessageEnded):
            self._reason = deed.reason or self._reason
        before = self._given_up(deed.call_id) if isinstance(deed, Called) else b""
        voice = self._voices.get(node)
        if voice is None:
            voice = self._voices[node] = Voice(self._new_id)
        return before + voice.tell(deed)

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

    def _given_up(self, call_id: str) -> bytes:
        """Close a call that bears the id of the next: some providers' ids are the tools' names."""
        return b"".join(voice.give_up(call_id) for voice in self._voices.values())

    def _close(self) -> bytes:
        return b"".join(voice.close() for voice in self._voices.values())

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
