"""The issuer's keys (RFC 7517): read entry by entry, kept, and fetched anew when one is missing."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from jose import jwk
from jose.backends.base import Key
from jose.exceptions import JOSEError

from trust import log
from trust.clock import Clock, NumericDate
from trust.seal.base64url import decode
from trust.session.errors import ProviderUnavailable

KEPT_S = 3600
"""How long a key set is used before it is fetched again: a withdrawn key has to go some day."""

STALE_S = 24 * 3600
"""How long an old key set serves on while no newer one can be had."""

REFETCH_EVERY_S = 60
"""Unknown key ids make us fetch at most this often: a flood of forged tokens is none to the
provider. In between, an unknown key id is refused."""

RETRY_EVERY_S = 10
"""Pause after a fetch that failed."""

MIN_RSA_BITS = 2048
"""Smallest RSA key that counts (RFC 7518 §3.3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationKey:
    """A public key, and the one algorithm that it is good for."""

    kid: str | None
    algorithm: str
    key: Key = field(repr=False)


class Jwks:
    """The key set behind one URL. `fetch` returns a document, or raises ProviderUnavailable.

    Ages are measured by the wall clock: a frozen Lambda sandbox's monotonic one may stand still.
    """

    def __init__(
        self, url: str, fetch: Callable[[str], bytes], algorithms: tuple[str, ...], clock: Clock
    ) -> None:
        self._url = url
        self._fetch = fetch
        self._algorithms = algorithms
        self._clock = clock
        self._keys: tuple[VerificationKey, ...] = ()
        self._fetched_at: NumericDate | None = None
        self._tried_at: NumericDate | None = None
        self._failing = False

    def find(self, kid: str | None, algorithm: str) -> VerificationKey | None:
        """Return the key, if there is just one of that name. Raises ProviderUnavailable."""
        now = self._clock.now()
        found = self._named(kid, algorithm)
        if found is None or self._older(KEPT_S, now):
            self._refresh(now)
            found = self._named(kid, algorithm)
        if self._older(STALE_S, now) or (found is None and self._failing):
            # It may well be a good token, of a key that is newer than ours: nobody can tell now.
            raise ProviderUnavailable("the key set cannot be fetched")
        return found

    def _older(self, age_s: int, now: NumericDate) -> bool:
        return self._fetched_at is None or now - self._fetched_at >= age_s

    def _named(self, kid: str | None, algorithm: str) -> VerificationKey | None:
        fitting = [key for key in self._keys if key.algorithm == algorithm]
        if kid is not None:
            fitting = [key for key in fitting if key.kid == kid]
        # Without a name only an only key can be meant; and of two with one name, neither is.
        return fitting[0] if len(fitting) == 1 else None

    def _refresh(self, now: NumericDate) -> None:
        pause = RETRY_EVERY_S if self._failing else REFETCH_EVERY_S
        if self._tried_at is not None and now - self._tried_at < pause:
            return
        # Written down before the call: one that fails is throttled like one that succeeds.
        self._tried_at, self._failing = now, True
        try:
            self._keys = parse_key_set(self._fetch(self._url), self._algorithms)
        except ProviderUnavailable as error:
            log.fault("authorizer.keys_unavailable", error)
        else:
            self._fetched_at, self._failing = now, False


def parse_key_set(raw: bytes, algorithms: tuple[str, ...]) -> tuple[VerificationKey, ...]:
    """Read a key set, leaving out what is of no use here. Raises ProviderUnavailable."""
    try:
        document: object = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ProviderUnavailable("the key set is no JSON") from error
    entries = cast("dict[str, Any]", document).get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ProviderUnavailable("the key set has no keys")
    keys = [_key(entry, name) for entry in cast("list[object]", entries) for name in algorithms]
    return tuple(key for key in keys if key is not None)


def _key(entry: object, algorithm: str) -> VerificationKey | None:
    """Read one entry; None for one that cannot verify this algorithm for us."""
    if not isinstance(entry, dict):
        return None
    members = cast("dict[str, Any]", entry)
    try:
        if not _serves(members, algorithm):
            return None
        key = jwk.construct(members, algorithm)
    except (JOSEError, ValueError, KeyError, TypeError, AttributeError):
        # One broken entry must not make the others useless.
        return None
    kid = members.get("kid")
    return VerificationKey(kid=kid if isinstance(kid, str) else None, algorithm=algorithm, key=key)


def _serves(members: Mapping[str, Any], algorithm: str) -> bool:
    """Tell whether an entry says of itself that it verifies this algorithm (RFC 7517 §4)."""
    return (
        members.get("use", "sig") == "sig"
        and "verify" in members.get("key_ops", ["verify"])
        and members.get("alg", algorithm) == algorithm
        and (_is_p256(members) if algorithm == "ES256" else _is_long(members))
    )


def _is_p256(members: Mapping[str, Any]) -> bool:
    # ES256 is the curve P-256 and no other one (RFC 7518 §3.4).
    return members.get("crv") == "P-256"


def _is_long(members: Mapping[str, Any]) -> bool:
    return int.from_bytes(decode(members["n"]), "big").bit_length() >= MIN_RSA_BITS
