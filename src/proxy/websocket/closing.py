"""How a WebSocket ends: close codes and reasons (RFC 6455 §7.4).

A reason is always a code of docs/errors.md, never an agent's text. The codes that are ours alone
are between 4400 and 4499, and an agent that uses one of them is not heard: a page that reads 4401
has its person log in again.
"""

from dataclasses import dataclass

from proxy.errors import (
    AgentBusy,
    AgentFailed,
    AgentTimeout,
    ServerRestarting,
    SessionRevoked,
    TurnStopped,
)
from proxy.websocket.errors import SocketIdle
from trust.errors import RequestError, TrustError

COMPLETE = 1000
GOING_AWAY = 1001
NO_TEXT = 1007
POLICY = 1008
TOO_BIG = 1009
INTERNAL = 1011
RESTART = 1012
TRY_AGAIN = 1013
LOGIN_ENDED = 4401
"""Like HTTP's 401: the one end after which a page has something else to do than to try again."""

ABNORMAL = 1006
"""A connection that ended without a close frame; never sent itself (RFC 6455 §7.4.1)."""

_NOTHING_SAID = 1005
"""A close frame without a code; never sent itself either."""

_OF_APPLICATIONS = range(3000, 5000)
_OURS = range(4400, 4500)

_CODES: tuple[tuple[type[TrustError], int], ...] = (
    (SessionRevoked, LOGIN_ENDED),
    (TurnStopped, COMPLETE),
    (ServerRestarting, RESTART),
    (AgentBusy, TRY_AGAIN),
    (SocketIdle, GOING_AWAY),
    # An accepted socket has reached its longest time: what is slow before that is told by a status.
    (AgentTimeout, GOING_AWAY),
    (RequestError, POLICY),
    (TrustError, INTERNAL),
)
"""The first that fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A close frame as it goes out."""

    code: int
    reason: str = ""


def closing_for(error: TrustError) -> Closing:
    """Return how a socket ends for an error."""
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    return Closing(code=code, reason=error.code)


def closing_of_agent(code: int | None) -> Closing:
    """Return what the browser is told when the agent closes; None: its connection broke.

    What an application means by its own codes is its own affair; RFC 6455's codes for a failure are
    told as ours, since the browser speaks with us.
    """
    if code in {COMPLETE, _NOTHING_SAID}:
        return Closing(code=COMPLETE)
    if code is not None and code in _OF_APPLICATIONS and code not in _OURS:
        return Closing(code=code)
    busy = code == TRY_AGAIN
    return closing_for(AgentBusy("closed by the agent") if busy else AgentFailed(f"closed: {code}"))


def closing_of_browser(code: int) -> int:
    """Return the close code for the agent when the browser goes away."""
    return code if code in _OF_APPLICATIONS or code == COMPLETE else GOING_AWAY
