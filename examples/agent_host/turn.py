"""One turn of a conversation, as AG-UI events."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

from ag_ui.core import (
    PROTOCOL_VERSION,
    BaseEvent,
    MessagesSnapshotEvent,
    RunAgentInput,
    RunErrorEvent,
    RunFinishedEvent,
    RunFinishedSuccessOutcome,
    RunStartedEvent,
    TextMessageContentEvent,
    TextMessageStartEvent,
    ToolCallResultEvent,
    UserMessage,
)
from ag_ui_strands import (  # type: ignore[import-untyped] # it ships no types
    StrandsAgent,  # pyright: ignore[reportUnknownVariableType] as above
    StrandsAgentConfig,  # pyright: ignore[reportUnknownVariableType] as above
)
from strands import Agent

from agent_host.conversation import shown
from agent_host.invocation import Invocation
from agent_host.stream import Tell

_TOLD = ("RUN_", "TEXT_MESSAGE_", "TOOL_CALL_", "REASONING_")
"""Kinds of events that leave the agent. Raw and custom ones may carry what is nobody's business."""

STOPPED = "(Stopped before an answer.)"


class Turn:
    """The agent's answer to one message; `stop` ends it early and keeps what was said so far."""

    def __init__(self, agent: Agent, invocation: Invocation) -> None:
        """Prepare the turn; `agent` remembers the conversation."""
        self._agent = agent
        self._invocation = invocation
        self._said = ""

    def stop(self) -> None:
        """End the answer at its next piece."""
        said = self._said.rstrip()
        self._agent.cancel(message=f"{said} …" if said else STOPPED)

    async def run(self, prompt: str, tell: Tell) -> None:
        """Let the agent answer, event by event."""
        async with aclosing(self._events(prompt)) as events:
            async for event in events:
                self._remember(event)
                told = self._told(event)
                if told is not None:
                    await tell(told)

    def _events(self, prompt: str) -> AsyncGenerator[BaseEvent]:
        session = self._invocation.session
        adapter = StrandsAgent(
            self._agent,
            name=self._agent.name,
            config=StrandsAgentConfig(
                # The storage has the history, and the client has what it has seen.
                emit_messages_snapshot=False,
                replay_history_into_strands=False,
                session_manager_provider=lambda _input: None,
            ),
            agents_by_thread={session: self._agent},
        )
        # Of the client's input nothing goes further but the person's words: no tools, no context,
        # no state, no earlier messages that the agent did not hear or say itself.
        words = UserMessage(id="prompt", content=prompt)
        run = RunAgentInput(thread_id=session, run_id=self._invocation.run_id, messages=[words])
        return cast("AsyncGenerator[BaseEvent]", adapter.run(run))

    def _remember(self, event: BaseEvent) -> None:
        if isinstance(event, TextMessageStartEvent):
            self._said = ""
        elif isinstance(event, TextMessageContentEvent):
            self._said += event.delta

    def _told(self, event: BaseEvent) -> BaseEvent | None:
        if isinstance(event, RunErrorEvent):
            # Its message is an exception's text.
            return failure("agent_failed", "The agent could not finish its answer.")
        if isinstance(event, RunStartedEvent | RunFinishedEvent):
            return event.model_copy(update={"thread_id": self._invocation.thread_id})
        if isinstance(event, ToolCallResultEvent) and isinstance(event.content, str):
            return event.model_copy(update={"content": _plain(event.content)})
        return event if event.type.value.startswith(_TOLD) else None


def _plain(content: str) -> str:
    """Return a tool's words as they are stored: the adapter puts a text into JSON's quotes."""
    try:
        words: object = json.loads(content)
    except ValueError:
        return content
    return words if isinstance(words, str) else content


def started(invocation: Invocation) -> RunStartedEvent:
    """Return the event that opens a run."""
    return RunStartedEvent(
        thread_id=invocation.thread_id,
        run_id=invocation.run_id,
        protocol_version=PROTOCOL_VERSION,
    )


def failure(code: str, message: str) -> RunErrorEvent:
    """Return the event that ends a run badly, in our own words."""
    return RunErrorEvent(code=code, message=message)


def so_far(agent: Agent, invocation: Invocation) -> list[BaseEvent]:
    """Return the run that shows the conversation so far and says nothing new."""
    return [
        started(invocation),
        MessagesSnapshotEvent(messages=shown(agent.messages)),
        RunFinishedEvent(
            thread_id=invocation.thread_id,
            run_id=invocation.run_id,
            outcome=RunFinishedSuccessOutcome(),
        ),
    ]
