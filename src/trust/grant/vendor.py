"""The port to whoever sells grants."""

from typing import Protocol

from trust.grant.record import Credentials, GrantRequest
from trust.secret import Secret


class Vendor(Protocol):
    """Somebody who sells grants."""

    async def assume(self, request: GrantRequest, id_token: Secret | None) -> Credentials:
        """Return fresh credentials. Raises GrantDenied, GrantUnavailable."""
        ...
