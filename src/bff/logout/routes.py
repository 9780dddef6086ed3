"""`POST /auth/logout`: the end of a session, here and at the provider."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bff import cookies
from bff.access import Gated
from bff.gate import Gate
from bff.logout.documents import LogoutDocument
from trust import audit, log
from trust.audit import Deed, Outcome
from trust.session.errors import NotLoggedIn
from trust.session.record import Session

router = APIRouter(prefix="/auth", tags=["logout"])

PROVIDER_S = 3.0
"""How long a provider may keep somebody waiting who is logged out here already, in seconds: for
the revocation, and again for the address of its own logout."""


@router.post("/logout")
async def logout(request: Request, response: Response, gate: Gated) -> LogoutDocument:
    """End the session and say where the browser ends its login at the provider.

    Nobody who is logged out already is told off for it. The row goes first: whatever the provider
    does next, this session is over.
    """
    try:
        session = await gate.admission.identify(request.headers.getlist("cookie"))
    except NotLoggedIn:
        cookies.clear_session(response)
        return LogoutDocument(redirect=None)
    await gate.ledger.end(session.owner, session.id_hash)
    gate.admission.forget(session.id_hash)
    audit.record(
        Deed.LOGOUT,
        Outcome.DONE,
        tenant=session.owner.tenant,
        subject=session.owner.subject,
        session=session.id_hash,
    )
    redirect = await _end_at_provider(gate, session)
    cookies.clear_session(response)
    return LogoutDocument(redirect=redirect)


async def _end_at_provider(gate: Gate, session: Session) -> str | None:
    """Revoke the tokens there; return where the browser ends its login at the provider."""
    issuer = session.identity.issuer
    try:
        # A provider may leave refresh tokens alive when the person logs out there (offline_access).
        async with asyncio.timeout(PROVIDER_S):
            await gate.providers.revoke(issuer, session.tokens)
    except TimeoutError as error:
        log.fault("provider.revocation_failed", error)
    try:
        async with asyncio.timeout(PROVIDER_S):
            return await gate.providers.logout_url(issuer)
    except TimeoutError as error:
        log.fault("provider.logout_url_unknown", error)
        return None
