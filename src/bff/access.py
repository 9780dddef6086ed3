"""Who may call a route, said in its signature."""

from typing import Annotated, cast

from fastapi import Depends, Request

from bff.gate import Gate
from trust.registry.registry import tenant_by_id
from trust.session.record import Session


def gate_of(request: Request) -> Gate:
    """Return the running Gatehouse's ports."""
    return cast("Gate", request.app.state.gate)


Gated = Annotated[Gate, Depends(gate_of)]
"""The ports; anybody may call."""


async def live_session(request: Request, gate: Gated) -> Session:
    """Return the session of the request's cookie. Raises NotLoggedIn, TenantSuspended, others."""
    session = await gate.admission.admit(request.headers.getlist("cookie"))
    await tenant_by_id(gate.registry, session.owner.tenant)
    return session


LiveSession = Annotated[Session, Depends(live_session)]
"""Somebody who is logged in, whose tokens are fresh."""
