"""A session as a row, and back: what is sealed, what lies open.

Sealed: identity and tokens. Open: lifetimes, device label, lease, setback, all that must be
decided or listed without the cookie. Contents are bound to their place and version (AAD): moved to
another key, or put under another version, they do not open.
"""

import json
from typing import Any

from trust.clock import NumericDate
from trust.json_text import read_json
from trust.seal.box import Box, Place, SealBroken, seal, unseal
from trust.seal.keyring import Keyring
from trust.secret import Secret
from trust.session.record import (
    Identity,
    Lease,
    Owner,
    Session,
    Setback,
    TokenSet,
    session_key,
)
from trust.store.table import Attribute, Item, Key, RowMalformed


def to_item(session: Session, keyring: Keyring, *, nonce: bytes) -> Item:
    """Return the row of `session`; `nonce` is fresh random bytes."""
    plain = json.dumps(_contents(session)).encode()
    box = seal(keyring, plain, _place(session.id, session.key, session.version), nonce=nonce)
    lease = session.lease
    return Item(
        key=session.key,
        version=session.version,
        expires_at=session.expires_at,
        attributes={
            "kid": box.kid,
            "box": box.content,
            "created_at": session.created_at,
            "seen_at": session.seen_at,
            "idle_expires_at": session.idle_expires_at,
            "ends_at": session.ends_at,
            "device": session.device,
            "lease_holder": lease.holder if lease else "",
            "lease_until": lease.until if lease else 0,
            **_failed(session.setback),
        },
    )


def from_item(item: Item, *, owner: Owner, session_id: Secret, keyring: Keyring) -> Session:
    """Open a row with the cookie's session id. Raises RowMalformed, KeyUnknown."""
    contents = _opened(item, owner, session_id, keyring)
    try:
        identity, tokens = _identity(contents["identity"]), _tokens(contents["tokens"])
    except (KeyError, TypeError) as error:
        raise RowMalformed("a session's contents lack a member") from error
    return Session(
        owner=owner,
        id=session_id,
        version=item.version,
        identity=identity,
        tokens=tokens,
        created_at=NumericDate(item.number("created_at")),
        seen_at=NumericDate(item.number("seen_at")),
        idle_expires_at=NumericDate(item.number("idle_expires_at")),
        ends_at=NumericDate(item.number("ends_at")),
        device=item.text("device"),
        lease=_lease(item),
        setback=_setback(item),
    )


def _lease(item: Item) -> Lease | None:
    holder = item.text("lease_holder")
    return Lease(holder=holder, until=NumericDate(item.number("lease_until"))) if holder else None


def _failed(setback: Setback | None) -> dict[str, Attribute]:
    if setback is None:
        return {}
    return {"refresh_failures": setback.failures, "refresh_after": setback.until}


def _setback(item: Item) -> Setback | None:
    if "refresh_failures" not in item.attributes:
        return None
    until = NumericDate(item.number("refresh_after"))
    return Setback(failures=item.number("refresh_failures"), until=until)


def _opened(item: Item, owner: Owner, session_id: Secret, keyring: Keyring) -> dict[str, Any]:
    # The key is derived from what was asked for, not from what the row says of itself.
    key = session_key(owner, item.key.sort.rpartition("#")[2])
    box = Box(item.text("kid"), item.octets("box"))
    try:
        plain = unseal(keyring, box, _place(session_id, key, item.version))
        contents: dict[str, Any] = read_json(plain)
    except (SealBroken, ValueError) as error:
        raise RowMalformed("a session does not open") from error
    return contents


def _place(session_id: Secret, key: Key, version: int) -> Place:
    return Place(
        purpose="session",
        salt=session_id.reveal().encode(),
        context=f"{key.partition}\n{key.sort}\n{version}",
    )


def _contents(session: Session) -> dict[str, object]:
    identity, tokens = session.identity, session.tokens
    return {
        "identity": {
            "issuer": identity.issuer,
            "sub": identity.sub,
            "name": identity.name,
            "email": identity.email,
            "auth_time": identity.auth_time,
            "acr": identity.acr,
            "sid": identity.provider_session,
        },
        "tokens": {
            "access_token": tokens.access_token.reveal(),
            "expires_at": tokens.expires_at,
            "received_at": tokens.received_at,
            "refresh_token": _text(tokens.refresh_token),
            "refresh_expires_at": tokens.refresh_expires_at,
            "id_token": _text(tokens.id_token),
            "session_ends_at": tokens.session_ends_at,
            "dpop_key": _text(tokens.dpop_key),
        },
    }


def _identity(members: dict[str, Any]) -> Identity:
    return Identity(
        issuer=members["issuer"],
        sub=members["sub"],
        name=members["name"],
        email=members["email"],
        auth_time=NumericDate(members["auth_time"]),
        acr=members["acr"],
        provider_session=members["sid"],
    )


def _tokens(members: dict[str, Any]) -> TokenSet:
    return TokenSet(
        access_token=Secret(members["access_token"]),
        expires_at=_date(members["expires_at"]),
        received_at=NumericDate(members["received_at"]),
        refresh_token=_secret(members["refresh_token"]),
        # Rows of before these were known have none of them.
        refresh_expires_at=_date(members.get("refresh_expires_at")),
        id_token=_secret(members["id_token"]),
        session_ends_at=_date(members.get("session_ends_at")),
        dpop_key=_secret(members.get("dpop_key")),
    )


def _text(secret: Secret | None) -> str | None:
    return secret.reveal() if secret else None


def _secret(text: str | None) -> Secret | None:
    return Secret(text) if text else None


def _date(number: int | None) -> NumericDate | None:
    return None if number is None else NumericDate(number)
