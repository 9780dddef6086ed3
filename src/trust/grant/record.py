"""Grants: short-lived AWS credentials that reach only what the coordinates name."""

from typing import NamedTuple

from trust.clock import NumericDate
from trust.coordinates import Coordinates
from trust.errors import AccessError, UpstreamError
from trust.secret import Secret

RENEW_BEFORE_S = 300
"""A cached grant is not used any more when less than this is left of it."""


class GrantDenied(AccessError):
    """AWS does not give these coordinates the role: a matter of policy, not of trying again."""

    code, status, title = "agent_forbidden", 403, "This agent may not be used here."


class GrantUnavailable(UpstreamError):
    """STS is throttled or cannot be asked."""

    code, status = "grant_unavailable", 503
    title = "The service is busy. Please try again in a moment."
    retry_after = 2


class Credentials(NamedTuple):
    """An AWS key pair with its session token (SigV4)."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None
    expires_at: NumericDate

    def __hash__(self) -> int:
        """Hash the id alone, which is never given twice: secrets take their time to be hashed."""
        return hash(self.access_key_id)


class GrantRequest(NamedTuple):
    """What is asked of STS. Two requests that are equal get the same grant."""

    role_arn: str
    coordinates: Coordinates
    subject: str
    policy: str
    """The inline session policy: what is left of the role's permissions."""


def serves(credentials: Credentials, now: NumericDate) -> bool:
    """Tell whether a cached grant may still be handed out."""
    return credentials.expires_at - now > RENEW_BEFORE_S
