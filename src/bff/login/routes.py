"""`GET /auth/login` and `GET /auth/callback`: what the browser navigates to."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bff import cookies
from bff.access import Gated
from bff.client_address import CLIENT_ADDRESS
from bff.gate import Gate
from bff.login.attempt import (
    Attempt,
    Wish,
    attempt_of,
    new_attempt,
    sealed,
    sealed_with,
    surplus,
)
from bff.login.callback_page import failure_page, onward_page, page_policy
from bff.login.flow import (
    Callback,
    deed_of,
    device_of,
    end_replaced,
    finish,
    parse_callback,
    prompt_of,
)
from bff.login.loop import LoginLoop, hold_up, one_more, rounds_in
from bff.login.return_path import HOME, ReturnPath, return_path
from bff.login.step_up import Holder, demand_of, holder_of
from bff.provider.authorization import AuthorizationRequest
from bff.provider.dpop import new_dpop_key
from bff.provider.errors import InteractionRequired, ParameterRepeated, ResponseMalformed
from bff.provider.providers import Party
from bff.responses import problem_response
from proxy.browser_policy import is_of_another_site
from proxy.request import request_id
from trust import audit, log
from trust.audit import Deed
from trust.coordinates import tenant_id
from trust.errors import TrustError
from trust.registry.registry import tenant_by_id
from trust.seal.base64url import encode
from trust.session.cookie import read_ticket
from trust.session.errors import NotLoggedIn
from trust.session.ids import Ticket, hash_of
from trust.session.record import Session

router = APIRouter(prefix="/auth", tags=["login"])


@router.get("/login", status_code=303)
async def login(
    request: Request,
    gate: Gated,
    return_to: str = HOME,
    tenant: str | None = None,
    prompt: str | None = None,
) -> Response:
    """Begin a login in this tab: on to the provider.

    From a page of another site only where to return to and the tenant count: nobody shall make
    others' browsers log in unseen, or in a way that they did not choose.
    """
    try:
        await gate.limits.login(request.scope[CLIENT_ADDRESS])
        _each_once(request)
        wanted = None if tenant is None else await tenant_by_id(gate.registry, tenant_id(tenant))
        asked = None if is_of_another_site(request.headers) else prompt_of(prompt)
        wish = Wish(
            return_to=return_path(return_to),
            tenant=wanted.id if wanted else None,
            prompt=asked,
            holder=await _holder(request, gate) if asked == "none" else None,
        )
        return await _begun(request, gate, await gate.providers.for_login(wanted), wish)
    except TrustError as error:
        return _refused(request, gate, error)


@router.get("/step-up", status_code=303)
async def step_up(
    request: Request,
    gate: Gated,
    acr_values: str | None = None,
    max_age: str | None = None,
    return_to: str = HOME,
) -> Response:
    """Have the person who is logged in authenticate more strongly, or anew (RFC 9470 §4).

    Where nobody is logged in, it is a login that asks for the same.
    """
    try:
        await gate.limits.login(request.scope[CLIENT_ADDRESS])
        _each_once(request)
        demand = demand_of(acr_values, max_age)
        session = await _session(request, gate)
        wish = Wish(
            return_to=return_path(return_to),
            tenant=session.owner.tenant if session else None,
            demand=demand,
            holder=holder_of(session) if session else None,
        )
        party = (
            await gate.providers.of(session.identity.issuer)
            if session
            else await gate.providers.for_login(None)
        )
        return await _begun(request, gate, party, wish)
    except TrustError as error:
        return _refused(request, gate, error)


def _each_once(request: Request) -> None:
    """Refuse a parameter that comes twice. Raises ParameterRepeated."""
    names = [name for name, _ in _parameters(request.scope["query_string"])]
    if len(set(names)) != len(names):
        raise ParameterRepeated("came twice")


async def _session(request: Request, gate: Gate) -> Session | None:
    try:
        return await gate.admission.identify(request.headers.getlist("cookie"))
    except NotLoggedIn:
        return None


async def _holder(request: Request, gate: Gate) -> Holder | None:
    session = await _session(request, gate)
    return holder_of(session) if session else None


async def _begun(request: Request, gate: Gate, party: Party, wish: Wish) -> Response:
    now = gate.clock.now()
    headers = request.headers.getlist("cookie")
    hold_up(rounds_in(headers, now=now))
    attempt = new_attempt(
        wish,
        issuer=party.entry.issuer,
        now=now,
        random=gate.random,
        dpop_key=new_dpop_key(gate.random) if party.entry.dpop else None,
    )
    asked = AuthorizationRequest(
        state=attempt.state,
        nonce=attempt.nonce,
        verifier=attempt.verifier,
        prompt=wish.prompt,
        max_age=wish.demand.max_age,
        acr_values=" ".join(wish.demand.acr_values) or None,
        dpop_key=attempt.dpop_key,
    )
    response = RedirectResponse(await party.provider.authorization_url(asked), status_code=303)
    keyring = gate.ledger.keyring
    open_ones = cookies.attempts_in(headers)
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
        await gate.limits.callback(request.scope[CLIENT_ADDRESS])
        parameters = _parameters(request.scope["query_string"])
        answer = parse_callback(request.scope["path"], parameters)
        return await _finished(request, gate, answer)
    except TrustError as error:
        return _refused(request, gate, error)


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
    except InteractionRequired as error:
        response = _unasked(request, gate, attempt, error)
    except TrustError as error:
        response = _refused(request, gate, error, deed_of(attempt))
    else:
        await _replaced(gate, headers)
        response = _onward(gate, attempt.return_to)
        cookies.set_session(response, ticket)
    cookies.clear_attempt(response, attempt.id)
    now = gate.clock.now()
    cookies.set_rounds(response, one_more(rounds_in(headers, now=now), now=now))
    return response


def _unasked(request: Request, gate: Gate, attempt: Attempt, error: TrustError) -> Response:
    """Answer a silent login that was not possible: on, as somebody who is not logged in.

    The app asked whether it could be done unseen, and looks for itself what came of it.
    """
    if not attempt.silent or not _is_page(request):
        return _refused(request, gate, error)
    audit.refused(Deed.LOGIN, error)
    return _onward(gate, attempt.return_to)


def _onward(gate: Gate, path: ReturnPath) -> HTMLResponse:
    nonce = encode(gate.random(16))
    return _page(onward_page(path, nonce), nonce)


async def _replaced(gate: Gate, headers: list[str]) -> None:
    """End the session that this browser had before, where its cookie came along."""
    match read_ticket(headers):
        case Ticket(tenant=tenant, subject=subject, id=old):
            await end_replaced(gate, gate.ledger.owner(tenant, subject), hash_of(old))
        case _:
            return


def _refused(request: Request, gate: Gate, error: TrustError, deed: Deed = Deed.LOGIN) -> Response:
    """Tell a person by a page, a program by a problem document."""
    log.fault("login.failed", error, code=error.code)
    audit.refused(deed, error)
    if not _is_page(request):
        response = problem_response(request, error)
    else:
        nonce = encode(gate.random(16))
        page = failure_page(error, request_id=request_id(request.scope), nonce=nonce)
        response = _page(page, nonce, status=error.status)
    if error.retry_after is not None:
        response.headers["retry-after"] = str(error.retry_after)
    if isinstance(error, LoginLoop):
        # Told once; who then tries again begins to count anew.
        cookies.clear_rounds(response)
    return response


def _is_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _page(page: str, nonce: str, *, status: int = 200) -> HTMLResponse:
    headers = {"content-security-policy": page_policy(nonce), "referrer-policy": "no-referrer"}
    return HTMLResponse(page, status_code=status, headers=headers)
