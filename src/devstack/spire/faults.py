"""What can be made to go wrong: an agent that fails, and one that somebody has put in its place."""

from enum import Enum


class Fault(Enum):
    """One way to answer that is not the right one."""

    HANG = "hang"
    """Never answer."""
    UNAVAILABLE = "unavailable"
    DENIED = "denied"
    """No identity is issued to this workload."""
    EMPTY = "empty"
    """Answer, with no identity in it."""
    GARBAGE = "garbage"
    """Identities that are none."""
    EXPIRED = "expired"
    FOREIGN_TRUST_DOMAIN = "foreign-trust-domain"
    """As an agent of somebody else's, behind the same path."""
    OTHER_WORKLOAD = "other-workload"
    WRONG_AUDIENCE = "wrong-audience"
    UNSIGNED = "unsigned"
    """`alg: none` (JWT-SVID §2.1 forbids it)."""
    ENDS = "ends"
    """Answer once, and end the stream as if there were nothing more to say."""
    WRONG_KEY = "wrong-key"
    """A certificate with another's key, a JWT signed by nobody's key."""
