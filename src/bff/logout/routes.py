"""`POST /auth/logout`: the end of a session, here and at the provider."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bff import cookies
from bff.access import Gated
from bff.responses import json_response
from trust import audit
from trust.audit import Deed, Outcome
from trust.session.errors import NotLoggedIn

router = APIRouter(prefix="/auth", tags=["logout"])


@router.post("/logout")
async def logout(request: Request, gate: Gated) -> Response:
    """End the session and say where the browser ends its login at the provider.

    Nobody who is logged out already is told off for it. The row goes first: whatever the provider
    does next, this session is over.
    """
    try:
        session = await gate.admission.identify(request.headers.getlist("cookie"))
    except NotLoggedIn:
        response = json_response({"redirect": None})
        cookies.clear_session(response)
        return response
    await gate.ledger.end(session.owner, session.id_hash)
    gate.admission.forget(session.id_hash)
    audit.record(
        Deed.LOGOUT,
        Outcome.DONE,
        tenant=session.owner.tenant,
        subject=session.owner.subject,
        session=session.id_hash,
    )
    # A provider may leave refresh tokens alive when the person logs out there (offline_access).
    issuer = session.identity.issuer
    await gate.providers.revoke(issuer, session.tokens)
    response = json_response({"redirect": await gate.providers.logout_url(issuer)})
    cookies.clear_session(response)
    return response
