"""The agent with its memory of one conversation."""

import json
from collections.abc import Iterator

from ag_ui.core import AssistantMessage, FunctionCall, ToolCall, ToolMessage, UserMessage
from ag_ui.core import Message as ShownMessage
from strands import Agent
from strands.session import SnapshotSessionManager
from strands.types.content import Message, Messages
from strands.types.tools import ToolUse

from agent_host.definition import AgentDefinition, Opening
from agent_host.tool_failures import ToolFailures

INTERRUPTED = "(This answer was interrupted.)"
"""Stands in the conversation where the process ended before the agent had answered."""


def open_conversation(definition: AgentDefinition, opening: Opening) -> Agent:
    """Return the agent as it was after the last turn; reads the storage, so it blocks.

    Raises StorageError, SnapshotException, ToolProviderException.
    """
    prompt = f"{definition.system_prompt}\n\n{definition.rules(opening)}".strip()
    agent = Agent(
        name=definition.name,
        model=definition.model,
        system_prompt=prompt,
        tools=list(definition.tools(opening)),
        hooks=[ToolFailures(), *definition.hooks(opening)],
        interventions=definition.interventions(opening) or None,
        session_manager=SnapshotSessionManager(
            opening.session, storage=opening.storage.namespace("sessions"), save_latest_on="message"
        ),
        # The default one prints the conversation, and so would put it into the log.
        callback_handler=None,
    )
    # A snapshot carries the system prompt of its day; the one of today counts.
    agent.system_prompt = prompt
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
