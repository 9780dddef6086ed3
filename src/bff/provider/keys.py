"""The provider's signing keys: fetched once, kept, and fetched again for a key id not seen yet."""

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from bff.provider.errors import SigningKeyUnknown
from bff.provider.http import ProviderHttp, Reply
from bff.provider.signing_key import fits, usable_key
from trust import log
from trust.clock import Clock, Instant, elapsed_s, instant
from trust.flight import Flight
from trust.session.errors import ProviderUnavailable

if TYPE_CHECKING:
    from joserfc.jwk import Key

RETRY_EVERY_S = 5.0
"""A fetch that failed is tried again at most this often; until then the provider counts as down."""

REFETCH_EVERY_S = 60.0
"""Unknown key ids make us fetch at most this often: a flood of forged tokens is not a flood of
requests to the provider. In between, an unknown key id is refused."""

REFETCHES_AT_ONCE = 3
"""As many may come early after a quiet time: keys that change right after a fetch must not cost
anybody's login."""

KEPT_S = 3600.0
"""How long keys are used without being looked at again. A key that the provider has withdrawn is
good for no longer, unless newer ones cannot be had: an outage there ends nobody's login here."""

MAX_KEYS = 100
"""Largest key set that is looked at."""

_OK = 200


class ProviderKeys:
    """The key set behind one `jwks_uri`."""

    def __init__(self, http: ProviderHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._keys: Sequence[Key] = ()
        self._fetched: deque[Instant] = deque(maxlen=REFETCHES_AT_ONCE)
        self._failed_at: Instant | None = None
        self._fetching: Flight[None] = Flight(
            lambda: ProviderUnavailable("the fetch of the key set was given up")
        )

    @property
    def age_s(self) -> float | None:
        """Seconds since the keys were fetched; None if they never were."""
        return elapsed_s(self._fetched[-1], self._clock) if self._fetched else None

    async def find(self, kid: str | None, *, algorithm: str, jwks_uri: str) -> "Key":
        """Return the key named `kid` that is good for `algorithm`.

        Raises SigningKeyUnknown, ProviderUnavailable.
        """
        found = self._named(kid, algorithm)
        if found is None:
            if self._fetching.under_way or self._may_fetch():
                await self._fetch(jwks_uri)
        elif self._is_due() and not self._fetching.under_way:
            await self._renew(jwks_uri)
        found = self._named(kid, algorithm)
        if found is None:
            raise SigningKeyUnknown("no such key")
        return found

    def _may_fetch(self) -> bool:
        """Tell whether an unknown key id is worth a fetch. Raises ProviderUnavailable.

        That is what an outage looks like: nobody can say then that the key does not exist.
        """
        if self._failed_at is not None:
            if not self._has_passed(RETRY_EVERY_S, self._failed_at):
                raise ProviderUnavailable("the key set could not be fetched a moment ago")
            return True
        return (
            len(self._fetched) < REFETCHES_AT_ONCE
            or self._has_passed(REFETCHES_AT_ONCE * REFETCH_EVERY_S, self._fetched[0])
            or self._has_passed(REFETCH_EVERY_S, self._fetched[-1])
        )

    def _is_due(self) -> bool:
        """Tell whether known keys have to be looked at again."""
        lately = self._failed_at is not None and not self._has_passed(
            REFETCH_EVERY_S, self._failed_at
        )
        return not lately and self._has_passed(KEPT_S, self._fetched[-1])

    def _has_passed(self, seconds: float, since: Instant) -> bool:
        return elapsed_s(since, self._clock) >= seconds

    def _named(self, kid: str | None, algorithm: str) -> "Key | None":
        fit = [key for key in self._keys if fits(key, algorithm)]
        if kid is None:
            # Without a name only an only key can be meant (OpenID Connect Core §10.1).
            return fit[0] if len(fit) == 1 else None
        return next((key for key in fit if key.kid == kid), None)

    async def _renew(self, jwks_uri: str) -> None:
        try:
            await self._fetch(jwks_uri)
        except ProviderUnavailable as error:
            log.fault("provider.keys_stale", error)

    async def _fetch(self, jwks_uri: str) -> None:
        """Fetch the keys, or wait for who does it. Raises ProviderUnavailable."""
        await self._fetching.joined(partial(self._asked, jwks_uri))

    async def _asked(self, jwks_uri: str) -> None:
        asked_at = instant(self._clock)
        try:
            self._keys = _keys(await self._http.get(jwks_uri))
        except ProviderUnavailable:
            self._failed_at = instant(self._clock)
            raise
        self._fetched.append(asked_at)
        self._failed_at = None


def _keys(reply: Reply) -> "list[Key]":
    entries = reply.document.get("keys")
    if reply.status != _OK or not isinstance(entries, list):
        raise ProviderUnavailable(f"key set: {reply.status}")
    keys = [usable_key(entry) for entry in cast("list[object]", entries)[:MAX_KEYS]]
    return [key for key in keys if key is not None]
