"""One act of an administrator: one event of the audit trail for each call, however it goes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute

from bff.admin.bearer import Administrator
from bff.admin.errors import AdminRefused
from bff.errors import ParameterInvalid
from bff.responses import problem_response
from trust import audit
from trust.audit import Deed, Outcome
from trust.errors import TrustError

_KEY = "gatehouse.act"


@dataclass(slots=True, kw_only=True)
class Act:
    """What is to be written down of a call, as far as it is known yet."""

    what: str
    by: Administrator | None = None
    tenant: str | None = None
    subject: str | None = None
    ended: int | None = None

    def record(self, outcome: Outcome, why: str | None = None) -> None:
        """Write it down. Of the administrator: who they are at their issuer, and by which token."""
        by = self.by
        audit.record(
            Deed.ADMINISTRATION,
            outcome,
            tenant=self.tenant,
            subject=self.subject,
            what=self.what,
            by=None if by is None else by.sub,
            issuer=None if by is None else by.issuer,
            client=None if by is None else by.client,
            token_id=None if by is None else by.token_id,
            ended=self.ended,
            why=why,
        )


def act_of(request: Request) -> Act:
    """Return the act that a call is."""
    return cast("Act", request.scope[_KEY])


class AdminRoute(APIRoute):
    """A route whose every call is written down, under the route's summary."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # Awaitable is all that a caller needs
        """Return the handler, with the audit around it."""
        handle = super().get_route_handler()

        async def _written_down(request: Request) -> Response:
            act = request.scope[_KEY] = Act(what=str(self.summary))
            try:
                response = await handle(request)
            except TrustError as error:
                return _refused(request, act, error)
            except RequestValidationError as error:
                return _refused(request, act, ParameterInvalid(str(len(error.errors()))))
            except Exception:
                act.record(Outcome.FAILED, "internal_error")
                raise
            act.record(Outcome.DONE)
            return response

        return _written_down


def _refused(request: Request, act: Act, error: TrustError) -> Response:
    act.record(audit.outcome_of(error), error.code)
    response = problem_response(request, error)
    if isinstance(error, AdminRefused):
        response.headers["www-authenticate"] = error.challenge
    return response


def nothing_but(request: Request, *names: str) -> None:
    """See to it that the query has these parameters alone, each once. Raises ParameterInvalid.

    A parameter that is left unread could have been meant to narrow down whose sessions end.
    """
    raw: bytes = request.scope["query_string"]
    try:
        # Blank ones, too: `?sub` stands for something that somebody meant.
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True)
    except ValueError as error:
        raise ParameterInvalid("the query is not understood") from error
    given = [name for name, _ in pairs]
    if len(set(given)) < len(given) or not set(given) <= set(names):
        raise ParameterInvalid("a parameter came twice, or is not known here")
