"""`GET /auth/session` and my sessions: who the browser is logged in as, and where else."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bff import cookies
from bff.access import Gated, LiveSession
from bff.login.loop import rounds_in
from bff.responses import json_response
from trust.errors import RequestError
from trust.registry.registry import tenant_by_id
from trust.session.cookie import CookieProblem, read_ticket
from trust.session.errors import NotLoggedIn

router = APIRouter(prefix="/auth", tags=["session"])


class SessionUnknown(RequestError):
    """The person has no such session."""

    code, status, title = "session_unknown", 404, "There is no such session."


@router.get("/session")
async def session(request: Request, gate: Gated) -> Response:
    """Say who is logged in; that nobody is, is an answer, not an error."""
    headers = request.headers.getlist("cookie")
    try:
        found = await gate.admission.identify(headers)
    except NotLoggedIn:
        response = json_response({"authenticated": False})
        if read_ticket(headers) is not CookieProblem.ABSENT:
            cookies.clear_session(response)
        return response
    await gate.limits.call(found)
    tenant = await tenant_by_id(gate.registry, found.owner.tenant)
    identity = found.identity
    response = json_response(
        {
            "authenticated": True,
            "user": {"sub": identity.sub, "name": identity.name, "email": identity.email},
            "tenant": {"id": tenant.id, "name": tenant.name},
            "expires_at": found.final_end,
            "idle_expires_at": found.idle_expires_at,
            "acr": identity.acr,
            "auth_time": identity.auth_time,
        }
    )
    if rounds_in(headers, now=gate.clock.now()) is not None:
        # The login has lasted until here: it does not go round.
        cookies.clear_rounds(response)
    return response


@router.get("/sessions")
async def sessions(gate: Gated, session: LiveSession) -> Response:
    """List the person's sessions."""
    rows = await gate.ledger.sessions(session.owner, now=gate.clock.now())
    return json_response(
        {
            "sessions": [
                {
                    "id": row.id_hash,
                    "device": row.device,
                    "created_at": row.created_at,
                    "last_seen_at": row.seen_at,
                    "expires_at": row.expires_at,
                    "current": row.id_hash == session.id_hash,
                }
                for row in rows
            ]
        }
    )


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: str, gate: Gated, session: LiveSession) -> Response:
    """End one of the person's sessions, by its hashed id."""
    rows = await gate.ledger.sessions(session.owner, now=gate.clock.now())
    if session_id not in {row.id_hash for row in rows}:
        raise SessionUnknown("not one of this person's")
    await _end(gate, session, session_id)
    return Response(status_code=204)


@router.delete("/sessions", status_code=204)
async def end_other_sessions(gate: Gated, session: LiveSession) -> Response:
    """End all of the person's sessions but this one."""
    for row in await gate.ledger.sessions(session.owner, now=gate.clock.now()):
        if row.id_hash != session.id_hash:
            await _end(gate, session, row.id_hash)
    return Response(status_code=204)


async def _end(gate: Gated, session: LiveSession, id_hash: str) -> None:
    await gate.ledger.end(session.owner, id_hash)
    gate.admission.forget(id_hash)
