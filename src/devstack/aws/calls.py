"""The list of calls that the gateway answered, for tests that count what was done upstream.

It holds no key, no token, no header and no body.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

REMEMBERED = 10_000
"""How many calls are kept; the oldest are forgotten first."""


@dataclass(slots=True, kw_only=True)
class Call:
    """One call; `status` and `outcome` are filled in as it goes on."""

    number: int
    service: str
    operation: str | None = None
    action: str | None = None
    """The action that was refused, otherwise the first that was asked for."""
    actions: tuple[str, ...] = ()
    """Every action that was asked for."""
    resource: str | None = None
    principal: str | None = None
    """The caller's ARN; None if nobody was recognised."""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """The caller's session tags."""
    source_identity: str | None = None
    decision: Literal["unauthenticated", "allowed", "denied"] = "unauthenticated"
    status: int | None = None
    code: str | None = None
    """The error code that was answered; None for a success."""
    runtime_session_id: str | None = None
    outcome: Literal["open", "completed", "client_gone", "broken"] = "open"
    """What became of the answer: it is being sent, was sent whole, the caller left before its end,
    or it broke off (the agent died or its session was stopped)."""

    def began(self, status: int) -> None:
        """Note the answer's status."""
        self.status = status

    def left(self) -> None:
        """Note that the client went away before the answer's end."""
        self.outcome = "client_gone"


class Calls:
    """The calls since the start, or since they were last cleared."""

    def __init__(self) -> None:
        self._kept: deque[Call] = deque(maxlen=REMEMBERED)
        self._last = 0

    def opened(self, service: str) -> Call:
        """Add a call that has just arrived."""
        self._last += 1
        call = Call(number=self._last, service=service)
        self._kept.append(call)
        return call

    def clear(self) -> None:
        """Forget all calls; numbers go on."""
        self._kept.clear()

    def listed(self) -> list[dict[str, object]]:
        """Return the calls, oldest first, ready for JSON."""
        return [asdict(call) for call in self._kept]
