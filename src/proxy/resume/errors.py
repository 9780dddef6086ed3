"""What can go wrong when an answer is taken up again, and how a turn that failed is told of."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from proxy.errors import (
    AgentBusy,
    AgentFailed,
    AgentTimeout,
    AgentUnreachable,
    AnswerTooLarge,
    ServerRestarting,
    TokenExpired,
    TurnStopped,
)
from trust.errors import RequestError, TrustError, UpstreamError
from trust.grant.record import GrantDenied
from trust.store.table import StoreUnavailable


class StreamUnknown(RequestError):
    """Nothing is kept of such a turn of this chat."""

    code, status, title = "stream_unknown", 404, "There is no such answer any more."


class EventIdInvalid(RequestError):
    """The id of the last event is none that this chat's stream could have had."""

    code, status, title = "event_id_invalid", 400, "The id of the last event is not valid."


class TurnLost(UpstreamError):
    """The process that read the agent's answer is gone, and the rest of the answer with it."""

    code, status, title = "turn_lost", 502, "The answer was lost. Please ask again."


_ENDS: Final[Mapping[str, type[TrustError]]] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            AgentBusy,
            AgentFailed,
            AgentTimeout,
            AgentUnreachable,
            AnswerTooLarge,
            GrantDenied,
            ServerRestarting,
            StoreUnavailable,
            TokenExpired,
            TurnStopped,
        )
    }
)


def ended_with(code: str) -> TrustError:
    """Return the error by which a turn ended, from the code in its journal.

    A session that was revoked is one of several that its owner may have: who reads the turn in
    another of them is told that it was stopped, and not that their own login has ended.
    """
    if code == "session_revoked":
        return TurnStopped("the session that asked has ended")
    return _ENDS.get(code, TrustError)(f"the turn ended with {code}")
