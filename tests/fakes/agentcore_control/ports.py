"""The fake control plane and a store of parameters, at the bridge's own ports."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from bridge.errors import Declined, Lost
from fakes.agentcore_control.model import Members, faults, input_shape
from fakes.agentcore_control.world import ApiError, Dropped, Fault, World

T = TypeVar("T")


class WorldPlane:
    """The control plane without a wire."""

    def __init__(self, world: World) -> None:
        self._world = world

    def call(self, operation: str, parameters: Mapping[str, object]) -> Members:
        """Return the answer to one operation."""
        try:
            return self._world.call(operation, parameters)
        except ApiError as error:
            raise Declined(operation, error.code, str(error), error.status) from error
        except Dropped as error:
            raise Lost(f"{operation}: no answer") from error

    def faults(self, operation: str, parameters: Mapping[str, object]) -> list[str]:
        """Return what is wrong with a request."""
        return list(faults(input_shape(operation), dict(parameters)))


class Store:
    """Parameters in memory; `hook` and `faults` as those of the World."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.hook: Callable[[str, str], None] = lambda _when, _operation: None

    def read(self, name: str) -> str | None:
        """Return the value; None if there is no such parameter."""
        return self._done("read", lambda: self.values.get(name))

    def write(self, name: str, value: str) -> None:
        """Make the parameter or overwrite it."""
        self._done("write", lambda: self.values.update({name: value}))

    def add(self, name: str, value: str) -> bool:
        """Make the parameter; return False where it is there already."""
        return self._done("add", lambda: self.values.setdefault(name, value) is value)

    def remove(self, name: str) -> None:
        """Remove the parameter; it is no fault if it is gone."""
        self._done("remove", lambda: self.values.pop(name, None))

    def under(self, prefix: str) -> dict[str, str]:
        """Return all parameters below the prefix, by name."""
        return self._done(
            "under",
            lambda: {
                name: text for name, text in self.values.items() if name.startswith(prefix + "/")
            },
        )

    def _done(self, what: str, deed: Callable[[], T]) -> T:
        self.hook("before", what)
        planted = self.faults.get(what, [])
        fault = planted.pop(0) if planted else None
        if fault is Fault.THROTTLED:
            raise Declined(what, "ThrottlingException", "slow down", 400)
        if fault is Fault.LOST_BEFORE:
            raise Lost(what)
        result = deed()
        self.hook("after", what)
        if fault is Fault.LOST_AFTER:
            raise Lost(what)
        return result
