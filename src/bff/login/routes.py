"""`GET /auth/login` and `GET /auth/callback`: what the browser navigates to."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bff import cookies
from bff.access import Gated
from bff.gate import Gate
from bff.login.attempt import attempt_of, new_attempt, sealed, sealed_with, surplus
from bff.login.callback_page import failure_page, onward_page, page_policy
from bff.login.flow import Callback, device_of, finish, parse_callback, prompt_of
from bff.login.return_path import HOME, return_path
from bff.provider.errors import ResponseMalformed
from bff.provider.provider import AuthorizationRequest
from bff.responses import problem_response
from proxy.request import request_id
from trust import log
from trust.coordinates import tenant_id
from trust.errors import TrustError
from trust.registry.registry import tenant_by_id
from trust.seal.keyring import encode
from trust.session.cookie import read_ticket
from trust.session.ids import Ticket, hash_of

router = APIRouter(prefix="/auth", tags=["login"])


@router.get("/login", status_code=303)
async def login(
    request: Request,
    gate: Gated,
    return_to: str = HOME,
    tenant: str | None = None,
    prompt: str | None = None,
) -> Response:
    """Begin a login in this tab: on to the provider."""
    try:
        return await _begin(request, gate, return_to, tenant, prompt)
    except TrustError as error:
        return _failure(request, gate, error)


async def _begin(
    request: Request, gate: Gate, return_to: str, tenant: str | None, prompt: str | None
) -> Response:
    wanted = None if tenant is None else await tenant_by_id(gate.registry, tenant_id(tenant))
    party = await gate.providers.for_login(wanted)
    now = gate.clock.now()
    attempt = new_attempt(
        return_to=return_path(return_to),
        issuer=party.entry.issuer,
        tenant=wanted.id if wanted else None,
        now=now,
        random=gate.random,
    )
    asked = AuthorizationRequest(
        state=attempt.state,
        nonce=attempt.nonce,
        verifier=attempt.verifier,
        prompt=prompt_of(prompt),
    )
    response = RedirectResponse(await party.provider.authorization_url(asked), status_code=303)
    keyring = gate.ledger.keyring
    open_ones = cookies.attempts_in(request.headers.getlist("cookie"))
    for attempt_id in surplus(open_ones, keyring, now=now):
        cookies.clear_attempt(response, attempt_id)
    cookies.set_attempt(response, attempt.id, sealed(attempt, keyring, random=gate.random))
    return response


@router.get("/callback", response_class=HTMLResponse)
async def callback(request: Request, gate: Gated) -> Response:
    """End a login: the provider's answer, and a session for it."""
    return await _answered(request, gate)


@router.get("/callback/{provider}", response_class=HTMLResponse)
async def own_callback(request: Request, gate: Gated, provider: str) -> Response:
    """End a login at a provider that has a callback of its own.

    Which provider it has to be, the attempt knows; the path as a whole is compared with that.
    """
    del provider
    return await _answered(request, gate)


async def _answered(request: Request, gate: Gate) -> Response:
    try:
        parameters = _parameters(request.scope["query_string"])
        answer = parse_callback(request.scope["path"], parameters)
        return await _finished(request, gate, answer)
    except TrustError as error:
        return _failure(request, gate, error)


def _parameters(query: bytes) -> list[tuple[str, str]]:
    """Read a query string. Raises ResponseMalformed."""
    try:
        return parse_qsl(
            query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20
        )
    except ValueError as error:
        raise ResponseMalformed("the query is no text, or has no end") from error


async def _finished(request: Request, gate: Gate, answer: Callback) -> Response:
    headers = request.headers.getlist("cookie")
    open_ones = cookies.attempts_in(headers)
    kid = sealed_with(answer.state, open_ones)
    # Another instance may have begun the login with a key that was added since we started.
    keyring = await gate.ledger.keyring_with(kid) if kid else gate.ledger.keyring
    attempt = attempt_of(answer.state, open_ones, keyring, now=gate.clock.now())
    try:
        device = device_of(request.headers.get("user-agent", ""))
        ticket = await finish(gate, answer, attempt, device=device)
    except TrustError as error:
        response = _failure(request, gate, error)
    else:
        await _replaced(gate, headers)
        nonce = encode(gate.random(16))
        response = _page(onward_page(attempt.return_to, nonce), nonce)
        cookies.set_session(response, ticket)
    cookies.clear_attempt(response, attempt.id)
    return response


async def _replaced(gate: Gate, headers: list[str]) -> None:
    """End the session that this browser had before, where its cookie came along."""
    match read_ticket(headers):
        case Ticket(tenant=tenant, subject=subject, id=old):
            await gate.ledger.end(gate.ledger.owner(tenant, subject), hash_of(old))
            gate.admission.forget(hash_of(old))
        case _:
            return


def _failure(request: Request, gate: Gate, error: TrustError) -> Response:
    """Tell a person by a page, a program by a problem document."""
    log.fault("login.failed", error, request=request_id(request.scope), code=error.code)
    if "text/html" not in request.headers.get("accept", ""):
        return problem_response(request, error)
    nonce = encode(gate.random(16))
    page = failure_page(error, request_id=request_id(request.scope), nonce=nonce)
    return _page(page, nonce, status=error.status)


def _page(page: str, nonce: str, *, status: int = 200) -> HTMLResponse:
    headers = {"content-security-policy": page_policy(nonce), "referrer-policy": "no-referrer"}
    return HTMLResponse(page, status_code=status, headers=headers)
