"""The token of this process: had by one login, renewed at two thirds, replaced before its end."""

from dataclasses import replace
from functools import partial
from math import ceil, inf

from trust import log
from trust.clock import Clock, Instant, elapsed_s, instant
from trust.flight import Flight
from trust.secrets.freshness import Draw, Life, Terms, pause_s
from trust.secrets.reference import Reference
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable
from trust.secrets.vault.failures import Denied
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.port import Login
from trust.secrets.vault.token import Auth, Step, Token, auth_of, begun, renewed

REPLACED_EVERY_S = 300.0
"""A token that was denied something, and is alive, is replaced at most this often.

Its role may have got another policy since it was made. But a policy that says no must not make us
log in with each request.
"""

LONGEST_OUTAGE_PAUSE_S = 5.0
"""Longest pause after a login that nobody answered; each secret has a longer one of its own.

After one that was refused it grows to a minute.
"""

CLOSE_S = 3.0
"""How long closing waits for a login that is under way; its token would then end by itself."""


class Tokens:
    """One token for all who ask, and those before it that are not over.

    An old token is not revoked when a newer one takes over: its leases would die in the hands of
    whoever uses them. It ends by itself, within the third of its time that it had left.
    """

    def __init__(
        self, http: VaultHttp, login: Login, *, terms: Terms, clock: Clock, draw: Draw
    ) -> None:
        self._http = http
        self._login = login
        self._terms = terms
        self._clock = clock
        self._draw = draw
        self._token: Token | None = None
        self._before: list[Token] = []
        self._logins = 0
        self._flight: Flight[None] = Flight(lambda: SecretOutage("the login at Vault was given up"))
        self._fault: SecretUnavailable | None = None
        self._failures = 0
        self._pause_s = 0.0
        self._tried: Instant | None = None
        self._replaced: Instant | None = None
        self._given_up = False

    async def usable(self, about: Reference) -> Token:
        """Return a token that may be used. Raises SecretOutage, SecretRefused.

        Where it could not be renewed, or replaced, the old one serves to its end: Vault says when
        that is, and denies it where it was revoked.
        """
        if self._given_up:
            # Whoever is denied while their token is being revoked must not get another one.
            raise SecretOutage(f"{about}: this process is done with Vault")
        if self._due():
            await self._take_step()
        token = self._token
        if token is None or self.left_s(token) <= 0:
            raise self._absent(about)
        return token

    async def instead_of(self, denied: Token, about: Reference) -> Token:
        """Return another token than one that was denied something. Raises as `usable`."""
        # What is under way perhaps only renews the very token that was denied.
        await self._flight.landed()
        if self._is_current(denied):
            if denied.auth.token is None or (
                self._was_replaced() and await self._is_alive(denied.auth, about)
            ):
                raise Denied(f"{about}: Vault does not allow it; look at the role's policies")
            await self._take_step(replace=True)
        if self._is_current(denied):
            if denied.auth.token is not None and not await self._is_alive(denied.auth, about):
                self._end(denied)
            raise self._absent(about)
        return await self.usable(about)

    def _end(self, dead: Token) -> None:
        """Believe Vault: the token is over, and with it all that it made, whoever cannot log in."""
        if self._token is not None and self._is_current(dead):
            self._token = replace(self._token, life=Life(0.0, 0.0))

    def has_ended(self, login: int) -> bool:
        """Tell whether the token of this login is over: by its end, or by a renewal that cut it."""
        return all(self.left_s(token) <= 0 for token in self._known() if token.login == login)

    def left_s(self, token: Token) -> float:
        """Return for how long a token may be used from now on."""
        return token.left_s(elapsed_s(token.asked, self._clock))

    async def give_up(self) -> list[Auth]:
        """Forget all, for good; return those that are ours to revoke."""
        self._given_up = True
        # What a login under way brings has to be revoked as well.
        await self._flight.landed(CLOSE_S)
        known = self._known()
        self._token, self._before = None, []
        return [token.auth for token in known if token.auth.ours and self.left_s(token) > 0]

    def _known(self) -> list[Token]:
        return [*self._before, *([self._token] if self._token else [])]

    def _is_current(self, token: Token) -> bool:
        return self._token is not None and self._token.login == token.login

    def _due(self) -> bool:
        return self._token is None or self._step(self._token) is not Step.USE

    def _step(self, token: Token) -> Step:
        return token.step(elapsed_s(token.asked, self._clock))

    def _was_replaced(self) -> bool:
        """Tell whether the last denial that led to a new login is not long ago."""
        return self._replaced is not None and (
            elapsed_s(self._replaced, self._clock) < REPLACED_EVERY_S
        )

    async def _is_alive(self, auth: Auth, about: Reference) -> bool:
        """Ask Vault of the token itself: a policy's no does not say which of both is wrong."""
        try:
            await self._http.ask(
                lambda client: client.adapter.get("/v1/auth/token/lookup-self"), auth.token, about
            )
        except Denied:
            return False
        return True

    def _paused_s(self) -> float:
        if self._tried is None or not self._pause_s:
            return 0.0
        return max(0.0, self._pause_s - elapsed_s(self._tried, self._clock))

    def _absent(self, about: Reference) -> SecretUnavailable:
        fault = self._fault or SecretOutage("not logged in at Vault")
        # Not the same object: each raising would add to its traceback.
        return type(fault)(f"{about}: {fault}")

    async def _take_step(self, *, replace: bool = False) -> None:
        """Renew or log in, once for all who wait; how it went is in `_token` and `_fault`."""
        if self._flight.under_way or self._paused_s() <= 0:
            await self._flight.joined(partial(self._try, replace=replace))

    async def _try(self, *, replace: bool) -> None:
        asked, token = instant(self._clock), self._token
        self._tried = asked
        try:
            extends = token is not None and not replace and self._step(token) is Step.RENEW
            if not (extends and token and await self._renew(token, asked)):
                await self._log_in(asked)
        except SecretUnavailable as error:
            self._failed(error)
            return
        except Exception as error:  # noqa: BLE001 whatever a way to log in trips over passes, perhaps
            # By its class alone: it is none of ours, and may quote anything.
            fault = SecretOutage(f"the login at Vault: {type(error).__name__}")
            log.fault("secrets.login_failed", fault, method=self._login.method)
            self._failed(fault)
            return
        self._fault, self._failures, self._pause_s = None, 0, 0.0
        if replace:
            self._replaced = asked

    async def _renew(self, token: Token, asked: Instant) -> bool:
        """Extend the token's time; False where Vault will not. Raises SecretOutage."""
        wanted = {"increment": f"{ceil(token.auth.lease_s or 0)}s"}
        try:
            answer = await self._http.ask(
                lambda client: auth_of(
                    client.adapter.post("/v1/auth/token/renew-self", json=wanted)
                ),
                token.auth.token,
                "the token's renewal",
            )
        except SecretUnavailable as error:
            log.fault("secrets.token_not_renewed", error)
            if isinstance(error, SecretOutage):
                raise
            return False
        self._token = renewed(token, answer, asked, terms=self._terms, draw=self._draw())
        return True

    async def _log_in(self, asked: Instant) -> None:
        """Put a new token in the old one's place. Raises SecretOutage, SecretRefused."""
        try:
            auth = await self._login.login(self._http)
        except SecretUnavailable as error:
            log.fault("secrets.login_failed", error, method=self._login.method)
            raise
        self._logins += 1
        if self._token is not None:
            self._before.append(self._token)
        self._before = [token for token in self._before if self.left_s(token) > 0]
        self._token = begun(auth, self._logins, asked, terms=self._terms, draw=self._draw())
        log.event("secrets.logged_in", method=self._login.method, lease_s=auth.lease_s)

    def _failed(self, error: SecretUnavailable) -> None:
        self._fault = error.anew()
        self._failures += 1
        longest_s = inf if isinstance(error, SecretRefused) else LONGEST_OUTAGE_PAUSE_S
        self._pause_s = min(pause_s(self._failures, self._terms, self._draw()), longest_s)
