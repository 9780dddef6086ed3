"""The deep-research agent: it leads a team of sub-agents and keeps their reports."""

import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from agent_host.code_interpreter import run_python_tool, sandbox_of
from agent_host.definition import AgentDefinition, Opening
from agent_host.model import model_for, turn_of
from agent_host.settings import Settings
from agent_host.steps import Steps
from strands import tool  # pyright: ignore[reportUnknownVariableType] its schema is a bare dict

from deepresearch import prompts, replies
from deepresearch.budget import limits_of
from deepresearch.fence import Fence
from deepresearch.library import Library, corpus_of
from deepresearch.recall import Recall, memory_of
from deepresearch.reports import Reports
from deepresearch.team import MAX_QUESTION_CHARS, Team

CORPUS = Path(__file__).resolve().parents[1] / "3-deepresearch" / "corpus"


def deepresearch(settings: Settings) -> AgentDefinition:
    """Define the agent."""
    library = library_of(settings)
    sandbox = sandbox_of(settings)
    memory = memory_of(settings)

    def further() -> list[Any]:
        gateway = _gateway_tools(settings)
        if sandbox is None:
            return gateway
        return [*gateway, run_python_tool(sandbox, settings.code_interpreter_id)]

    def tools(opening: Opening) -> list[Any]:
        team = Team(
            model=partial(model_for, settings),
            library=tenants_library(library, settings, opening),
            further=further,
            limits=limits_of(settings.numbers),
            steps=Steps(opening.tell),
            fence=Fence(uuid.uuid4().hex),
        )
        recall = Recall(memory, settings.memory_id, opening.grant, opening.session)
        return lead_tools(team, reports_of(opening), recall)

    return AgentDefinition(
        name="deepresearch",
        system_prompt=prompts.LEAD,
        model=model_for(settings, replies.lead),
        tools=tools,
        during=during_of(settings),
    )


def reports_of(opening: Opening) -> Reports:
    """Return where this call's reports are kept."""
    return Reports(
        None if opening.grant is None else opening.storage.namespace("reports"),
        now=lambda: datetime.now(UTC),  # noqa: TID251 a report's name
        new_id=lambda: uuid.uuid4().hex[:8],
    )


def library_of(settings: Settings) -> Library:
    """Return what is read: the corpus, with a browser the web, with a search engine more of it."""
    library = _readable(settings)
    if settings.search_url is None:
        return library
    from deepresearch.search_http import Searching

    return Searching(library, settings.search_url, settings.secrets)


def tenants_library(library: Library, settings: Settings, opening: Opening) -> Library:
    """Return what one call reads: with a database and a grant, its tenant's passages as well."""
    if settings.database is None or opening.grant is None:
        return library
    from deepresearch.passages import Passages

    return Passages(library, opening.grant.partition)


def during_of(settings: Settings) -> Callable[[], AbstractAsyncContextManager[None]]:
    """Return what stands around each turn: the model's key, and the way to the database."""
    place, with_key = settings.database, turn_of(settings)
    if place is None:
        return with_key
    from deepresearch.postgres import database_turn

    @asynccontextmanager
    async def with_both() -> AsyncGenerator[None]:
        async with with_key(), database_turn(place, settings.secrets):
            yield

    return with_both


def _readable(settings: Settings) -> Library:
    corpus = corpus_of(CORPUS)
    if settings.browser_id is None:
        return corpus
    from deepresearch.browser import Web, browser_of

    return Web(corpus, browser_of(settings))


def lead_tools(team: Team, reports: Reports, recall: Recall) -> list[Any]:
    """Return the lead's tools."""

    @tool
    async def research(question: str) -> str:
        """Have the team answer a question in a report with sources. Takes a few minutes.

        Args:
            question: The question, in the person's own words.
        """
        asked = question.strip()[:MAX_QUESTION_CHARS]
        if not asked:
            return "There is no question."
        known = await recall.about(asked)
        report = await team.research(asked)
        async with team.steps.step("save"):
            saved = await reports.save(report)
            await recall.keep(asked, report.markdown)
        return "\n\n".join(filter(None, [known, report.markdown, saved]))

    @tool
    async def list_reports() -> str:
        """List the team's latest reports."""
        return await reports.listed()

    return [research, list_reports]


def _gateway_tools(settings: Settings) -> list[Any]:
    if settings.gateway_url is None:
        return []
    from agent_host.gateway import gateway_tools

    return [gateway_tools(settings.gateway_url, region=settings.agentcore_region)]
