"""What the bridge needs from outside: the control plane, the parameters, time."""

from collections.abc import Mapping
from typing import Any, Protocol

Members = dict[str, Any]
"""A structure of the API, by its camelCase members."""


class ControlPlane(Protocol):
    """The AgentCore control plane of one region."""

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Members:
        """Return the answer to one operation (`CreateMemory`), without any retry.

        Raises:
            Declined: AWS said no.
            Lost: no answer came.

        """
        ...

    def faults(self, operation: str, parameters: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with a request, as far as it can be told without sending it."""
        ...


class Parameters(Protocol):
    """The parameters of one region of the SSM Parameter Store."""

    def read(self, name: str) -> str | None:
        """Return the value; None if there is no such parameter."""
        ...

    def write(self, name: str, value: str) -> None:
        """Make the parameter or overwrite it."""
        ...

    def add(self, name: str, value: str) -> bool:
        """Make the parameter; return False, and change nothing, where it is there already."""
        ...

    def remove(self, name: str) -> None:
        """Remove the parameter; it is no fault if it is gone."""
        ...

    def under(self, prefix: str) -> dict[str, str]:
        """Return all parameters below the prefix, by name."""
        ...


class Clock(Protocol):
    """Time as the bridge needs it."""

    def now(self) -> float:
        """Return seconds since 1970."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Host(Protocol):
    """The process that runs, as others can know it."""

    def name(self) -> str:
        """Return what this process is called, on this machine and on no other."""
        ...

    def is_gone(self, name: str) -> bool:
        """Return whether a process is known to run no more; False of what cannot be known."""
        ...


class Chance(Protocol):
    """Where randomness comes from."""

    def fraction(self) -> float:
        """Return a number of [0, 1)."""
        ...

    def token(self) -> str:
        """Return 40 letters and digits that nobody else has (a client token, 33 to 256 long)."""
        ...
