"""What a failure at Vault means: cannot be asked now, or has said no (HTTP API, "Status codes").

hvac's own errors carry the URL and the body of the answer, and their text quotes both: none of it
goes on from here, not even as a cause.
"""

import re
from http import HTTPStatus
from typing import cast

from hvac import exceptions
from requests import exceptions as transport

from trust.secrets.reference import Reference
from trust.secrets.source import SecretOutage, SecretRefused


class Denied(SecretRefused):
    """403: the token is over or revoked, or its policies do not allow this. Vault does not say."""


class Lost(SecretOutage):
    """No answer came, or none that can be read: what was asked for may have been done."""


class Unable(SecretOutage):
    """Vault answers, and could not do this one thing: the database is away, a user was dropped."""


class Redirected(Exception):
    """Whoever answered points to another place."""


class Unwelcome(Exception):
    """Vault's listener ends the handshake: it wants a client certificate, or another one."""


class NotVaults(Exception):
    """An error without Vault's form: of a proxy or a balancer before it."""


class Unasked(Exception):
    """Vault would have had to ask somebody who cannot be asked now: an issuer's keys, STS."""


_NOT_THERE = re.compile(
    r"dial tcp|no such host|connection re(?:fused|set)|i/o timeout|TLS handshake|unexpected EOF"
    r"|deadline exceeded|fetching keys|: EOF|giving up after"
    # What AWS says of itself, in the words of Vault's login method and of its engine.
    r"|received error code 5[0-9][0-9] from STS|[Ss]tatus ?[Cc]ode: ?5[0-9][0-9]"
    r"|Throttl|RequestLimitExceeded|ServiceUnavailable"
    # What the key-value engine says of itself while it is upgraded, and a node that only keeps
    # copies for a disaster.
    r"|for a brief period|Waiting for the primary|replication DR secondary mode"
)
"""What Vault says of a peer that does not answer, or cannot now. It does so with a 400, as if our
proof, or our request, were wrong; there is no other sign."""

FAILURES = (
    exceptions.VaultError,
    transport.RequestException,
    Redirected,
    Unwelcome,
    NotVaults,
    Unasked,
    OSError,
    # The answer is of another form than Vault's: what reads it stumbles.
    ArithmeticError,
    AttributeError,
    LookupError,
    # Not only of too deep a document: also of a thread that cannot be started.
    RuntimeError,
    TypeError,
    ValueError,
)
"""All that a request, or the reading of its answer, may raise."""

_BY_STATUS: dict[int, type[exceptions.VaultError]] = {
    405: exceptions.UnsupportedOperation,
    412: exceptions.PreconditionFailed,
    # Standby nodes of HashiCorp's, by their health endpoint's statuses.
    472: exceptions.VaultDown,
    473: exceptions.VaultDown,
}
"""Statuses for which hvac has a class, or a fitting one, and does not use it."""

_REFUSED: dict[type[Exception], tuple[type[SecretRefused], str]] = {
    exceptions.Forbidden: (Denied, "Vault does not allow it; look at the policies of the role"),
    exceptions.Unauthorized: (Denied, "Vault knows no such caller"),
    exceptions.InvalidRequest: (SecretRefused, "Vault refuses the request; look at its audit log"),
    exceptions.InvalidPath: (SecretRefused, "not there, or deleted; look at the mount and path"),
    exceptions.UnsupportedOperation: (
        SecretRefused,
        "nothing there that can be asked this; look at the mount and its engine",
    ),
    # Their text quotes the token: it comes from a file that somebody else wrote.
    transport.InvalidHeader: (SecretRefused, "the token for Vault is no text for a header"),
    UnicodeEncodeError: (SecretRefused, "the token for Vault is no text for a header"),
}

_OUTAGES: dict[type[Exception], tuple[type[SecretOutage], str]] = {
    exceptions.RateLimitExceeded: (SecretOutage, "a quota of Vault is used up"),
    exceptions.VaultDown: (SecretOutage, "Vault is sealed, or this node only stands by"),
    exceptions.VaultNotInitialized: (SecretOutage, "Vault is not initialised"),
    exceptions.PreconditionFailed: (SecretOutage, "this node of Vault lags behind the others"),
    exceptions.InternalServerError: (Unable, "Vault could not do it"),
    exceptions.VaultError: (SecretOutage, "Vault could not do it"),
    Redirected: (SecretOutage, "Vault points elsewhere, which is not followed; set VAULT_ADDR so"),
    Unwelcome: (
        SecretOutage,
        "Vault wants a client certificate, or another one; look at BFF_VAULT_CLIENT_CERT",
    ),
    Unasked: (SecretOutage, "Vault could not ask whom it needs to: the issuer's keys, or STS"),
    NotVaults: (SecretOutage, "an error that is not Vault's; look at what stands before it"),
    transport.SSLError: (SecretOutage, "Vault's certificate does not hold; look at VAULT_CACERT"),
    transport.RequestException: (Lost, "no answer from Vault; look at VAULT_ADDR"),
    OSError: (Lost, "Vault cannot be reached; look at VAULT_ADDR and VAULT_CACERT"),
}


def refusal(status: int, document: object) -> Exception:
    """Return the error for an answer, which has nothing of it but its status.

    What has not Vault's form is no answer of Vault's: the 404 of an ingress without a backend must
    not look as if a secret had been deleted.
    """
    if not isinstance(document, dict) or not {"errors", "data"} & document.keys():
        return NotVaults()
    errors = str(cast("dict[str, object]", document).get("errors"))
    if status == HTTPStatus.BAD_REQUEST and _NOT_THERE.search(errors):
        return Unasked()
    special = _BY_STATUS.get(status)
    return special() if special else exceptions.VaultError.from_status(status)


def classified(error: Exception, about: Reference | str) -> SecretOutage | SecretRefused:
    """Return what to raise `from None`; it names `about` and quotes nothing that came over.

    What cannot be placed counts as an outage: the value that is known serves to its bound, and no
    longer.
    """
    name = type(error).__name__
    for refused, (kind, why) in _REFUSED.items():
        if isinstance(error, refused):
            return kind(f"{about}: {why} ({name})")
    for failed, (outage, why) in _OUTAGES.items():
        if isinstance(error, failed):
            return outage(f"{about}: {why} ({name})")
    return Lost(f"{about}: the answer is not of Vault's form ({name})")
