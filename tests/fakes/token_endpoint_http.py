"""The client's side of `fakes.loopback_provider`, light enough for processes that start often."""

import httpx

from fakes.loopback import WAIT_S
from trust.clock import Clock, NumericDate
from trust.secret import Secret
from trust.session.errors import ProviderUnavailable, RefreshRejected
from trust.session.record import Session, TokenSet


class LoopbackTokenEndpoint:
    """Spends refresh tokens over HTTP."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock

    async def refresh(self, session: Session) -> TokenSet:
        """Spend the refresh token. Raises RefreshRejected, ProviderUnavailable."""
        assert session.tokens.refresh_token is not None
        token = session.tokens.refresh_token.reveal()
        answer = await self._post("/token", {"grant_type": "refresh_token", "refresh_token": token})
        document = answer.json()
        if document.get("error") == "invalid_grant":
            raise RefreshRejected("invalid_grant")
        if not answer.is_success:
            raise ProviderUnavailable(f"status {answer.status_code}")
        return TokenSet(
            access_token=Secret(document["access_token"]),
            expires_at=NumericDate(self._clock.now() + document["expires_in"]),
            refresh_token=Secret(document["refresh_token"]),
            id_token=session.tokens.id_token,
        )

    async def revoke(self, issuer: str, tokens: TokenSet) -> None:
        """End the family, if the provider can be reached."""
        del issuer
        assert tokens.refresh_token is not None
        await self._post("/revoke", {"token": tokens.refresh_token.reveal()})

    async def _post(self, path: str, form: dict[str, str]) -> httpx.Response:
        async with httpx.AsyncClient(timeout=WAIT_S, trust_env=False) as client:
            return await client.post(f"{self._url}{path}", data=form)
