"""A token endpoint in memory: strict about reuse, and it can be made to hang or to be away."""

import asyncio

from fakes.rotation import LIFETIME_S, Rotation
from trust.clock import Clock, NumericDate
from trust.secret import Secret
from trust.session.errors import ProviderUnavailable, RefreshRejected
from trust.session.record import Session, TokenSet


class RotatingEndpoint:
    """Spends refresh tokens. Clear `open` to hold calls; `entered` is set when one has come in."""

    def __init__(self, clock: Clock, rotation: Rotation | None = None) -> None:
        self._clock = clock
        self.rotation = rotation or Rotation()
        self.away = False
        self.entered = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    @property
    def calls(self) -> int:
        """How many refresh tokens have been shown so far."""
        return self.rotation.calls

    async def refresh(self, session: Session) -> TokenSet:
        """Spend the refresh token. Raises RefreshRejected, ProviderUnavailable."""
        self.entered.set()
        await self.open.wait()
        if self.away:
            raise ProviderUnavailable("switched off by the test")
        token = session.tokens.refresh_token
        assert token is not None
        given = self.rotation.spend(token.reveal())
        if given is None:
            raise RefreshRejected("invalid_grant")
        return TokenSet(
            access_token=Secret(given[0]),
            expires_at=NumericDate(self._clock.now() + LIFETIME_S),
            refresh_token=Secret(given[1]),
            id_token=session.tokens.id_token,
        )

    async def revoke(self, issuer: str, tokens: TokenSet) -> None:
        """End the family."""
        del issuer
        assert tokens.refresh_token is not None
        self.rotation.revoke(tokens.refresh_token.reveal())
