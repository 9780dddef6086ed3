"""Asking IAM about a request, and the proof that it was asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

from devstack.aws.errors import AwsError
from devstack.aws.iam.denial import denial_message
from devstack.aws.iam.evaluate import Denied, Request, evaluate
from devstack.aws.sts.principal import Principal


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Proof that everything a request needs was allowed; only a Judge makes one."""

    operation: str


@dataclass(slots=True, kw_only=True)
class Judge:
    """Decides for one caller and one request, and remembers what it was asked."""

    caller: Principal
    context: Mapping[str, tuple[str, ...]]
    """The global condition keys of the request."""
    denied_code: str
    denied_status: int
    on_allowed: Callable[[str], None] = lambda _operation: None
    """Called with the operation once it is allowed; what it raises ends the request."""
    operation: str | None = None
    asked: list[Request] = field(default_factory=list[Request])
    refused: Request | None = None
    """The first request that was denied, if any."""

    def require(self, operation: str, requests: Sequence[Request]) -> Permit:
        """Return a permit if every request is allowed. Raises AwsError: access denied.

        No requests, no permit: an operation that asks for nothing was not understood.
        """
        self.operation = operation
        if not requests:
            raise self._error(f"{operation} names nothing that could be allowed")
        for request in requests:
            denied = self._decide(request)
            if denied is not None:
                raise self._refusal(request, denied)
        self.on_allowed(operation)
        return Permit(operation=operation)

    def permit_each(
        self, operation: str, requests: Sequence[Request]
    ) -> tuple[Permit, tuple[bool, ...]]:
        """Decide about each request by itself; the permit is for those that are allowed."""
        self.operation = operation
        allowed = tuple(self._decide(request) is None for request in requests)
        self.on_allowed(operation)
        return Permit(operation=operation), allowed

    def may(self, request: Request) -> bool:
        """Tell whether something is allowed that the caller did not ask for as such."""
        return self._verdict(request) is None

    def _decide(self, request: Request) -> Denied | None:
        self.asked.append(request)
        denied = self._verdict(request)
        if denied is not None and self.refused is None:
            self.refused = request
        return denied

    def _verdict(self, request: Request) -> Denied | None:
        decision = evaluate(
            Request(
                action=request.action,
                resource=request.resource,
                context={**request.context, **self.context},
            ),
            identity=self.caller.identity_policies,
            session=self.caller.session_policies,
            boundary=self.caller.boundary,
        )
        return decision if isinstance(decision, Denied) else None

    def _refusal(self, request: Request, denied: Denied) -> AwsError:
        return self._error(
            denial_message(
                denied,
                arn=self.caller.arn,
                action=request.action,
                resource=request.resource,
            )
        )

    def _error(self, message: str) -> AwsError:
        return AwsError(self.denied_code, self.denied_status, message)
