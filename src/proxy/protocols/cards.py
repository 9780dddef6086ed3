"""Agent cards: asked for with GetAgentCard, written anew for the browser, and kept for a while.

Each asking may start a microVM for nothing but the card, so one answer serves a tenant's people for
some minutes. To ask is a permission of its own, `bedrock-agentcore:GetAgentCard`.
"""

import asyncio
from dataclasses import dataclass

from proxy.errors import AgentFailed, AgentTimeout
from proxy.invocation import DataPlane
from proxy.protocols.agent_card import rewritten
from proxy.protocols.card_call import CardWanted, card_call
from proxy.protocols.jsonrpc import read_object
from proxy.runtime import opened, refused
from trust.clock import Clock
from trust.errors import RequestError
from trust.grant.grants import Grants
from trust.registry.record import Agent, AgentAuth, AgentUnknown, Protocol
from trust.remembered import Remembered
from trust.session.record import Session
from trust.session.strength import hold_to_strength
from trust.wire.call import Broken, Wire, whole

CARD_TIMEOUT_S = 35.0
"""How long a card may take: AgentCore gives a container 30 s to start."""

CARD_BYTES = 262_144
"""Longest card that is read."""

CARD_CACHE_S = 300.0
"""How long a card is kept: what a new version of the agent can do is seen after that."""

Card = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSource:
    """Where cards come from, and under which origin their agents are reached."""

    wire: Wire
    plane: DataPlane
    grants: Grants
    public_origin: str


class AgentCards:
    """The cards of A2A agents, one question per agent and tenant at a time."""

    def __init__(self, source: CardSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._remembered = Remembered[str, Card](clock, CARD_CACHE_S)

    async def of(self, session: Session, agent: Agent) -> Card:
        """Return the agent's card; `agent` is one that the session's tenant may use.

        Raises AgentUnknown (of an agent that speaks something else), AuthenticationInsufficient,
        AgentFailed, AgentUnreachable, AgentTimeout, AgentBusy, GrantDenied, GrantUnavailable.
        """
        if agent.protocol is not Protocol.A2A:
            raise AgentUnknown("an agent without a card")
        hold_to_strength(session, agent, now=self._clock.now())
        return await self._remembered.answer(
            _key(session, agent), lambda: self._asked(session, agent)
        )

    async def _asked(self, session: Session, agent: Agent) -> Card:
        source = self._source
        caller = None
        if agent.auth is not AgentAuth.JWT:
            caller = await source.grants.caller(session, agent)
        wanted = CardWanted(session=session, agent=agent, caller=caller)
        try:
            async with asyncio.timeout(CARD_TIMEOUT_S):
                body = await self._body(wanted)
        except TimeoutError as error:
            raise AgentTimeout("GetAgentCard did not answer") from error
        return rewritten(_parsed(body), url=_address(source.public_origin, agent))

    async def _body(self, wanted: CardWanted) -> bytes:
        call = card_call(wanted, self._source.plane, now=self._clock.now())
        answer = await opened(self._source.wire, call)
        refusal = refused(answer)
        if refusal is not None:
            answer.close()
            raise refusal
        try:
            return await whole(answer, limit=CARD_BYTES)
        except Broken as error:
            raise AgentFailed(str(error)) from error


def _parsed(body: bytes) -> Card:
    try:
        return read_object(body)
    except RequestError as error:
        # Whose fault it is differs: what the browser sent was in order.
        raise AgentFailed("the agent's card is no JSON object") from error


def _address(origin: str, agent: Agent) -> str:
    return f"{origin}/api/agents/{agent.name}/invocations"


def _key(session: Session, agent: Agent) -> str:
    """Return what a card is remembered by: what another tenant's agent says is told to nobody.

    Asked for with somebody's own token, it is that person's.
    """
    whose = session.owner.subject if agent.auth is AgentAuth.JWT else ""
    place = (agent.runtime_arn, agent.qualifier, agent.name)
    return "\n".join((session.owner.tenant, whose, *place))
