"""When a call is repeated, and after which pause: decisions, like botocore's `standard` mode.

What may be repeated at all is the caller's to know: every call that passes here can bear it.
"""

from collections.abc import Callable
from typing import NamedTuple

from trust.aws.message import Lost, Reply, is_ok

THROTTLING = frozenset(
    {
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Codes that ask for a pause (AWS SDKs and Tools Reference Guide, "Retry behavior")."""

TRANSIENT = frozenset({"IDPCommunicationError", "RequestTimeout", "RequestTimeoutException"})
_TRANSIENT_STATUS = frozenset({500, 502, 503, 504})

PAUSE_S = 0.05
"""Longest pause before the second attempt; the next one is twice as long."""

THROTTLED_PAUSE_S = 0.5
"""The same, where AWS has asked for less."""

CodeOf = Callable[[Reply], str]


class Patience(NamedTuple):
    """How long, and how often, an answer is waited for."""

    attempts: int
    attempt_s: float
    whole_s: float
    """Bound of everything: all attempts and pauses."""


def pause_before_next(
    outcome: Reply | Lost, attempt: int, patience: Patience, *, code_of: CodeOf, draw: float
) -> float | None:
    """Return the seconds to wait before attempt `attempt + 1`; None where there is none.

    `draw` is random, from 0 to 1. The whole pause is drawn (full jitter): those who failed
    together must not come back together.
    """
    if attempt >= patience.attempts:
        return None
    longest = _longest(outcome, code_of)
    return None if longest is None else draw * longest * 2 ** (attempt - 1)


def _longest(outcome: Reply | Lost, code_of: CodeOf) -> float | None:
    if isinstance(outcome, Lost):
        return PAUSE_S
    if is_ok(outcome):
        return None
    code = code_of(outcome)
    if code in THROTTLING:
        return THROTTLED_PAUSE_S
    return PAUSE_S if outcome.status in _TRANSIENT_STATUS or code in TRANSIENT else None
