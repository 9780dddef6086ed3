"""Refresh tokens at a strict provider: the rules, for the fake in memory and the one on loopback.

Each refresh token is spent by its first use. A second use is taken for theft and ends the whole
family, the newest token included (RFC 9700 §4.14.2).
"""

from dataclasses import dataclass, field

LIFETIME_S = 300
"""How long an access token lasts, in seconds."""

FIRST = "refresh-0"


@dataclass(kw_only=True)
class Rotation:
    """One login at the provider. `calls` counts what reached the token endpoint."""

    calls: int = 0
    newest: str = FIRST
    ended: bool = False
    revoked: list[str] = field(default_factory=list[str])

    def spend(self, token: str, *, rotate: bool = True) -> tuple[str, str] | None:
        """Return a new access and refresh token; None is `invalid_grant`."""
        self.calls += 1
        if self.ended or token != self.newest:
            self.ended = True
            return None
        if rotate:
            self.newest = f"refresh-{self.calls}"
        return f"access-{self.calls}", self.newest

    def revoke(self, token: str) -> None:
        """End the family (RFC 7009 §2.1)."""
        self.revoked.append(token)
        self.ended = True
