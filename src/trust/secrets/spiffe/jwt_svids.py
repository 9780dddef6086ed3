"""JWT-SVIDs for those to whom we say who we are: each checked, and kept while it is good."""

from functools import partial
from typing import Protocol

from trust.clock import Clock
from trust.secret import Secret
from trust.secrets.freshness import Draw
from trust.secrets.spiffe.identity import checked_jwt
from trust.secrets.spiffe.renewed import Renewed
from trust.secrets.spiffe.spiffe_id import Expected, parse_spiffe_id
from trust.secrets.spiffe.svid import JwtSvid


class Tokens(Protocol):
    """Something on this machine that gives us identities."""

    async def token(self, audience: str) -> Secret:
        """Return what it takes for a JWT-SVID of ours. Raises SecretOutage, SecretRefused."""
        ...

    async def close(self) -> None:
        """Give back what is open."""
        ...


class JwtSvids:
    """One identity for each audience; these come from the configuration, so they are few."""

    def __init__(
        self, tokens: Tokens, *, expected: Expected, within_s: float, clock: Clock, draw: Draw
    ) -> None:
        self._tokens = tokens
        self._expected = expected
        self._within_s = within_s
        self._clock = clock
        self._draw = draw
        self._by_audience: dict[str, Renewed[JwtSvid]] = {}

    async def jwt_svid(self, audience: str) -> JwtSvid:
        """Return an identity that `audience` accepts. Raises SecretOutage, SecretRefused."""
        if audience not in self._by_audience:
            fetch = partial(self._fetched, audience)
            self._by_audience[audience] = Renewed(
                fetch, within_s=self._within_s, clock=self._clock, draw=self._draw
            )
        return await self._by_audience[audience].value()

    async def close(self) -> None:
        """Stop, forget all identities, and close what gave them."""
        for renewed in self._by_audience.values():
            await renewed.close()
        self._by_audience.clear()
        await self._tokens.close()

    async def _fetched(self, audience: str) -> JwtSvid:
        token = await self._tokens.token(audience)
        found = checked_jwt(token.reveal(), audience, self._expected, self._clock.now())
        # Where nothing is configured, the first one says which trust domain is ours: a socket
        # that somebody takes over later is noticed even then.
        self._expected = self._expected.pinned(parse_spiffe_id(found.spiffe_id))
        return found
