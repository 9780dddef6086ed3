"""The provider's signing keys: fetched once, kept, and fetched again for a key id not seen yet."""

import asyncio
from collections.abc import Sequence
from typing import cast

from joserfc.jwk import Key

from bff.provider.errors import SigningKeyUnknown
from bff.provider.http import ProviderHttp
from bff.provider.signing_key import fits, usable_key
from trust.clock import Clock, Instant, elapsed_s, instant
from trust.session.errors import ProviderUnavailable

RETRY_EVERY_S = 5.0
"""A fetch that failed is tried again at most this often; until then the provider counts as down."""

REFETCH_EVERY_S = 60.0
"""Unknown key ids make us fetch at most this often: a flood of forged tokens is not a flood of
requests to the provider. In between, an unknown key id is refused."""

MAX_KEYS = 100
"""Largest key set that is looked at."""

_OK = 200


class ProviderKeys:
    """The key set behind one `jwks_uri`."""

    def __init__(self, http: ProviderHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._keys: Sequence[Key] = ()
        self._fetched_at: Instant | None = None
        self._tried_at: Instant | None = None
        self._fetching = asyncio.Lock()

    @property
    def age_s(self) -> float | None:
        """Seconds since the keys were fetched; None if they never were."""
        return None if self._fetched_at is None else elapsed_s(self._fetched_at, self._clock)

    async def find(self, kid: str | None, *, algorithm: str, jwks_uri: str) -> Key:
        """Return the key named `kid` that is good for `algorithm`.

        Raises SigningKeyUnknown, ProviderUnavailable.
        """
        found = self._named(kid, algorithm)
        if found is None:
            # One at a time: who waits here looks again at what the first one has fetched.
            async with self._fetching:
                if self._named(kid, algorithm) is None and self._may_fetch():
                    await self._fetch(jwks_uri)
                found = self._named(kid, algorithm)
        if found is None:
            raise SigningKeyUnknown("no such key")
        return found

    def _may_fetch(self) -> bool:
        """Tell whether a fetch is due. Raises ProviderUnavailable after one that failed."""
        if self._tried_at is not None and elapsed_s(self._tried_at, self._clock) < RETRY_EVERY_S:
            if self._tried_at != self._fetched_at:
                raise ProviderUnavailable("the key set could not be fetched a moment ago")
            return False
        return self.age_s is None or self.age_s >= REFETCH_EVERY_S

    def _named(self, kid: str | None, algorithm: str) -> Key | None:
        fit = [key for key in self._keys if fits(key, algorithm)]
        if kid is None:
            # Without a name only an only key can be meant (OpenID Connect Core §10.1).
            return fit[0] if len(fit) == 1 else None
        return next((key for key in fit if key.kid == kid), None)

    async def _fetch(self, jwks_uri: str) -> None:
        # Written down before the call: one that fails is throttled, too.
        tried_at = self._tried_at = instant(self._clock)
        reply = await self._http.get(jwks_uri)
        entries = reply.document.get("keys")
        if reply.status != _OK or not isinstance(entries, list):
            raise ProviderUnavailable(f"key set: {reply.status}")
        keys = [usable_key(entry) for entry in cast("list[object]", entries)[:MAX_KEYS]]
        self._keys = [key for key in keys if key is not None]
        self._fetched_at = tried_at
