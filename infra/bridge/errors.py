"""What can end a run, each with the exit code that it has.

BridgeError               the run has failed; the record says how far it came
├── WrongUse              what was given is wrong: nothing was done
├── Refused               it would lose data, or touch what is not ours: nothing was done
├── Locked                another run has the resource in its hands
├── OutOfTime             the API has not come to an end within the run's time
├── Declined              the API said no, with a code
└── Lost                  the API's answer did not arrive
"""

from typing import ClassVar


class BridgeError(Exception):
    """Base of all: the message says what happened, why, and what to do."""

    exit_code: ClassVar[int] = 1


class WrongUse(BridgeError):
    """The caller has to change something before anything can be done."""

    exit_code = 64


class Refused(BridgeError):
    """What was asked for is not done without being asked for more clearly."""


class Locked(BridgeError):
    """Another run works on the same resource."""


class OutOfTime(BridgeError):
    """The run's time is over; what is under way goes on at AWS, and the next run takes it up."""


class Declined(BridgeError):
    """AWS answered with an error; `code` is its name for it, `status` the answer's HTTP status."""

    def __init__(self, operation: str, code: str, text: str, status: int) -> None:
        super().__init__(f"{operation}: {code}: {text}")
        self.code = code
        self.status = status


class Lost(BridgeError):
    """No answer came: the request may have been done, or not."""
