"""`POST /auth/backchannel-logout`: a provider ends a login (Back-Channel Logout 1.0)."""

import asyncio
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from bff.access import Gated
from bff.gate import Gate
from bff.logout.token import LogoutToken, LogoutTokenInvalid, issuer_named, read_logout
from bff.provider.compact import TokenMalformed, read_unverified, verified_claims_of
from bff.provider.errors import IdTokenInvalid, ProviderUnknown
from bff.provider.metadata import SIGNING_ALGORITHMS
from proxy.body import BODY_TIMEOUT_S
from trust import audit
from trust.audit import Deed, Outcome
from trust.secret import Secret
from trust.session.provider_index import Named

MAX_BODY_BYTES = 65_536
"""Largest request that is read; a logout token has some hundred bytes."""

router = APIRouter(prefix="/auth", tags=["logout"])


@router.post("/backchannel-logout")
async def backchannel_logout(request: Request, gate: Gated) -> Response:
    """End the sessions that the provider's logout token names; no cookie counts here."""
    try:
        token = await _verified(gate, _token_in(await _body(request)))
        await _carry_out(gate, token)
    except (LogoutTokenInvalid, ProviderUnknown, IdTokenInvalid) as error:
        audit.refused(Deed.PROVIDER_LOGOUT, error)
        # §2.8; what was wrong stands in our log, and tells a forger nothing.
        return JSONResponse({"error": "invalid_request"}, status_code=400)
    return Response(status_code=200)


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise LogoutTokenInvalid("not a form")
    body = b""
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise LogoutTokenInvalid("too large")
    except TimeoutError as error:
        raise LogoutTokenInvalid("too slow") from error
    return body


def _token_in(body: bytes) -> Secret:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise LogoutTokenInvalid("not a form") from error
    tokens = [value for name, value in pairs if name == "logout_token"]
    if len(tokens) != 1:
        raise LogoutTokenInvalid("not exactly one logout_token")
    return Secret(tokens[0])


async def _verified(gate: Gate, token: Secret) -> LogoutToken:
    """Return a token that one of our providers signed for us.

    Raises LogoutTokenInvalid, ProviderUnknown, SigningKeyUnknown, ProviderUnavailable.
    """
    try:
        unverified = read_unverified(token, algorithms=SIGNING_ALGORITHMS)
        party = await gate.providers.of(issuer_named(unverified))
        metadata = await party.provider.metadata()
        if unverified.algorithm not in metadata.algorithms:
            raise LogoutTokenInvalid("an algorithm that the provider does not announce")
        key = await party.provider.key_of(unverified)
        claims = verified_claims_of(token, key, unverified)
    except TokenMalformed as error:
        raise LogoutTokenInvalid(str(error)) from error
    entry = party.entry
    return read_logout(claims, issuer=entry.issuer, client_id=entry.client_id, now=gate.clock.now())


async def _carry_out(gate: Gate, token: LogoutToken) -> None:
    """End the sessions, then remember the token.

    Raises LogoutTokenInvalid, StoreUnavailable; RowMalformed where one may go on.

    In this order: should we fail in between, the provider sends the token again, and it has to
    work then; ending what has ended does nothing. A replay is refused, and one that cannot be
    looked up is not carried out: the store that would know is the store that holds the sessions.
    """
    now = gate.clock.now()
    if await gate.ledger.has_seen(token.issuer, token.jti, now=now):
        raise LogoutTokenInvalid("a replay")
    keyring = gate.ledger.keyring
    subject = keyring.subject_key(token.issuer, token.sub) if token.sub is not None else None
    named = Named(issuer=token.issuer, sid=token.sid, subject=subject)
    ended = await gate.ledger.end_at_provider(named, now=now)
    for id_hash in ended.ids:
        gate.admission.forget(id_hash)
        audit.record(Deed.PROVIDER_LOGOUT, Outcome.DONE, subject=subject, session=id_hash)
    if ended.lost is not None:
        raise ended.lost
    if not await gate.ledger.remember(token.issuer, token.jti, until=token.forgotten_at):
        raise LogoutTokenInvalid("a replay at the same moment")
