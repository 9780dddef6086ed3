"""How long a token or a lease is good for (pure).

Vault's rule for both ("Concepts: tokens", "Concepts: lease"): what is asked counts from now, a
period replaces it, and nothing outlives its maximum, which counts from the beginning.
"""

from dataclasses import dataclass

from devstack.vault.errors import bad

SYSTEM_TTL_S = 768 * 3600.0
"""Default and maximum of a server that configures nothing: 32 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What limits a lifetime, in seconds; 0 says nothing."""

    ttl_s: float = 0
    max_s: float = 0
    explicit_max_s: float = 0
    period_s: float = 0

    @property
    def longest_s(self) -> float:
        """The most that may pass from beginning to end."""
        limits = (SYSTEM_TTL_S, self.max_s, self.explicit_max_s)
        return min(limit for limit in limits if limit > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """What is left from now on, in seconds, and what is to be said about it."""

    left_s: float
    warnings: tuple[str, ...] = ()


def lifetime(bounds: Bounds, *, asked_s: float, since: float, now: float) -> Lifetime:
    """Return how much longer something lives that began at `since`. Raises VaultError."""
    if bounds.period_s > 0:
        return _periodic(bounds, since=since, now=now)
    ttl_s = asked_s if asked_s > 0 else bounds.ttl_s or SYSTEM_TTL_S
    left_s = since + bounds.longest_s - now
    if left_s <= 0:
        raise bad("past the max TTL, cannot renew")
    if ttl_s <= left_s:
        return Lifetime(left_s=ttl_s)
    # What Vault warns about, and what nobody reads: the answer is shorter than the question.
    text = (
        f'TTL of "{spelled(ttl_s)}" exceeded the effective max_ttl of "{spelled(left_s)}"; '
        "TTL value is capped accordingly"
    )
    return Lifetime(left_s=left_s, warnings=(text,))


def _periodic(bounds: Bounds, *, since: float, now: float) -> Lifetime:
    if bounds.explicit_max_s <= 0:
        return Lifetime(left_s=bounds.period_s)
    left_s = since + bounds.explicit_max_s - now
    if left_s <= 0:
        raise bad("past the max TTL, cannot renew")
    return Lifetime(left_s=min(bounds.period_s, left_s))


def spelled(seconds: float) -> str:
    """Write a duration as Go does: `1h0m0s`."""
    whole = int(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{left}s"
    return f"{minutes}m{left}s" if minutes else f"{left}s"
