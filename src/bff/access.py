"""Who may call a route, said in its signature."""

from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie

from bff.gate import Gate
from trust.limit.limits import counted
from trust.registry.registry import tenant_by_id
from trust.session.cookie import SESSION_COOKIE
from trust.session.record import Session


async def gate_of(request: Request) -> Gate:
    """Return the running Gatehouse's ports."""
    # Async, though it awaits nothing: FastAPI goes to a thread and back for any other.
    return cast("Gate", request.app.late.opened)


Gated = Annotated[Gate, Depends(gate_of)]
"""The ports; anybody may call."""


_COOKIE = APIKeyCookie(name=SESSION_COOKIE, scheme_name="session", auto_error=False)
"""For the OpenAPI document alone: what a cookie is worth, `Admission` decides."""


async def live_session(
    request: Request, gate: Gated, _cookie: Annotated[str | None, Security(_COOKIE)]
) -> Session:
    """Return the session of the cookie. Raises NotLoggedIn, TenantSuspended, RateLimited."""
    cookies = request.headers.getlist("cookie")
    gate.ahead.begin(cookies, None, request.path_params.get("chat_id"))
    session = await gate.admission.admit(cookies)
    await counted(gate.limits.call(session))
    await tenant_by_id(gate.registry, session.owner.tenant)
    return session


LiveSession = Annotated[Session, Depends(live_session)]
"""Somebody who is logged in, whose tokens are fresh."""
