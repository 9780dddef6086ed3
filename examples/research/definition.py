"""The research agent: it looks things up, under policies, a guardrail and evaluation."""

import hashlib
from pathlib import Path
from typing import Any

from agent_host.code_interpreter import run_python_tool, sandbox_of
from agent_host.definition import AgentDefinition, Opening
from agent_host.model import model_for, turn_of
from agent_host.settings import Settings
from deepresearch.budget import Budget, limits_of
from deepresearch.definition import library_of
from deepresearch.fence import Fence
from deepresearch.reading import Reading
from deepresearch.recall import Memory, Recall, memory_of
from gateway_tool.definition import titanic_tools
from strands import tool  # pyright: ignore[reportUnknownVariableType] its schema is a bare dict

from research.policy import PolicyCheck, policies_of
from research.replies import reply

POLICIES = Path(__file__).resolve().parents[1] / "4-research" / "policies"

SYSTEM_PROMPT = """\
You answer questions from sources, in Markdown, and say nothing that no source says. Search, read \
what fits, and put [1] behind what the first source proves, [2] behind what the second does. End \
with a heading "## Sources" and a numbered list of title and address. Questions about passengers \
of the Titanic go to the tools whose names begin with titanic___. If a policy refuses a call, say \
so and do not look for a way round it."""


def research(settings: Settings) -> AgentDefinition:
    """Define the agent."""
    library = library_of(settings)
    sandbox = sandbox_of(settings)
    memory = memory_of(settings)
    policies = policies_of(POLICIES, role_arn=settings.role_arn)

    def tools(opening: Opening) -> list[Any]:
        reading = Reading(library, fence_of(opening), Budget(limits_of(settings.numbers)))
        return [
            *reading.tools(),
            *titanic_tools(settings),
            *memory_tools(memory, settings, opening),
            run_python_tool(sandbox, settings.code_interpreter_id),
        ]

    return AgentDefinition(
        name="research",
        system_prompt=SYSTEM_PROMPT,
        model=model_for(settings, reply),
        tools=tools,
        during=turn_of(settings),
        rules=lambda opening: fence_of(opening).rule,
        # With a gateway, its policy engine decides, and by what it knows of the caller.
        interventions=lambda _opening: (
            [PolicyCheck(policies)] if settings.gateway_url is None else []
        ),
    )


def fence_of(opening: Opening) -> Fence:
    """Return a conversation's marks, the same ones in each of its turns; no page can know them."""
    return Fence(hashlib.sha256(f"fence:{opening.session}".encode()).hexdigest()[:32])


def memory_tools(memory: Memory | None, settings: Settings, opening: Opening) -> list[Any]:
    """Return the tools of the long-term memory; none without a memory or a grant."""
    if memory is None or opening.grant is None:
        return []
    recall = Recall(memory, settings.memory_id, opening.grant, opening.session)

    @tool
    async def recall_facts(topic: str) -> str:
        """Tell what is known of a topic from earlier conversations.

        Args:
            topic: A few words.
        """
        known = await recall.about(topic)
        # What was kept once may have stood on a page.
        return fence_of(opening).around(known) if known else "Nothing is known of that."

    @tool
    async def keep_fact(topic: str, fact: str) -> str:
        """Keep a fact for later conversations.

        Args:
            topic: What it is about.
            fact: One sentence, with its source.
        """
        await recall.keep(topic, fact)
        return "Kept."

    return [recall_facts, keep_fact]
