"""The providers' token endpoints for a process that hardly ever needs one.

A session's tokens are renewed once in minutes, and its cookie is looked at with every request. So
the clients of providers, which are most of what there is to import, come with the first refresh.
"""

import asyncio
from typing import TYPE_CHECKING

from bff.streaming_path import Ground
from trust.session.record import Session, TokenSet

if TYPE_CHECKING:
    from bff.provider.opening import Opener
    from bff.provider.providers import Providers


class LateEndpoint:
    """All providers' token endpoints; opened at the first use, and tried again if that fails."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._lock = asyncio.Lock()
        self._opener: Opener | None = None
        self._providers: Providers | None = None

    async def refresh(self, session: Session) -> TokenSet:
        """Spend the refresh token. Raises RefreshRejected, UpstreamError."""
        return await (await self._opened()).refresh(session)

    async def revoke(self, issuer: str, tokens: TokenSet) -> None:
        """Make the refresh token worthless, as far as the provider can be reached."""
        await (await self._opened()).revoke(issuer, tokens)

    async def close(self) -> None:
        """Close what was opened."""
        if self._opener is not None:
            await self._opener.close()

    async def _opened(self) -> "Providers":
        from bff.provider.configured import open_providers, opener_of

        settings = self._ground.settings
        # Two that come at once are one opening.
        async with self._lock:
            if self._opener is None:
                self._opener = opener_of(settings, self._ground.keepers)
            if self._providers is None:
                self._providers = await open_providers(
                    self._opener, settings, self._ground.registry
                )
            return self._providers
