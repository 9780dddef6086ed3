"""The ports, made steady: a passing fault is tried again, and nothing is done without the lock."""

from collections.abc import Mapping
from typing import Any

from bridge.lock import Lock
from bridge.patience import Patience, is_passing, is_throttled
from bridge.ports import ControlPlane, Members, Parameters


class SteadyParameters:
    """Parameters that outlast throttling and lost answers.

    An answer that is lost makes no difference to any of these: they are all repeatable, but for
    `add`, which may say False of a parameter that it has made itself.
    """

    def __init__(self, parameters: Parameters, patience: Patience) -> None:
        self._parameters = parameters
        self._patience = patience

    def read(self, name: str) -> str | None:
        """Return the value; None if there is no such parameter."""
        return self._patience.steadily(name, lambda: self._parameters.read(name))

    def write(self, name: str, value: str) -> None:
        """Make the parameter or overwrite it."""
        self._patience.steadily(name, lambda: self._parameters.write(name, value))

    def add(self, name: str, value: str) -> bool:
        """Make the parameter; return False where it is there already."""
        return self._patience.steadily(name, lambda: self._parameters.add(name, value))

    def remove(self, name: str) -> None:
        """Remove the parameter; it is no fault if it is gone."""
        self._patience.steadily(name, lambda: self._parameters.remove(name))

    def under(self, prefix: str) -> dict[str, str]:
        """Return all parameters below the prefix, by name."""
        return self._patience.steadily(prefix, lambda: self._parameters.under(prefix))


class SteadyPlane:
    """The control plane, used by whoever has the lock."""

    def __init__(self, plane: ControlPlane, patience: Patience, lock: Lock | None) -> None:
        """Without a lock it is for reading only."""
        self._plane = plane
        self._patience = patience
        self._lock = lock

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Members:
        """Return the answer to one operation.

        A Create of which nobody knows whether it was done is not sent again here: whoever sends it
        looks for what it has made before that.
        """
        passing = is_throttled if operation.startswith("Create") else is_passing
        return self._patience.steadily(
            operation, lambda: self._call(operation, parameters), passing
        )

    def faults(self, operation: str, parameters: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with a request, as far as it can be told without sending it."""
        return self._plane.faults(operation, parameters)

    def _call(self, operation: str, parameters: Mapping[str, Any]) -> Members:
        if self._lock is not None:
            self._lock.renew()
        return self._plane.call(operation, parameters)
