"""A lease: what Vault made for this process, and for how long."""

from dataclasses import dataclass

from trust.clock import Clock, Instant, elapsed_s
from trust.secrets.reference import Reference
from trust.secrets.vault.answers import Given

_WORTH = 0.5
"""The part of its first time that an extended lease has to have; with less, a new one is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Something that Vault made for us. Its id opens nothing, and is nobody's business."""

    id: str
    place: Reference
    login: int = 0
    """Which of our tokens it was made with, and ends with; 0 as long as nobody has claimed it."""
    first_s: float
    """How long it was good at first, in seconds."""
    renewable: bool
    asked: Instant
    """When its present time was asked for."""
    lasts_s: float

    def is_over(self, clock: Clock) -> bool:
        """Tell whether Vault has taken it back by itself."""
        return elapsed_s(self.asked, clock) >= self.lasts_s


def is_worth_it(lease: Lease, extended: Given) -> bool:
    """Tell whether to go on with a lease by what Vault made of our wish to extend it.

    It answers less than asked for when the lease comes near to its maximum: whoever held on would
    renew in ever shorter steps until there is nothing left.
    """
    return extended.lease_id == lease.id and extended.duration_s >= lease.first_s * _WORTH
