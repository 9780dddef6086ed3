"""Failures on demand: what tests order through `POST /_local/faults`."""

from dataclasses import dataclass, replace
from threading import Lock

from devstack.aws.errors import AwsError

_AGENTCORE = {
    402: "ServiceQuotaExceededException",
    409: "RetryableConflictException",
    424: "RuntimeClientError",
    429: "ThrottlingException",
    500: "InternalServerException",
}
_S3 = {429: "SlowDown", 500: "InternalError", 503: "SlowDown"}
_STS = {400: "Throttling", 429: "Throttling", 500: "InternalFailure", 503: "ServiceUnavailable"}
_JSON = {400: "ThrottlingException", 429: "ThrottlingException", 500: "InternalServerError"}
_KMS = {400: "ThrottlingException", 429: "ThrottlingException", 500: "KMSInternalException"}
_SECRETS = {**_JSON, 500: "InternalServiceError"}
_CODES = {
    "agentcore": _AGENTCORE,
    "bedrock-agentcore": _AGENTCORE,
    "kms": _KMS,
    "s3": _S3,
    "secretsmanager": _SECRETS,
    "sts": _STS,
}

SERVICES = frozenset({"agentcore", "dynamodb", "kms", "s3", "secretsmanager", "ssm", "sts"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One order: the next `times` calls of a service, or of one operation, go wrong."""

    service: str
    operation: str | None = None
    """Such as `InvokeAgentRuntime`; None for every operation."""
    status: int | None = None
    """The HTTP status to answer with; None to answer properly after hanging."""
    code: str | None = None
    """The error code; None for the one that goes with service and status."""
    retry_after_s: int | None = None
    hang_s: float = 0
    """How long nothing is said before anything else happens."""
    times: int = 1

    @property
    def error(self) -> AwsError | None:
        """The refusal that was ordered, if one was."""
        if self.status is None:
            return None
        known = _CODES.get(self.service, _JSON)
        code = self.code or known.get(self.status, "ServiceUnavailable")
        return AwsError(code, self.status, "This failure was ordered through /_local/faults.")


class FaultDue(Exception):
    """A request that was allowed met a fault that somebody ordered."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.service)
        self.fault = fault


class Faults:
    """The orders that are not used up yet."""

    def __init__(self) -> None:
        self._orders: list[Fault] = []
        # Orders come in on one thread and are used up on another.
        self._lock = Lock()

    def order(self, fault: Fault) -> None:
        """Add an order behind those that are there."""
        with self._lock:
            self._orders.append(fault)

    def clear(self) -> None:
        """Cancel all orders."""
        with self._lock:
            self._orders.clear()

    def pending(self) -> tuple[Fault, ...]:
        """Return the orders that still wait."""
        with self._lock:
            return tuple(self._orders)

    def check(self, service: str, operation: str) -> None:
        """Use up the first order that fits, once. Raises FaultDue if there is one."""
        fault = self._taken(service, operation)
        if fault is not None:
            raise FaultDue(fault)

    def _taken(self, service: str, operation: str) -> Fault | None:
        with self._lock:
            for place, fault in enumerate(self._orders):
                if fault.service == service and fault.operation in {None, operation}:
                    rest = fault.times - 1
                    self._orders[place : place + 1] = [replace(fault, times=rest)] if rest else []
                    return fault
        return None
