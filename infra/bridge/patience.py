"""How long to go on: retries of what may succeed later, polls, and the end of the run's time."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bridge.errors import BridgeError, Declined, Lost, OutOfTime
from bridge.ports import Chance, Clock

T = TypeVar("T")

ATTEMPTS = 10
"""How often one request is sent at most, when it is throttled, fails at AWS, or is lost."""
FIRST_S, LONGEST_S = 0.5, 20.0
POLL_FIRST_S, POLL_LONGEST_S = 2.0, 15.0
_POLL_GROWTH = 1.4

_THROTTLED = frozenset(
    {
        "RequestLimitExceeded",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TooManyUpdates",
    }
)
_SERVER_FAULT = 500
_YOUNG_ROLE = re.compile(
    r"\brole\b.*(validation failed|assume|trust)|assume.*\brole\b", re.IGNORECASE | re.DOTALL
)


def is_throttled(error: BridgeError) -> bool:
    """Return whether AWS has not even looked at the request."""
    return isinstance(error, Declined) and error.code in _THROTTLED


def is_passing(error: BridgeError) -> bool:
    """Return whether the same request may succeed a little later; it may have been done, too."""
    if isinstance(error, Declined):
        return is_throttled(error) or error.status >= _SERVER_FAULT
    return isinstance(error, Lost)


def is_missing(error: BridgeError) -> bool:
    """Return whether AWS says that there is no such resource."""
    return isinstance(error, Declined) and error.code == "ResourceNotFoundException"


def is_conflict(error: BridgeError) -> bool:
    """Return whether the name is taken, or something is busy."""
    return isinstance(error, Declined) and error.code == "ConflictException"


def is_young_role(error: BridgeError) -> bool:
    """Return whether AWS cannot assume a role: one made seconds ago is not known everywhere yet."""
    refused = isinstance(error, Declined) and error.code in {
        "AccessDeniedException",
        "ValidationException",
    }
    return refused and _YOUNG_ROLE.search(str(error)) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The run's time, and how it is spent waiting."""

    clock: Clock
    chance: Chance
    deadline: float
    """Seconds since 1970."""
    say: Callable[[str], None]
    """Where progress is told."""

    def steadily(
        self,
        what: str,
        deed: Callable[[], T],
        passing: Callable[[BridgeError], bool] = is_passing,
    ) -> T:
        """Do it, again and again while it fails for a passing reason.

        The waits are random between nothing and a doubling bound, so that runs that were throttled
        together do not come back together.

        Raises:
            BridgeError: what it raised last.

        """
        attempt = 0
        while True:
            try:
                return deed()
            except BridgeError as error:
                attempt += 1
                if not passing(error) or attempt == ATTEMPTS:
                    raise
                self.back_off(attempt, what, error)

    def back_off(self, attempt: int, what: str, error: BridgeError) -> None:
        """Say why, and wait before the next attempt."""
        self.say(f"{what}: {error}; trying again")
        self.pause(min(FIRST_S * 2**attempt, LONGEST_S) * self.chance.fraction(), what)

    def polls(self, what: str) -> "Polls":
        """Return the waits between looks at something that takes its time."""
        return Polls(self, what)

    def pause(self, seconds: float, what: str) -> None:
        """Wait.

        Raises:
            OutOfTime: the run would be over before that.

        """
        if self.clock.now() + seconds >= self.deadline:
            raise OutOfTime(
                f"{what}: not done within the time of this run. Nothing is lost: run it again, "
                "with a longer timeout if need be, and it goes on from here"
            )
        self.clock.sleep(seconds)


class Polls:
    """Waits that grow, each with a line of progress."""

    def __init__(self, patience: Patience, what: str) -> None:
        self._patience = patience
        self._what = what
        self._began = patience.clock.now()
        self._wait = POLL_FIRST_S

    def wait(self, state: str) -> None:
        """Say the state and how long it has been waited for, and wait once more."""
        passed = self._patience.clock.now() - self._began
        self._patience.say(f"{self._what}: {state} ({passed:.0f} s)")
        self._patience.pause(self._wait, self._what)
        self._wait = min(self._wait * _POLL_GROWTH, POLL_LONGEST_S)
