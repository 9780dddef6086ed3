"""The Hello World agent: its words and its tools."""

import uuid
from datetime import UTC, datetime
from typing import Any

from agent_host.definition import AgentDefinition, Opening
from agent_host.model import model_for, turn_of
from agent_host.settings import Settings

from hello_world.replies import reply
from hello_world.tools import Surroundings, tools_for

SYSTEM_PROMPT = """\
You are the Hello World agent, a friendly example. Answer briefly, in Markdown. Keep notes for the \
team with write_note, read them with read_notes, and tell the time with current_time."""


def hello_world(settings: Settings) -> AgentDefinition:
    """Define the agent."""
    return AgentDefinition(
        name="hello",
        system_prompt=SYSTEM_PROMPT,
        model=model_for(settings, reply),
        during=turn_of(settings),
        tools=_tools,
    )


def _tools(opening: Opening) -> list[Any]:
    return tools_for(
        Surroundings(
            notes=None if opening.grant is None else opening.storage.namespace("notes"),
            now=lambda: datetime.now(UTC),  # noqa: TID251 the tool that tells the time
            new_id=lambda: uuid.uuid4().hex[:8],
        )
    )
