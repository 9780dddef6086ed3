"""Somebody who sells grants, in memory: made-up credentials, and levers to refuse or to hang."""

import asyncio

from trust.clock import Clock, NumericDate
from trust.errors import TrustError
from trust.grant.record import Credentials, GrantRequest
from trust.secret import Secret

LIFETIME_S = 900
"""How long a grant lasts, in seconds: the shortest that STS sells."""


class CountingVendor:
    """Sells numbered grants. `sold` lists what was asked for; clear `open` to hold answers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.sold: list[tuple[GrantRequest, Secret | None]] = []
        self.refusal: TrustError | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def assume(self, request: GrantRequest, id_token: Secret | None) -> Credentials:
        """Return fresh credentials, or refuse as told."""
        self.sold.append((request, id_token))
        number = len(self.sold)
        await self.open.wait()
        if self.refusal is not None:
            raise self.refusal
        return Credentials(
            access_key_id=f"ASIA{number}",
            secret_access_key=Secret(f"secret-{number}"),
            session_token=Secret(f"session-{number}"),
            expires_at=NumericDate(self._clock.now() + LIFETIME_S),
        )
