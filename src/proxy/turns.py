"""Turns: everything that a message needs before it may go to an agent."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from proxy.errors import AskedAlready
from proxy.invocation import Turn
from proxy.protocols.asked import GOING_ON, Asked, Unnamed
from proxy.protocols.mcp_session import McpSessions, Named, reached
from proxy.runtime import Runtime
from proxy.stopping import stop_turn
from proxy.streams import Streams
from trust import log
from trust.chat.chats import TOUCH_EVERY_S, Chats
from trust.chat.record import Chat, ChatUnknown, title_of
from trust.clock import Clock, NumericDate
from trust.coordinates import TenantId
from trust.errors import TrustError
from trust.grant.grants import Grants
from trust.grant.record import Credentials
from trust.journal.journal import Journal
from trust.registry.record import Agent, AgentAuth, AgentUnknown, Protocol
from trust.registry.registry import Registry, agent_of, tenant_by_id
from trust.remembered import Remembered
from trust.secret import Secret
from trust.session.record import Owner, Session
from trust.session.strength import hold_to_strength
from trust.store.table import Key, StoreUnavailable

KNOWN_S = 0.25
"""How long it is remembered, on top of what the registry remembers, who may use which agent."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Turns:
    """Prepares turns, and ends chats. Every question is asked for the session's own tenant."""

    registry: Registry
    known: Remembered[tuple[TenantId, str], Agent]
    """Agents that tenants were found to be allowed a moment ago."""
    chats: Chats
    grants: Grants
    runtime: Runtime
    streams: Streams
    clock: Clock
    mcp: McpSessions
    journal: Journal
    new_id: Callable[[], str]
    """Returns an id that nothing else has."""
    noting: set[Key] = field(default_factory=set[Key])
    """Chats of which it is just being written down that they go on."""

    async def agent(self, session: Session, name: str) -> Agent:
        """Return the agent if the session's tenant may use it. Raises AgentUnknown and others."""
        wanted = (session.owner.tenant, name)
        agent = self.known.get(wanted)
        if agent is None:
            asked_at = self.known.asking()
            tenant = await tenant_by_id(self.registry, session.owner.tenant)
            agent = await agent_of(self.registry, tenant.id, name)
            self.known.put(wanted, agent, asked_at)
        return agent

    def questions(
        self, owner: Owner, name: str | None, chat_id: str | None
    ) -> list[Coroutine[Any, Any, object]]:
        """Return what a turn will ask the store for, as far as it is not remembered.

        `name`: None for what is no turn, and asks for the tenant alone.
        """
        found = list[Coroutine[Any, Any, object]]()
        if name is None:
            found.append(self.registry.tenant(owner.tenant))
        elif self.known.get((owner.tenant, name)) is None:
            found += self.registry.tenant(owner.tenant), self.registry.agents()
        if chat_id is not None:
            found.append(self.chats.find(owner, chat_id, now=self.clock.now()))
        return found

    async def prepare(
        self,
        session: Session,
        agent: Agent,
        asked: Asked,
        *,
        chat_id: str | None,
        mcp: Secret | None = None,
    ) -> Turn:
        """Return the turn, with its grants and its chat; `mcp`: the id of its MCP session.

        Raises AuthenticationInsufficient, ChatUnknown, GrantDenied, GrantUnavailable. Grants come
        before the chat, so that a refused message leaves no empty chat behind.
        """
        now = self.clock.now()
        hold_to_strength(session, agent, now=now)
        known: Chat | None = None
        if chat_id is not None:
            known = await self._continued(session, agent, chat_id, now)
        elif asked.unnamed is Unnamed.GOES_ON:
            known = await self.chats.latest(session.owner, agent.name, now=now)
        caller, data = await self._granted(session, agent)
        chat = known or await self._begun(session, agent, asked.words)
        headers = asked.headers
        if agent.protocol is Protocol.MCP:
            way = reached(chat, agent, mcp, opens=asked.opens_session)
            chat, headers = way.chat, {**headers, **way.headers}
        begun = known is None
        return Turn(session, agent, chat, asked.accept, caller, data, headers, begun=begun)

    async def ask_once(self, turn: Turn, message: str, *, by: str) -> None:
        """Let a message pass for the first time.

        Chromium repeats a request by itself whose kept-alive connection broke before an answer
        began, POST or not. `message`: the client's name for it; `by`: the request's own id. Raises
        AskedAlready.
        """
        chat = turn.chat
        before = await self.chats.asked_in(chat, message, by=by, now=self.clock.now())
        if before is None:
            return
        if turn.begun:
            await self.chats.forget(chat)
        raise AskedAlready("a message of a name that was asked before", chat=before)

    async def noted(self, turn: Turn, words: str | None) -> None:
        """Write down that a chat went on; `words`: None if nothing was asked.

        When the turn is over: nobody waits for it, and it is no turn's failure if it cannot be.
        """
        if words is None or not _is_due(turn.chat, self.clock.now()):
            return
        key = turn.chat.key
        if key in self.noting:
            # Another turn of it, which has ended in the same moment.
            return
        self.noting.add(key)
        try:
            await self._note(turn, words)
        except ChatUnknown:
            log.event("chat.gone", chat=turn.chat.id)
        except TrustError as error:
            log.fault("chat.not_noted", error, chat=turn.chat.id)
        finally:
            self.noting.discard(key)

    async def _note(self, turn: Turn, words: str) -> None:
        chat, now = turn.chat, self.clock.now()
        # As it is in the book: the turn's may have an MCP server's session in it.
        found = await self.chats.find(chat.owner, chat.id, now=now)
        if not _is_due(found, now):
            return
        title = found.title or title_of(words)
        touched = await self.chats.touch(found, title=title, now=now)
        if turn.agent.protocol in GOING_ON:
            await self.chats.note_latest(touched)

    async def stop(self, session: Session, chat_id: str, mcp: Secret | None = None) -> Chat:
        """End the chat's running turn here and in the runtime. Raises ChatUnknown and others.

        `mcp`: the id of its MCP session, where the browser has named that.
        """
        chat = await self.chats.find(session.owner, chat_id, now=self.clock.now())
        self.streams.stop(chat.key)
        try:
            # Before its agent goes away, whichever process records the turn can know why.
            await self.journal.stop(session.owner, chat.id, now=self.clock.now())
        except StoreUnavailable:
            # Who presses stop means the agent: a store that takes nothing must not let it go on.
            await self._stop_agent(session, chat, mcp)
            raise
        await self._stop_agent(session, chat, mcp)
        return chat

    async def _stop_agent(self, session: Session, chat: Chat, mcp: Secret | None) -> None:
        try:
            agent = await self.agent(session, chat.agent)
        except AgentUnknown:
            # The tenant lost the agent: there is no role left under which it could be stopped.
            return
        caller = await self._caller(session, agent)
        way = reached(chat, agent, mcp)
        turn = Turn(
            session=session,
            agent=agent,
            chat=way.chat,
            accept="application/json",
            caller=caller,
            data=None,
            headers=way.headers,
        )
        await stop_turn(self.runtime, turn)

    async def forget(self, session: Session, chat_id: str, mcp: Secret | None = None) -> None:
        """Stop the chat and remove it. Raises ChatUnknown and others."""
        chat = await self.stop(session, chat_id, mcp)
        await self.chats.forget(chat)
        await self.journal.forget(session.owner, chat.id, now=self.clock.now())

    async def end_session(self, session: Session, agent: Agent, named: Named) -> None:
        """Forget the chat of an MCP session with this agent. Raises ChatUnknown and others."""
        await self._continued(session, agent, named.chat_id, self.clock.now())
        await self.forget(session, named.chat_id, named.session)

    async def _granted(
        self, session: Session, agent: Agent
    ) -> tuple[Credentials | None, Credentials | None]:
        if agent.auth is AgentAuth.JWT:
            return None, await self.grants.data(session, agent)
        held = await self.grants.both(session, agent)
        return held.caller, held.data

    async def _caller(self, session: Session, agent: Agent) -> Credentials | None:
        if agent.auth is AgentAuth.JWT:
            return None
        return await self.grants.caller(session, agent)

    async def _continued(
        self, session: Session, agent: Agent, chat_id: str, now: NumericDate
    ) -> Chat:
        chat = await self.chats.find(session.owner, chat_id, now=now)
        if chat.agent != agent.name:
            # One agent's chat is no chat of another's: its runtime session is elsewhere.
            raise ChatUnknown("the chat is with another agent")
        return chat

    async def _begun(self, session: Session, agent: Agent, words: str | None) -> Chat:
        title = title_of(words or "")
        chat = await self.chats.begin(session.owner, agent.name, title, self.clock.now())
        if agent.protocol in GOING_ON:
            # At once: the next message may be on its way, and need not name it.
            await self.chats.note_latest(chat)
        return chat


def _is_due(chat: Chat, now: NumericDate) -> bool:
    """Tell whether it is to be written down that a chat goes on."""
    return not chat.title or now - chat.updated_at >= TOUCH_EVERY_S
