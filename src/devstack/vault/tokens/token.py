"""One token: who it speaks for and how long."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Literal

from devstack.vault.errors import bad
from devstack.vault.fields import Document
from devstack.vault.lifetime import Bounds

Kind = Literal["service", "batch"]
ROOT_POLICY = "root"
WRAPPING_POLICY = "response-wrapping"
"""What a wrapper's token may do: unwrap itself. Nobody can give it to another token."""


def assignable(policies: tuple[str, ...]) -> tuple[str, ...]:
    """Return policies that a token may be given. Raises VaultError."""
    if WRAPPING_POLICY in policies:
        raise bad(f'cannot assign policy "{WRAPPING_POLICY}"')
    return policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a login, or a token that makes another, gives."""

    policies: tuple[str, ...]
    bounds: Bounds = field(default_factory=Bounds)
    kind: Kind = "service"
    renewable: bool = True
    num_uses: int = 0
    """How many requests the token is good for; 0 for any number."""
    no_default_policy: bool = False
    display_name: str = "token"
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    alias: str = ""
    """Who logged in, by the method's own name for them; empty if nobody did."""
    accessor: str = ""
    """The accessor of the method's mount, for templated policies."""


@dataclass(slots=True, kw_only=True)
class Token:
    """A token that was issued."""

    id: str
    accessor: str
    """Names the token without being it; empty for a batch token."""
    parent: str | None
    """The id of the token that made it; None for an orphan."""
    space: str
    """The namespace it was issued in."""
    path: str
    """Where it came from: `auth/jwt/login`."""
    grant: Grant
    issued_at: float
    expires_at: float | None
    """Seconds since 1970; None for a root token, which never expires."""
    entity_id: str = ""
    uses_left: int = 0

    @property
    def policies(self) -> tuple[str, ...]:
        """Its policies, with the one that everybody has."""
        named = set(self.grant.policies)
        if ROOT_POLICY in named:
            return (ROOT_POLICY,)
        return tuple(sorted(named if self.grant.no_default_policy else named | {"default"}))

    @property
    def renewable(self) -> bool:
        """Whether it can be renewed at all."""
        return self.grant.renewable and self.grant.kind == "service" and self.expires_at is not None

    def left_s(self, now: float) -> int:
        """How many seconds it is good for; 0 for ever."""
        # Rounded up, as by Vault: a token of an hour says 3600 at once, not 3599.
        return 0 if self.expires_at is None else max(0, ceil(self.expires_at - now))


def auth_block(token: Token, now: float) -> Document:
    """Return the `auth` member of the answer that gives or renews a token."""
    return {
        "client_token": token.id,
        "accessor": token.accessor,
        "policies": list(token.policies),
        "token_policies": list(token.policies),
        "metadata": dict(token.grant.metadata) or None,
        "lease_duration": token.left_s(now),
        "renewable": token.renewable,
        "entity_id": token.entity_id,
        "token_type": token.grant.kind,
        "orphan": token.parent is None,
        "mfa_requirement": None,
        "num_uses": token.grant.num_uses,
    }
