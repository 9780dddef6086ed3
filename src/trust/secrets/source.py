"""The ports behind references: what keeps secrets, and what signs without giving its key away."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, Self

from trust.errors import UpstreamError
from trust.secret import Secret
from trust.secrets.reference import Reference


class SecretUnavailable(UpstreamError):
    """The secret cannot be had. The message names the reference, and never quotes its keeper.

    Subclasses are made of their message alone, as `anew` makes them.
    """

    code, status, title = "secret_unavailable", 503, "The service is not ready. Please try again."
    retry_after = 5

    def anew(self) -> Self:
        """Return another one that says the same: to be kept, and for each who gets it.

        Each raising adds to an error's traceback, whose frames hold what its keeper said.
        """
        return type(self)(str(self))


class SecretOutage(SecretUnavailable):
    """Its keeper cannot be asked now: time-out, throttling, sealed, 5xx.

    What is known may serve on, to its bound.
    """


class SecretMalformed(SecretOutage):
    """There is something, and nobody can use it: somebody may be in the middle of changing it.

    So what was known serves on, to its bound. Where nothing was, it is a mistake to be told.
    """


class SecretRefused(SecretUnavailable):
    """Its keeper has said no: denied, deleted, disabled.

    What is known is dropped at once: whoever took a secret away meant it.
    """


class Unfit(ValueError):
    """What was fetched is not of the form that its user needs.

    Only errors of this class are believed to say so without quoting it, and are logged as they
    are; of all others, which libraries raise and fill with what they were given, the class is.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a keeper answered.

    `value` is the whole of it, a JSON object where the reference may name a member. `version` is
    the keeper's name for it, and changes when the value does.
    """

    value: Secret
    version: str
    lease_s: float | None = None
    """Seconds, from when it was asked for, in which it is good; None: it says nothing of this."""
    constant: bool = False
    """It stays as it is as long as the process lives."""
    ended: Callable[[], bool] | None = None
    """Tells, at every use and without waiting, whether it has ended before its lease.

    As a lease of Vault does when the token that it was made with turns out to end earlier.
    """
    older: tuple[Secret, ...] | None = None
    """The version before, where that counts, too; empty: there is none; None: nobody asked."""


class Source(Protocol):
    """Somewhere that keeps secrets."""

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return what is there now. Raises SecretOutage, SecretRefused.

        `known` is what is in use: a lease may be extended instead of asking for another. Whatever
        else is raised counts as an outage; within 10 seconds it is cancelled (`cell.FETCH_S`).
        """
        ...


class Algorithm(Enum):
    """How a signer signs (RFC 7518 §3.1)."""

    RS256 = "RS256"
    ES256 = "ES256"


class Signer(Protocol):
    """A private key that can be used and not be seen."""

    @property
    def algorithm(self) -> Algorithm:
        """What it signs by."""
        ...

    @property
    def key_id(self) -> str:
        """The `kid` by which others find the public key: its thumbprint (RFC 7638)."""
        ...

    @property
    def public_jwk(self) -> Mapping[str, str]:
        """The public key (RFC 7517 §4), with `kid`, `alg` and `use`."""
        ...

    async def sign(self, message: bytes) -> bytes:
        """Return the signature as a JWS has it (RFC 7518 §3.4: ES256 is r and s, 64 bytes).

        Raises SecretOutage, SecretRefused.
        """
        ...


class SigningSource(Source, Protocol):
    """Somewhere that keeps keys which sign there.

    What it fetches is the public key, a JWK (RFC 7517 §4) with `kid` and `alg`.
    """

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Sign by the version of the key that `key` is the public one of; as `Signer.sign`.

        Raises SecretOutage, SecretRefused.
        """
        ...
