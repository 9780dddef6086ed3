"""Session ids and the cookie's value: made, hashed, read. The only maker of session ids."""

import hashlib
import re
from typing import NamedTuple

from trust.coordinates import SlugRefused, TenantId, tenant_id
from trust.seal.base64url import encode
from trust.secret import Secret

ID_BYTES = 32
"""Entropy of a session id in bytes: 256 bits."""

_SUBJECT_KEY = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERSION = "v1"


class Ticket(NamedTuple):
    """What the session cookie says: `v1.<tenant>.<subject key>.<session id>`.

    Tenant and subject key only say where to look; a changed hint finds nothing. The id alone is
    the secret, and the store keeps only its hash.
    """

    tenant: TenantId
    subject: str
    id: Secret

    def __str__(self) -> str:
        return f"{_VERSION}.{self.tenant}.{self.subject}.{self.id.reveal()}"


def new_session_id() -> Secret:
    """Return a fresh id of 256 random bits, 43 characters of base64url."""
    # Here: whoever only reads ids, as the authorizer does, starts sooner without it.
    import secrets

    return Secret(encode(secrets.token_bytes(ID_BYTES)))


def hash_of(session_id: Secret) -> str:
    """Return the SHA-256 of an id: no salt is needed over 256 random bits."""
    return encode(hashlib.sha256(session_id.reveal().encode()).digest())


def parse_ticket(value: str) -> Ticket | None:
    """Read a cookie's value; None for anything that we did not write."""
    parts = value.split(".")
    if len(parts) != 4 or parts[0] != _VERSION:  # noqa: PLR2004 the four parts of the docstring
        return None
    _, tenant, subject, session_id = parts
    if not (_SUBJECT_KEY.fullmatch(subject) and _SESSION_ID.fullmatch(session_id)):
        return None
    try:
        return Ticket(tenant=tenant_id(tenant), subject=subject, id=Secret(session_id))
    except SlugRefused:
        return None
