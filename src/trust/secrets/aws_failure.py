"""What AWS's refusals mean for a secret that is in use: told apart by their code.

Definitive is what somebody has done: taken a right away, deleted a secret, disabled a key. All
else passes, or is no word about the secret: what is known serves on, to its bound. A code that
nobody has heard of is definitive, too: AWS did answer, and not with the secret.
"""

import re

from trust.secrets.reference import Reference
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable

_TRANSIENT = frozenset(
    {
        # Too much, too fast.
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "LimitExceededException",
        "SlowDown",
        "PriorRequestNotComplete",
        "TransactionInProgressException",
        # They failed, whatever status that came with.
        "InternalServiceError",
        "InternalServiceErrorException",
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "KMSInternalException",
        "DependencyTimeoutException",
        "KeyUnavailableException",
        "RequestTimeout",
        "RequestTimeoutException",
        "TimeoutError",
        "ConnectionError",
        # Our clock, or credentials that should have been renewed: nobody has taken anything away.
        "RequestExpired",
        "RequestTimeTooSkewed",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
    }
)

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
"""Our own credentials have run out. They are looked for anew; if there are none, it passes."""

UNKNOWN = frozenset({"UnrecognizedClientException", "InvalidClientTokenId"})
"""Our own credentials are none, or none any more. They are looked for anew; then it is final."""

_NAME = re.compile(r"[A-Za-z.]{1,64}", re.ASCII)
_CLIENT_ERRORS = range(400, 500)
_TRANSIENT_STATUS = frozenset({408, 429})


def failure(place: Reference, code: str, status: int) -> SecretUnavailable:
    """Return what to raise; of all that AWS said, its message has only the code."""
    named = _NAME.fullmatch(code) is not None
    told = code if named else f"HTTP status {status}"
    if named and _is_definitive(code, status):
        return SecretRefused(f"{place}: {told}")
    # Without a code it is not AWS that answered, but something on the way.
    return SecretOutage(f"{place}: {told}")


def _is_definitive(code: str, status: int) -> bool:
    return (
        status in _CLIENT_ERRORS
        and status not in _TRANSIENT_STATUS
        and code not in _TRANSIENT | EXPIRED
    )
