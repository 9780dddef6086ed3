"""What was asked of the local Vault: paths and outcomes, never a token or a body."""

from collections import deque
from dataclasses import asdict, dataclass, field
from threading import Lock

_KEPT = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call."""

    method: str
    path: str
    """Below `/v1/`."""
    status: int
    """What was answered; 0 if the connection was cut."""
    faulty: bool
    """Whether a test had ordered that it goes wrong."""
    at: float
    """Vault's own time, in seconds since 1970."""


@dataclass(slots=True, kw_only=True)
class Calls:
    """The calls so far; the last hundred thousand."""

    _all: deque[Call] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _lock: Lock = field(default_factory=Lock)

    def add(self, call: Call) -> None:
        """Remember a call."""
        with self._lock:
            self._all.append(call)

    def all(self) -> tuple[Call, ...]:
        """Return the calls, oldest first."""
        with self._lock:
            return tuple(self._all)

    def count(self, path: str = "", *, method: str = "") -> int:
        """Return how many calls began with a path, and had a method if one is given."""
        return sum(
            call.path.startswith(path) and method in {"", call.method} for call in self.all()
        )

    def clear(self) -> None:
        """Forget them."""
        with self._lock:
            self._all.clear()

    def listed(self) -> list[dict[str, object]]:
        """Return them as JSON can hold them."""
        return [asdict(call) for call in self.all()]
