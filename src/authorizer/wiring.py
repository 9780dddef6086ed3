"""From the environment to an authorizer: the only place that chooses adapters.

What a mode does not need is not imported: a cold start holds up somebody's request.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple, assert_never

from authorizer.decision import Allow, Deny, Nobody, Verdict, ticket_in, token_in
from authorizer.document import answer
from authorizer.event import Event, Request, parse_event
from authorizer.settings import SessionTable, TrustedIssuer, load_settings
from trust import log
from trust.clock import SystemClock
from trust.coordinates import AppId
from trust.errors import TrustError
from trust.secret import Secret
from trust.session.ids import Ticket

SessionDecision = Callable[[Ticket], Allow | Deny]
TokenDecision = Callable[[Secret], Allow | Deny]


class Authorizer(NamedTuple):
    """What API Gateway calls: an event in, an answer out. None: a proof that does not count."""

    session: SessionDecision | None
    token: TokenDecision | None

    def __call__(self, event: Event, _context: object) -> dict[str, object]:
        """Answer an event.

        Raises EventMalformed, StoreUnavailable, ProviderUnavailable and others, by which API
        Gateway answers 500, and Exception("Unauthorized"), by which it answers 401.
        """
        request = parse_event(event)
        try:
            verdict = self._verdict(request)
        except TrustError as error:
            log.fault("authorizer.failed", error, request=request.request_id, code=error.code)
            raise
        _write_down(verdict, request)
        return answer(verdict, request)

    def _verdict(self, request: Request) -> Verdict:
        """Decide by the first proof that is there, and by that one alone.

        A token beside a refused cookie must not be a second try: the application behind would
        act for the cookie.
        """
        verdict = self._by_cookie(request)
        return self._by_token(request) if isinstance(verdict, Nobody) else verdict

    def _by_cookie(self, request: Request) -> Verdict:
        if self.session is None:
            return Nobody()
        found = ticket_in(request.cookies)
        return self.session(found) if isinstance(found, Ticket) else found

    def _by_token(self, request: Request) -> Verdict:
        if self.token is None:
            return Nobody()
        found = token_in(request.authorizations)
        return self.token(found) if isinstance(found, Secret) else found


def build(environment: Mapping[str, str]) -> Authorizer:
    """Return the authorizer of this configuration; nothing is opened yet. Raises SettingsError."""
    settings = load_settings(environment)
    place, issuer = settings.sessions, settings.bearer
    return Authorizer(
        session=None if place is None else _sessions(place, settings.app, environment),
        token=None if issuer is None else _tokens(issuer, settings.app),
    )


def _sessions(place: SessionTable, app: AppId, environment: Mapping[str, str]) -> SessionDecision:
    from authorizer.dynamodb import open_rows
    from authorizer.session import SessionJudge

    clock = SystemClock()
    rows = open_rows(place, environment, clock)
    return SessionJudge(rows, app, clock)


def _tokens(issuer: TrustedIssuer, app: AppId) -> TokenDecision:
    from authorizer.bearer import BearerJudge
    from authorizer.http import fetch
    from authorizer.jwks import Jwks

    clock = SystemClock()
    keys = Jwks(issuer.jwks_url, partial(fetch, clock=clock), issuer.algorithms, clock)
    return BearerJudge(app=app, issuer=issuer, keys=keys, clock=clock)


def _write_down(verdict: Verdict, request: Request) -> None:
    match verdict:
        case Allow():
            log.event(
                "authorizer.allowed",
                request=request.request_id,
                tenant=verdict.tenant,
                subject=verdict.subject,
            )
        case Deny():
            log.event(
                "authorizer.denied",
                request=request.request_id,
                code=verdict.refusal.value,
                detail=verdict.detail,
            )
        case Nobody():
            log.event("authorizer.nobody", request=request.request_id)
        case _:  # pragma: no cover - the type has no other member
            assert_never(verdict)
