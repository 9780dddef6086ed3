"""`GET /api/agents`: the agents that the person's tenant may use."""

from fastapi import APIRouter
from fastapi.responses import Response

from bff.access import Gated, LiveSession
from bff.responses import json_response
from trust.registry.registry import agents_of, tenant_by_id

router = APIRouter(prefix="/api", tags=["agents"])


@router.get("/agents")
async def agents(gate: Gated, session: LiveSession) -> Response:
    """List the agents."""
    tenant = await tenant_by_id(gate.registry, session.owner.tenant)
    return json_response(
        {
            "agents": [
                {
                    "name": agent.name,
                    "title": agent.title,
                    "description": agent.description,
                    "protocol": agent.protocol.value,
                }
                for agent in await agents_of(gate.registry, tenant.id)
            ]
        }
    )
