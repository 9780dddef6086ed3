"""Leases that end earlier than those who have them were told.

Vault says so by the way: in a renewal for less than we go on with, in a refusal to renew what it
does not know any more. Whether there are other credentials by then is another matter: those are
over, also where none can be had.
"""

from dataclasses import dataclass

from trust.clock import Clock, Instant, elapsed_s
from trust.secrets.freshness import usable_s
from trust.secrets.vault.lease import Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    told: Lease
    """As whoever has it knows it."""
    asked: Instant
    lasts_s: float

    def left_s(self, clock: Clock) -> float:
        return usable_s(self.lasts_s) - elapsed_s(self.asked, clock)


class Ends:
    """The ends that came to be known since."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_id: dict[str, _End] = {}

    def note(self, lease: Lease, *, asked: Instant, lasts_s: float) -> None:
        """Have it end so many seconds after `asked`, unless it ends before that anyhow."""
        end = _End(told=lease, asked=asked, lasts_s=lasts_s)
        before = self._by_id.get(lease.id)
        if before is None or end.left_s(self._clock) < before.left_s(self._clock):
            self._by_id[lease.id] = end

    def forget(self, lease_id: str) -> None:
        """Go by what whoever has it is told now: it was extended after all."""
        self._by_id.pop(lease_id, None)

    def tidy(self) -> None:
        """Forget those that nobody can have any more, by what they were told."""
        over = [id_ for id_, end in self._by_id.items() if end.told.is_over(self._clock)]
        for lease_id in over:
            del self._by_id[lease_id]

    def has_come(self, lease_id: str) -> bool:
        """Tell whether a lease has ended before its time."""
        end = self._by_id.get(lease_id)
        return end is not None and end.left_s(self._clock) <= 0
