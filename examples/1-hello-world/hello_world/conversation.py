"""The agent with its memory of one conversation."""

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from ag_ui.core import AssistantMessage, FunctionCall, ToolCall, ToolMessage, UserMessage
from ag_ui.core import Message as ShownMessage
from strands import Agent
from strands.models import Model
from strands.session import SnapshotSessionManager
from strands.types.content import Message, Messages
from strands.types.tools import ToolUse

from hello_world.data_grant import DataGrant
from hello_world.invocation import SessionId
from hello_world.settings import Settings
from hello_world.storage import storage_for
from hello_world.tools import Surroundings, tools_for

SYSTEM_PROMPT = """\
You are the Hello World agent, a friendly example. Answer briefly, in Markdown. Keep notes for the \
team with write_note, read them with read_notes, and tell the time with current_time."""
INTERRUPTED = "(This answer was interrupted.)"
"""Stands in the conversation where the process ended before the agent had answered."""


def model_for(settings: Settings) -> Model:
    """Return the model that the settings name."""
    if settings.bedrock_model_id is None:
        from hello_world.offline_model import OfflineModel

        return OfflineModel(pause_s=settings.offline_pause_s)
    from strands.models import BedrockModel

    return BedrockModel(model_id=settings.bedrock_model_id, region_name=settings.region)


def open_conversation(model: Model, session: SessionId, grant: DataGrant | None) -> Agent:
    """Return the agent as it was after the last turn; reads the storage, so it blocks.

    Raises StorageError, SnapshotException.
    """
    storage = storage_for(grant)
    surroundings = Surroundings(
        notes=None if grant is None else storage.namespace("notes"),
        now=lambda: datetime.now(UTC),  # noqa: TID251 the tool that tells the time
        new_id=lambda: uuid.uuid4().hex[:8],
    )
    agent = Agent(
        model=model,
        system_prompt=SYSTEM_PROMPT,
        tools=tools_for(surroundings),
        session_manager=SnapshotSessionManager(
            session, storage=storage.namespace("sessions"), save_latest_on="message"
        ),
        # The default one prints the conversation, and so would put it into the log.
        callback_handler=None,
    )
    agent.messages = settled(agent.messages)
    return agent


def settled(messages: Messages) -> Messages:
    """Return the conversation in a form that can go on: it ends with the agent's words.

    A process that was stopped in mid-turn leaves a question without an answer, or a tool call
    without a result, and models refuse both.
    """
    kept = list(messages)
    if kept and kept[-1]["role"] == "assistant" and _has_tool_call(kept[-1]):
        kept.pop()
    if kept and kept[-1]["role"] == "user":
        kept.append({"role": "assistant", "content": [{"text": INTERRUPTED}]})
    return kept


def shown(messages: Messages) -> list[ShownMessage]:
    """Return the conversation as AG-UI messages; equal conversations get equal ids."""
    return [
        message
        for index, stored in enumerate(messages)
        for message in _shown(stored, f"message-{index}")
    ]


def _shown(stored: Message, name: str) -> Iterator[ShownMessage]:
    text = "".join(block["text"] for block in stored["content"] if "text" in block)
    if stored["role"] == "assistant":
        calls = [_call(block["toolUse"]) for block in stored["content"] if "toolUse" in block]
        yield AssistantMessage(id=name, content=text or None, tool_calls=calls or None)
        return
    for index, block in enumerate(stored["content"]):
        if "toolResult" in block:
            result = block["toolResult"]
            words = "".join(part["text"] for part in result["content"] if "text" in part)
            yield ToolMessage(id=f"{name}-{index}", content=words, tool_call_id=result["toolUseId"])
    if text:
        yield UserMessage(id=name, content=text)


def _call(use: ToolUse) -> ToolCall:
    return ToolCall(
        id=use["toolUseId"],
        function=FunctionCall(name=use["name"], arguments=json.dumps(use["input"])),
    )


def _has_tool_call(message: Message) -> bool:
    return any("toolUse" in block for block in message["content"])
