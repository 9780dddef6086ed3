"""A credential of ours where it is kept: one that was rotated there is picked up here."""

import asyncio
from collections.abc import Awaitable, Callable

from bff.provider.client_auth import CredentialMalformed
from trust import log
from trust.clock import Clock, elapsed_s, instant
from trust.errors import TrustError
from trust.secret import Secret

KEPT_S = 300.0
"""How long a credential is used before its place is looked at again."""

AGAIN_S = 10.0
"""Shortest time between two looks: a provider that refuses us must not flood the place."""

LOOK_S = 5.0
"""How long a look may take."""


class Credential:
    """A credential by its secret reference. `check` raises CredentialMalformed."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Secret]],
        clock: Clock,
        *,
        check: Callable[[Secret], object],
        first: Secret,
    ) -> None:
        self._read = read
        self._clock = clock
        self._check = check
        self._value = first
        self._looked_at = instant(clock)

    async def current(self) -> Secret:
        """Return the credential, after a while with another look; else the old one serves on."""
        if self._is_due(KEPT_S):
            await self._look()
        return self._value

    async def replaces(self, refused: Secret) -> bool:
        """Tell whether there is another one than that which the provider has just refused."""
        if self._value == refused and self._is_due(AGAIN_S):
            await self._look()
        return self._value != refused

    def _is_due(self, after_s: float) -> bool:
        return elapsed_s(self._looked_at, self._clock) >= after_s

    async def _look(self) -> None:
        # Before the wait: who comes meanwhile uses the old one and does not look as well.
        self._looked_at = instant(self._clock)
        try:
            async with asyncio.timeout(LOOK_S):
                found = await self._read()
            self._check(found)
        except (TrustError, CredentialMalformed, TimeoutError) as error:
            log.fault("provider.credential_stale", error)
        else:
            self._value = found


def fixed(credential: Secret, clock: Clock) -> Credential:
    """Return a credential that is kept nowhere else."""

    async def _read() -> Secret:
        return credential

    return Credential(_read, clock, check=lambda _: None, first=credential)
