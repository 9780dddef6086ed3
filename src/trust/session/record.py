"""A session: one person logged in with one browser."""

from dataclasses import dataclass, field

from trust.clock import NumericDate
from trust.secret import Secret
from trust.session.ids import Ticket, hash_of
from trust.session.owner import Owner, session_key
from trust.store.table import Key

__all__ = ["Identity", "Lease", "Owner", "Session", "Setback", "TokenSet", "session_key"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the provider said that this is, from a validated ID token."""

    issuer: str
    sub: str
    name: str | None = None
    email: str | None = None
    auth_time: NumericDate
    acr: str | None = None
    provider_session: str | None = None
    """The provider's own session id (`sid`, OpenID Connect Back-Channel Logout 1.0 §2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSet:
    """What the token endpoint gave; never leaves the server."""

    access_token: Secret
    expires_at: NumericDate | None
    """When the access token ends; None where the provider did not say."""
    received_at: NumericDate = NumericDate(0)
    """When it was given: what is a short time to the end depends on how long it was at all."""
    refresh_token: Secret | None = None
    refresh_expires_at: NumericDate | None = None
    """When the refresh token ends; None where the provider did not say."""
    id_token: Secret | None = None
    session_ends_at: NumericDate | None = None
    """The end that the provider imposes (`session_expiry`, IPSIE); None where it does not."""
    dpop_key: Secret | None = None
    """The private key (JWK) that the tokens are bound to (RFC 9449); None for bearer tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right of one process to spend the refresh token, until an instant.

    Written before the provider is called: a row that still has its lease after that instant was
    left behind by a crash between the provider's answer and our write.
    """

    holder: str
    until: NumericDate


@dataclass(frozen=True, slots=True, kw_only=True)
class Setback:
    """Refreshes that failed of the provider, one after the other, and until when none is tried."""

    failures: int
    until: NumericDate


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login. `version` counts its writes and fences them (a stale writer changes nothing)."""

    owner: Owner
    id: Secret
    version: int
    identity: Identity
    tokens: TokenSet
    created_at: NumericDate
    seen_at: NumericDate
    idle_expires_at: NumericDate
    ends_at: NumericDate
    """The absolute end, whatever happens."""
    device: str = ""
    lease: Lease | None = None
    setback: Setback | None = None
    id_hash: str = field(init=False)
    """The SHA-256 of the id: what the store, logs and lists know a session by."""

    def __post_init__(self) -> None:
        """Hash the id once: it is asked for several times in every request."""
        object.__setattr__(self, "id_hash", hash_of(self.id))

    @property
    def ticket(self) -> Ticket:
        """What the browser holds."""
        return Ticket(tenant=self.owner.tenant, subject=self.owner.subject, id=self.id)

    @property
    def key(self) -> Key:
        """Where the session's row is."""
        return session_key(self.owner, self.id_hash)

    @property
    def expires_at(self) -> NumericDate:
        """When it ends if nothing more happens.

        Not after the refresh token: a session whose tokens cannot be renewed is one in name only
        (RFC 10017, session lifetime of a BFF).
        """
        ends = [self.idle_expires_at, self.final_end, self.tokens.refresh_expires_at]
        return min(end for end in ends if end is not None)

    @property
    def final_end(self) -> NumericDate:
        """When it ends in any case: its own absolute end, or the provider's if that is sooner."""
        imposed = self.tokens.session_ends_at
        return self.ends_at if imposed is None else min(self.ends_at, imposed)
