"""AWS at some URL, called by an identity that no machine has."""

from fakes.clock import StoppedClock
from trust.aws.environment import NEVER
from trust.aws.identity import FixedIdentity
from trust.aws.opening import Region
from trust.clock import Clock
from trust.grant.record import Credentials
from trust.secret import Secret
from trust.wire.call import Wire

CREDENTIALS = Credentials(
    access_key_id="AKIAGATEHOUSETESTS00",
    secret_access_key=Secret("made-up"),
    session_token=None,
    expires_at=NEVER,
)


def region_at(
    url: str, wire: Wire, clock: Clock | None = None, credentials: Credentials = CREDENTIALS
) -> Region:
    """Return the region whose services all are at one URL."""
    return Region(
        name="us-east-1",
        environment={"AWS_ENDPOINT_URL": url},
        wire=wire,
        identity=FixedIdentity(credentials),
        clock=clock or StoppedClock(),
    )
