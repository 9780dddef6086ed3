"""`GET /auth/session` and my sessions: who the browser is logged in as, and where else."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bff import cookies
from bff.access import Gated, LiveSession
from bff.login.loop import rounds_in
from bff.user.documents import (
    NobodyDocument,
    SessionsDocument,
    SomebodyDocument,
    listed,
    somebody,
)
from trust import audit
from trust.audit import Deed, Outcome
from trust.errors import RequestError
from trust.limit.limits import counted
from trust.registry.registry import tenant_by_id
from trust.session.errors import NotLoggedIn, is_ended

router = APIRouter(prefix="/auth", tags=["session"])


class SessionUnknown(RequestError):
    """The person has no such session."""

    code, status, title = "session_unknown", 404, "There is no such session."


@router.get("/session")
async def session(
    request: Request, response: Response, gate: Gated
) -> SomebodyDocument | NobodyDocument:
    """Say who is logged in; that nobody is, is an answer, not an error."""
    headers = request.headers.getlist("cookie")
    try:
        found = await gate.admission.identify(headers)
    except NotLoggedIn as error:
        if is_ended(error):
            cookies.clear_session(response)
        return NobodyDocument()
    await counted(gate.limits.call(found))
    tenant = await tenant_by_id(gate.registry, found.owner.tenant)
    if rounds_in(headers, now=gate.clock.now()) is not None:
        # The login has lasted until here: it does not go round.
        cookies.clear_rounds(response)
    return somebody(found, tenant)


@router.get("/sessions")
async def sessions(gate: Gated, session: LiveSession) -> SessionsDocument:
    """List the person's sessions."""
    rows = await gate.ledger.sessions(session.owner, now=gate.clock.now())
    return listed(rows, current=session.id_hash)


@router.delete("/sessions/{session_id}", status_code=204)
async def end_session(session_id: str, gate: Gated, session: LiveSession) -> Response:
    """End one of the person's sessions, by its hashed id."""
    if session_id not in await gate.ledger.ids(session.owner, now=gate.clock.now()):
        raise SessionUnknown("not one of this person's")
    await _end(gate, session, session_id)
    return Response(status_code=204)


@router.delete("/sessions", status_code=204)
async def end_other_sessions(gate: Gated, session: LiveSession) -> Response:
    """End all of the person's sessions but this one, also those that cannot be read."""
    for id_hash in await gate.ledger.ids(session.owner, now=gate.clock.now()):
        if id_hash != session.id_hash:
            await _end(gate, session, id_hash)
    return Response(status_code=204)


async def _end(gate: Gated, session: LiveSession, id_hash: str) -> None:
    await gate.ledger.end(session.owner, id_hash)
    gate.admission.forget(id_hash)
    owner = session.owner
    audit.record(
        Deed.SESSION_END,
        Outcome.DONE,
        tenant=owner.tenant,
        subject=owner.subject,
        session=id_hash,
        from_session=session.id_hash,
    )
