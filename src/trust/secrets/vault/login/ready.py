"""Not logging in at all: something beside the process has done it."""

from trust.secrets.reference import Reference
from trust.secrets.source import SecretMalformed, SecretRefused, Source
from trust.secrets.vault.failures import Denied
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.token import Auth, standing_of, token_of


class ProxyLogin:
    """Vault Proxy stands between and adds a token of its own to every request.

    Leases, too, are kept alive there, so what is left of its token is no concern of ours.
    """

    method = "proxy"

    async def login(self, http: VaultHttp) -> Auth:
        """Return that no token is sent."""
        del http
        return Auth(token=None, lease_s=None, ours=False)


class TokenLogin:
    """A token that somebody else obtained and keeps alive: an agent's sink, a developer.

    It is read again whenever two thirds of its time are over, and when Vault denies it.
    """

    method = "token"

    def __init__(self, reference: Reference, tokens: Source) -> None:
        self._reference = reference
        self._tokens = tokens

    async def login(self, http: VaultHttp) -> Auth:
        """Return the token and how long it lasts. Raises SecretOutage, SecretRefused."""
        held = await self._tokens.fetch(self._reference, None)
        try:
            token = token_of(held.value.reveal())
        except ValueError as error:
            raise SecretMalformed(f"{self._reference}: {error}") from None
        try:
            return await http.ask(
                lambda client: standing_of(client.adapter.get("/v1/auth/token/lookup-self"), token),
                token,
                f"the token in {self._reference}",
            )
        except Denied:
            over = "is over, revoked, or may not look itself up (auth/token/lookup-self)"
            raise SecretRefused(f"{self._reference}: the token {over}") from None
