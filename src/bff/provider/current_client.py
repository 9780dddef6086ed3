"""Calls as the client with the credential that counts now, whichever was rotated meanwhile."""

from collections.abc import Callable
from dataclasses import replace

from bff.provider.calls import ClientCalls
from bff.provider.client_auth import Client
from bff.provider.credential import Credential
from bff.provider.http import Reply
from trust.secret import Secret

_REFUSED = frozenset({400, 401})


class CurrentClient:
    """Who we are at a provider. `calls_as` opens its endpoints for a client.

    Calls may raise ProviderUnavailable.
    """

    def __init__(
        self, client: Client, credential: Credential, calls_as: Callable[[Client], ClientCalls]
    ) -> None:
        self._client = client
        self._credential = credential
        self._calls_as = calls_as
        self._calls = calls_as(client)

    async def client(self) -> Client:
        """Return who we are now."""
        now = replace(self._client, credential=await self._credential.current())
        if now != self._client:
            # The provider's nonces are learned anew, which costs one more try once.
            self._client, self._calls = now, self._calls_as(now)
        return now

    async def post(self, url: str, form: str, *, key: Secret | None = None) -> Reply:
        """Send a form as the client; with `key`, also its proof.

        A provider that has dropped the old credential already says so before it looks at anything
        else: the code or the refresh token is unspent, and is sent once more with the new one.
        """
        client = await self.client()
        reply = await self._calls.post(url, form, key=key)
        if _is_refused(reply) and await self._credential.replaces(client.credential):
            await self.client()
            reply = await self._calls.post(url, form, key=key)
        return reply

    async def get(self, url: str, access_token: Secret, *, key: Secret | None) -> Reply:
        """Fetch what an access token gives access to."""
        return await self._calls.get(url, access_token, key=key)


def _is_refused(reply: Reply) -> bool:
    """Tell whether it is the client that was not believed (RFC 6749 §5.2)."""
    return reply.status in _REFUSED and reply.document.get("error") == "invalid_client"
