"""The tree of tokens: who ends a token ends all that it made."""

from dataclasses import dataclass, field, replace

from devstack.vault.entropy import Entropy, base62, uuid
from devstack.vault.errors import bad
from devstack.vault.leases import Leases
from devstack.vault.lifetime import Bounds, Lifetime, lifetime
from devstack.vault.tokens.token import ROOT_POLICY, Grant, Token

_PREFIXES = {"service": "hvs.", "batch": "hvb."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a token comes from."""

    space: str
    path: str
    parent: Token | None
    """None for an orphan: whoever logs in has no parent."""


@dataclass(slots=True, kw_only=True)
class Tokens:
    """All tokens that are alive."""

    entropy: Entropy
    leases: Leases
    _all: dict[str, Token] = field(default_factory=dict[str, Token])
    _entities: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def root(self, token_id: str) -> Token:
        """Make the token that may do everything and never expires."""
        token = Token(
            id=token_id,
            accessor=base62(self.entropy, 24),
            parent=None,
            space="",
            path="auth/token/root",
            grant=Grant(policies=(ROOT_POLICY,), renewable=False, display_name="root"),
            issued_at=0,
            expires_at=None,
        )
        self._all[token.id] = token
        return token

    def issue(
        self, grant: Grant, origin: Origin, *, asked_s: float, most_s: float | None, now: float
    ) -> tuple[Token, tuple[str, ...]]:
        """Make a token; return it with what is to be warned about. Raises VaultError."""
        life = lifetime(grant.bounds, asked_s=asked_s, since=now, now=now)
        left_s = life.left_s if most_s is None else min(life.left_s, most_s)
        root = ROOT_POLICY in grant.policies and not asked_s and grant.bounds == Bounds()
        token = Token(
            id=_PREFIXES[grant.kind] + base62(self.entropy, 90),
            accessor=base62(self.entropy, 24) if grant.kind == "service" else "",
            parent=None if origin.parent is None else origin.parent.id,
            space=origin.space,
            path=origin.path,
            grant=grant,
            issued_at=now,
            expires_at=None if root else now + left_s,
            entity_id=self._entity(grant, origin),
            uses_left=grant.num_uses,
        )
        self._all[token.id] = token
        return token, () if root else life.warnings

    def _entity(self, grant: Grant, origin: Origin) -> str:
        if not grant.alias:
            return "" if origin.parent is None else origin.parent.entity_id
        return self._entities.setdefault((grant.accessor, grant.alias), uuid(self.entropy))

    def find(self, token_id: str) -> Token | None:
        """Return a token that is alive."""
        return self._all.get(token_id)

    def by_accessor(self, accessor: str) -> Token | None:
        """Return the token that an accessor names."""
        found = (token for token in self._all.values() if token.accessor == accessor != "")
        return next(found, None)

    def renew(self, token: Token, *, asked_s: float, most_s: float | None, now: float) -> Lifetime:
        """Let a token live on, as far as its maximum goes. Raises VaultError."""
        if token.grant.kind == "batch":
            raise bad("batch tokens cannot be renewed")
        if not token.renewable:
            raise bad("lease is not renewable")
        life = lifetime(token.grant.bounds, asked_s=asked_s, since=token.issued_at, now=now)
        left_s = life.left_s if most_s is None else min(life.left_s, most_s)
        token.expires_at = now + left_s
        return replace(life, left_s=left_s)

    def revoke(self, token: Token) -> None:
        """End a token, those it made, and every lease that any of them asked for."""
        if self._all.pop(token.id, None) is None:
            return
        self.leases.revoke_of(token.id)
        for child in [child for child in self._all.values() if child.parent == token.id]:
            self.revoke(child)

    def orphan_children(self, token: Token) -> None:
        """Cut a token's children loose, so that they outlive it."""
        for child in self._all.values():
            if child.parent == token.id:
                child.parent = None

    def sweep(self, now: float) -> None:
        """End what has run out."""
        for token in list(self._all.values()):
            if token.expires_at is not None and token.expires_at <= now:
                self.revoke(token)

    def alive(self) -> tuple[Token, ...]:
        """Return the tokens that are alive, oldest first."""
        return tuple(self._all.values())
