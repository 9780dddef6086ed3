"""Failures on demand: ordered one by one, or drawn by a script with a seed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from threading import Lock
from typing import Literal

Cut = Literal["before", "after"]
"""The connection breaks, before the work is done or after."""
Spoiled = Literal["malformed", "truncated", "html"]
"""The answer's body is no JSON; ends before its length; is a page of some proxy."""

_TEXTS: dict[int, str] = {
    403: "permission denied",
    412: "required index state not present",
    429: 'request path "": rate limit quota exceeded',
    500: "internal error",
    502: "bad gateway",
    503: "Vault is sealed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong with a call. Without anything but `hang_s`, the answer is only late."""

    path: str = ""
    """The beginning of the paths it is for, such as `auth/`; empty for all."""
    status: int | None = None
    """Answered instead of doing the work."""
    error: str | None = None
    """The text that goes with the status; None for the usual one."""
    retry_after_s: int | None = None
    hang_s: float = 0
    """Real seconds of silence before anything else."""
    cut: Cut | None = None
    spoiled: Spoiled | None = None
    lease_s: float | None = None
    """Tokens and leases of this call live no longer than this."""
    times: int = 1
    """How many calls it is for; 0 for all until it is cancelled."""

    @property
    def errors(self) -> tuple[str, ...]:
        """The texts of the refusal that was ordered."""
        text = self.error if self.error is not None else _TEXTS.get(self.status or 0, "")
        return (text,) if text else ()


@dataclass(slots=True, kw_only=True)
class Script:
    """Faults that are drawn: the same seed and the same calls give the same faults."""

    probability: float
    """How likely a call is to go wrong, from 0 to 1."""
    faults: Sequence[Fault]
    """What may go wrong with it, each as likely as the others."""
    seed: int
    path: str = ""
    """The beginning of the paths it is for; empty for all."""
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 a draw that can be repeated, nothing secret

    def drawn(self, path: str) -> Fault | None:
        """Return what goes wrong with a call, if anything does."""
        if not path.startswith(self.path) or self.random.random() >= self.probability:
            return None
        return self.random.choice(self.faults)


@dataclass(slots=True, kw_only=True)
class Faults:
    """The orders that are not used up, and the script, if there is one."""

    script: Script | None = None
    _orders: list[Fault] = field(default_factory=list[Fault])
    # Orders come in on one thread and are used up on others.
    _lock: Lock = field(default_factory=Lock)

    def order(self, fault: Fault) -> None:
        """Add an order behind those that are there."""
        with self._lock:
            self._orders.append(fault)

    def clear(self) -> None:
        """Cancel all orders, and the script."""
        with self._lock:
            self._orders.clear()
            self.script = None

    def pending(self) -> tuple[Fault, ...]:
        """Return the orders that still wait."""
        with self._lock:
            return tuple(self._orders)

    def due(self, path: str) -> Fault | None:
        """Use up the first order that is for a path below `/v1/`, or else ask the script."""
        with self._lock:
            for place, fault in enumerate(self._orders):
                if path.startswith(fault.path):
                    self._use(place, fault)
                    return fault
            return None if self.script is None else self.script.drawn(path)

    def _use(self, place: int, fault: Fault) -> None:
        if fault.times == 1:
            del self._orders[place]
        elif fault.times > 1:
            self._orders[place] = replace(fault, times=fault.times - 1)
