"""STS in memory: sells grants, counts them, and refuses when told to."""

import asyncio
from dataclasses import dataclass, field

from trust.clock import Clock, NumericDate
from trust.errors import TrustError
from trust.grant.record import Credentials, GrantRequest
from trust.secret import Secret


@dataclass(kw_only=True, eq=False)
class FakeVendor:
    """`refusal`: what is raised in place of a grant. Clear `open` to hold buyers back."""

    clock: Clock
    refusal: TrustError | None = None
    requests: list[GrantRequest] = field(default_factory=list[GrantRequest])
    sold: list[Credentials] = field(default_factory=list[Credentials])
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def assume(self, request: GrantRequest, id_token: Secret | None) -> Credentials:
        """Return credentials that tell in their names what they are for."""
        del id_token
        self.requests.append(request)
        await self.open.wait()
        if self.refusal is not None:
            raise self.refusal
        number = len(self.requests)
        credentials = Credentials(
            access_key_id=f"ASIA{number:016}",
            secret_access_key=Secret(f"sts-secret-{number}-{id(self)}"),
            session_token=Secret(f"sts-session-token-{number}-{id(self)}"),
            expires_at=NumericDate(self.clock.now() + 900),
        )
        self.sold.append(credentials)
        return credentials
