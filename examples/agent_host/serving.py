"""Serving calls: one turn at a time in each conversation."""

import asyncio
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, contextmanager

from botocore.exceptions import BotoCoreError
from strands import Agent
from strands.types.exceptions import SnapshotException, StorageError, ToolProviderException

from agent_host.conversation import open_conversation
from agent_host.definition import AgentDefinition, Opening, TurnRefused
from agent_host.invocation import Invocation, SessionId
from agent_host.log import event, short_hash
from agent_host.storage import storage_for
from agent_host.stream import Tell
from agent_host.turn import Turn, failure, so_far, started

TURN_S = 900.0
"""How long one answer may take, in seconds."""


class Conversations:
    """The conversations of this process and what is being said in them."""

    def __init__(self, definition: AgentDefinition) -> None:
        """Serve this agent."""
        self._definition = definition
        self._running: dict[SessionId, ServedRun] = {}

    def run_of(self, invocation: Invocation) -> "ServedRun":
        """Return the run that answers a call; it has not begun."""
        return ServedRun(self, invocation)

    def stop_all(self) -> None:
        """End all turns soon."""
        for run in list(self._running.values()):
            run.stop()

    async def opened(self, invocation: Invocation, tell: Tell) -> Agent:
        """Return the agent with its memory.

        Raises StorageError, SnapshotException, ToolProviderException.
        """
        return await asyncio.to_thread(self._open, invocation, tell)

    def _open(self, invocation: Invocation, tell: Tell) -> Agent:
        opening = Opening(
            session=invocation.session,
            grant=invocation.grant,
            storage=storage_for(invocation.grant),
            tell=tell,
        )
        return open_conversation(self._definition, opening)

    def during_turn(self) -> AbstractAsyncContextManager[None]:
        """Return what stands around each turn. Raises TurnRefused when it is entered."""
        return self._definition.during()

    @contextmanager
    def claimed(self, session: SessionId, run: "ServedRun") -> Generator[bool]:
        """Hold the conversation for one run; gives False while another run holds it."""
        if session in self._running:
            yield False
            return
        self._running[session] = run
        try:
            yield True
        finally:
            del self._running[session]


class ServedRun:
    """One call being served."""

    def __init__(self, conversations: Conversations, invocation: Invocation) -> None:
        """Remember what to serve."""
        self._conversations = conversations
        self._invocation = invocation
        self._turn: Turn | None = None
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End the run soon and keep what was said."""
        self._stopping.set()
        if self._turn is not None:
            self._turn.stop()

    async def produce(self, tell: Tell) -> None:
        """Tell the events of the run; a failure is told, too, and never raised."""
        session = self._invocation.session
        try:
            with self._conversations.claimed(session, self) as free:
                outcome = await self._produced(tell) if free else await self._busy(tell)
        except Exception as error:  # noqa: BLE001 the outermost edge: told, and logged by its kind
            event("run.failed", error=type(error).__name__)
            outcome = await self._failed(tell, "agent_failed", "The agent failed.")
        event("run.ended", session=short_hash(session), outcome=outcome)

    async def _busy(self, tell: Tell) -> str:
        return await self._failed(
            tell, "chat_busy", "The agent is still answering in this conversation."
        )

    async def _produced(self, tell: Tell) -> str:
        try:
            agent = await self._conversations.opened(self._invocation, tell)
        except ToolProviderException as error:
            event("tools.unavailable", error=type(error).__name__)
            return await self._failed(
                tell, "tools_unavailable", "The agent's tools cannot be reached at the moment."
            )
        except (StorageError, SnapshotException, BotoCoreError) as error:
            event("history.unavailable", error=type(error).__name__)
            return await self._failed(
                tell, "history_unavailable", "The conversation cannot be read at the moment."
            )
        try:
            return await self._served(agent, tell)
        finally:
            # Connections of tools; the next turn opens its own.
            await asyncio.to_thread(agent.cleanup)

    async def _served(self, agent: Agent, tell: Tell) -> str:
        prompt = self._invocation.prompt
        if prompt is None:
            for shown in so_far(agent, self._invocation):
                await tell(shown)
            return "shown"
        return await self._answered(agent, prompt, tell)

    async def _answered(self, agent: Agent, prompt: str, tell: Tell) -> str:
        if self._stopping.is_set():
            return "stopped"
        self._turn = Turn(agent, self._invocation)
        try:
            async with asyncio.timeout(TURN_S), self._conversations.during_turn():
                await self._turn.run(prompt, tell)
        except TurnRefused as refused:
            return await self._failed(tell, refused.code, refused.message)
        except TimeoutError:
            await tell(failure("turn_too_long", "The answer took too long."))
            return "turn_too_long"
        return "stopped" if self._stopping.is_set() else "answered"

    async def _failed(self, tell: Tell, code: str, message: str) -> str:
        await tell(started(self._invocation))
        await tell(failure(code, message))
        return code
