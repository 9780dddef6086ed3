"""`GET /api/agents`: the agents that the person's tenant may use."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from bff.access import Gated, LiveSession
from trust.registry.registry import agents_of, tenant_by_id

router = APIRouter(prefix="/api", tags=["agents"])


class AgentDocument(BaseModel):
    """An agent, as its users know it."""

    name: str
    title: str
    description: str
    protocol: Literal["AGUI", "HTTP", "MCP", "A2A"]


class AgentsDocument(BaseModel):
    """The tenant's agents, in the order to show them."""

    agents: list[AgentDocument]


class AgentCardDocument(BaseModel):
    """An A2A agent card (0.3 §5.5, 1.0 §4.4.1); members differ by revision."""

    model_config = ConfigDict(extra="allow")

    name: str


@router.get("/agents")
async def agents(gate: Gated, session: LiveSession) -> AgentsDocument:
    """List the agents."""
    tenant = await tenant_by_id(gate.registry, session.owner.tenant)
    found = await agents_of(gate.registry, tenant.id)
    return AgentsDocument(
        agents=[
            AgentDocument(
                name=agent.name,
                title=agent.title,
                description=agent.description,
                protocol=agent.heard_as.value,
            )
            for agent in found
        ]
    )


@router.get("/agents/{agent}/.well-known/agent-card.json")
async def agent_card(agent: str, gate: Gated, session: LiveSession) -> AgentCardDocument:
    """Show the card of an A2A agent, which is reached here and nowhere else."""
    found = await gate.turns.agent(session, agent)
    return AgentCardDocument.model_validate(await gate.cards.of(session, found))
