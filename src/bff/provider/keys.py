"""The provider's signing keys: fetched once, kept, and fetched again for a key id not seen yet."""

from collections.abc import Sequence
from typing import cast

from joserfc.jwk import Key

from bff.provider.errors import IdTokenInvalid
from bff.provider.http import ProviderHttp
from bff.provider.id_token import usable_key
from trust.clock import Clock
from trust.session.errors import ProviderUnavailable

REFETCH_EVERY_S = 60.0
"""Unknown key ids make us fetch at most this often: a flood of forged tokens is not a flood of
requests to the provider. In between, an unknown key id is refused."""

_OK = 200


class ProviderKeys:
    """The key set behind one `jwks_uri`."""

    def __init__(self, http: ProviderHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._keys: Sequence[Key] = ()
        self._fetched_at: float | None = None

    @property
    def age_s(self) -> float | None:
        """Seconds since the keys were fetched; None if they never were."""
        return None if self._fetched_at is None else self._clock.monotonic() - self._fetched_at

    async def find(self, kid: str | None, *, jwks_uri: str) -> Key:
        """Return the key named `kid`. Raises IdTokenInvalid, ProviderUnavailable."""
        found = self._named(kid)
        if found is None and (self.age_s is None or self.age_s >= REFETCH_EVERY_S):
            await self._fetch(jwks_uri)
            found = self._named(kid)
        if found is None:
            raise IdTokenInvalid("no such key")
        return found

    def _named(self, kid: str | None) -> Key | None:
        if kid is None:
            # Without a name only an only key can be meant (OpenID Connect Core §10.1).
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.kid == kid), None)

    async def _fetch(self, jwks_uri: str) -> None:
        # Written down before the call: a fetch that fails is throttled like one that succeeds.
        self._fetched_at = self._clock.monotonic()
        reply = await self._http.get(jwks_uri)
        entries = reply.document.get("keys")
        if reply.status != _OK or not isinstance(entries, list):
            raise ProviderUnavailable(f"key set: {reply.status}")
        keys = [usable_key(entry) for entry in cast("list[object]", entries)]
        self._keys = [key for key in keys if key is not None]
