"""Being logged in at Vault: everything that is asked of it is asked through here."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import hvac

from trust import log
from trust.clock import Clock
from trust.secrets.freshness import Draw, Terms
from trust.secrets.reference import Reference
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.vault.failures import Denied
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.port import Login
from trust.secrets.vault.token import Auth
from trust.secrets.vault.tokens import Tokens

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """What Vault answered.

    A lease dies with the token that made it. `token_left_s` is how long, from now on, this one is
    good for at least (`inf`: it has no end, or its end is Vault Proxy's concern). `login` tells
    tokens apart: a lease that was made under another number dies with THAT token, however long it
    is renewed for under this one. So it is replaced, not renewed.
    """

    value: T
    token_left_s: float
    login: int


class VaultSession:
    """Vault, as one who is logged in sees it; `Tokens` says when that happens."""

    def __init__(
        self, http: VaultHttp, login: Login, *, terms: Terms, clock: Clock, draw: Draw
    ) -> None:
        self._http = http
        self._tokens = Tokens(http, login, terms=terms, clock=clock, draw=draw)

    async def call(self, ask: Callable[[hvac.Client], T], about: Reference) -> Answer[T]:
        """Run `ask` in a thread, logged in. Raises SecretOutage, SecretRefused.

        It is run once more, under a new token, where the first time was denied: a token that is
        over and a policy that says no look the same. What it raises for an answer of a wrong form
        (KeyError, TypeError, ValueError) counts as an outage.
        """
        token = await self._tokens.usable(about)
        try:
            value = await self._http.ask(ask, token.auth.token, about)
        except Denied:
            token = await self._tokens.instead_of(token, about)
            value = await self._http.ask(ask, token.auth.token, about)
        left_s = self._tokens.left_s(token)
        return Answer(value=value, token_left_s=left_s, login=token.login)

    def has_ended(self, login: int) -> bool:
        """Tell whether the token of this login is over, and with it all that it made."""
        return self._tokens.has_ended(login)

    async def close(self) -> None:
        """Revoke the tokens that are ours, and with them all their leases; best effort."""
        await asyncio.gather(*(self._revoke(auth) for auth in await self._tokens.give_up()))
        await self._http.close()

    async def _revoke(self, auth: Auth) -> None:
        try:
            await self._http.ask(
                lambda client: client.adapter.post("/v1/auth/token/revoke-self"),
                auth.token,
                "the token's end",
            )
        except SecretRefused:
            # It was over already: denied, or of the kind that cannot be revoked (batch).
            return
        except SecretOutage as error:
            log.fault("secrets.token_not_revoked", error)
