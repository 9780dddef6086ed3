"""The sub-agents: one plans, several look things up at the same time, one writes.

Their order is this program's and not a model's: what a page says may change what is written, but
neither who works next nor which tools there are.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from agent_host.log import event
from agent_host.offline import Replies
from agent_host.steps import Steps
from agent_host.tool_failures import ToolFailures
from strands import Agent
from strands.models import Model

from deepresearch import prompts, replies
from deepresearch.budget import Budget, Limits
from deepresearch.fence import Fence
from deepresearch.library import Library, Page
from deepresearch.reading import Reading
from deepresearch.report import Report, distinct

MAX_QUESTION_CHARS = 500
MAX_TURNS = 8
"""How often a researcher may call its model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one researcher has found."""

    question: str
    text: str
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who works on one question."""

    model: Callable[[Replies], Model]
    """Makes the model of a role; offline, it answers by the replies."""
    library: Library
    further: Callable[[], Sequence[Any]]
    """Further tools of a researcher, such as the gateway's; may block."""
    limits: Limits
    steps: Steps
    fence: Fence

    async def research(self, question: str) -> Report:
        """Return the report, however far the budget goes."""
        budget = Budget(self.limits)
        async with self.steps.step("plan"):
            questions = await self._plan(question, budget)
        findings = await self._findings(questions, budget)
        sources = distinct(page for finding in findings for page in finding.pages)
        async with self.steps.step("write"):
            body = await self._write(question, findings, sources, budget)
        return Report(question=question, body=body, sources=sources, out_of=budget.out_of)

    async def _plan(self, question: str, budget: Budget) -> list[str]:
        said = await self._asked(
            self._agent(prompts.PLANNER, replies.planner, []), question, budget
        )
        lines = [re.sub(r"^\s*(?:[-*]|\d+[.)])\s*", "", line).strip() for line in said.splitlines()]
        planned = [line[:MAX_QUESTION_CHARS] for line in lines if line]
        return (planned or [question])[: self.limits.questions]

    async def _findings(self, questions: Sequence[str], budget: Budget) -> list[Finding]:
        found: dict[int, Finding] = {}

        async def look(number: int, question: str) -> None:
            async with budget.slots, self.steps.step(f"research {number}"):
                found[number] = await self._look(question, budget)

        try:
            async with asyncio.timeout(self.limits.seconds), asyncio.TaskGroup() as tasks:
                for number, question in enumerate(questions, start=1):
                    tasks.create_task(look(number, question))
        except TimeoutError:
            budget.ran_out("seconds")
        return [found[number] for number in sorted(found)]

    async def _look(self, question: str, budget: Budget) -> Finding:
        reading = Reading(self.library, self.fence, budget)
        try:
            # In a thread, since it may connect to a gateway.
            tools = [*reading.tools(), *await asyncio.to_thread(self.further)]
            researcher = self._agent(prompts.RESEARCHER, replies.researcher, tools)
            text = await self._asked(researcher, question, budget)
        except Exception as error:  # noqa: BLE001 one researcher less; the report goes on
            event("researcher.failed", error=type(error).__name__)
            text = "Nothing: the researcher failed."
        return Finding(question=question, text=text, pages=tuple(reading.read))

    async def _write(
        self, question: str, findings: Sequence[Finding], sources: Sequence[Page], budget: Budget
    ) -> str:
        numbers = {page.address: number for number, page in enumerate(sources, start=1)}
        material = "\n\n".join(
            f"{finding.question}\n{finding.text}\n"
            + " ".join(f"[{numbers[page.address]}]" for page in finding.pages)
            for finding in findings
        )
        asked = f"{question}\n\n{self.fence.around(material)}"
        return await self._asked(self._agent(prompts.WRITER, replies.writer, []), asked, budget)

    def _agent(self, prompt: str, role: Replies, tools: Sequence[Any]) -> Agent:
        return Agent(
            model=self.model(role),
            system_prompt=f"{prompt}\n\n{self.fence.rule}",
            tools=list(tools),
            hooks=[ToolFailures()],
            callback_handler=None,
        )

    async def _asked(self, agent: Agent, text: str, budget: Budget) -> str:
        try:
            result = await agent.invoke_async(
                text, limits={"turns": MAX_TURNS, "total_tokens": budget.tokens_left}
            )
        finally:
            await asyncio.to_thread(agent.cleanup)
        budget.used(result.metrics.accumulated_usage["totalTokens"])
        if result.stop_reason.startswith("limit"):
            budget.ran_out("tokens" if "token" in result.stop_reason else "steps")
        return str(result).strip()
