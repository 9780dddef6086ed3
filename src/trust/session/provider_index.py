"""Which sessions belong to which session, and to which person, at a provider.

A logout token names `sid`, or `sub`, and no tenant: these rows lead from there to the sessions.
They are written in the same transaction as the session. One whose session is over leads nowhere
and does no harm; it goes with the session's absolute end.

A logout that arrives while a login is on its way wins over it: it leaves a mark, and a session
whose login began before the mark is not created.
"""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from trust.clock import NumericDate
from trust.coordinates import AppId, TenantId, app_partition
from trust.seal.base64url import encode
from trust.session.record import Session
from trust.store.table import Check, Item, Key, NotAfter, Put, RowMalformed, Write

ENDED_KEPT_S = 3600
"""How long a logout is remembered: longer than a login attempt is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whom a logout token names, of one issuer: a session there, a person, or both."""

    issuer: str
    sid: str | None
    subject: str | None
    """The subject key of (issuer, sub)."""


class EndedAtProvider(NamedTuple):
    """What a logout at a provider has ended here."""

    ids: list[str]
    """Hashed ids of sessions."""
    lost: RowMalformed | None
    """Why it cannot be told of some session whether it was meant; None if there is none such."""


def writes_of(session: Session, *, begun_at: NumericDate) -> list[Write]:
    """Return what is written, and held true, together with a new session.

    A mark of the very second in which the login began counts as later: nobody can tell, and a
    login that was refused begins anew.
    """
    owner, identity = session.owner, session.identity
    before = NotAfter("cutoff", begun_at - 1)
    subject = Named(issuer=identity.issuer, sid=None, subject=owner.subject)
    writes: list[Write] = [
        Put(_pointer(session, _below(owner.app, subject, owner.tenant))),
        Check(ended_key(owner.app, subject), before),
    ]
    if identity.provider_session is not None:
        sid = Named(issuer=identity.issuer, sid=identity.provider_session, subject=None)
        writes += [
            Put(_pointer(session, _below(owner.app, sid, session.id_hash))),
            Check(ended_key(owner.app, sid), before),
        ]
    return writes


def pointers_key(app: AppId, named: Named) -> Key:
    """Return the partition, and the beginning of the sort keys, of the pointers of `named`."""
    return _below(app, named, "")


def ended_key(app: AppId, named: Named) -> Key:
    """Return where the mark of a logout is."""
    place = pointers_key(app, named)
    return Key(place.partition, f"ENDED#{place.sort}")


def ended_mark(app: AppId, named: Named, *, now: NumericDate) -> Item:
    """Return the mark of a logout at `now`."""
    return Item(
        key=ended_key(app, named),
        expires_at=NumericDate(now + ENDED_KEPT_S),
        attributes={"cutoff": now},
    )


def seen_token(app: AppId, issuer: str, jti: str, *, until: NumericDate) -> Item:
    """Return the row that remembers a logout token until it is too old to be taken anyway."""
    return Item(key=Key(_partition(app, issuer), f"JTI#{_hash(jti)}"), expires_at=until)


def pointed_at(pointer: Item) -> tuple[TenantId, str, str | None]:
    """Return tenant, subject key and the session's hashed id of a pointer; None: all of theirs.

    Raises RowMalformed.
    """
    kind, name, rest = pointer.key.sort.split("#", 2)
    if kind == "SUB":
        # Both stand in the key: a pointer that cannot be read keeps nobody logged in.
        return TenantId(rest), name, None
    return TenantId(pointer.text("tenant")), pointer.text("subject"), pointer.text("id_hash")


def _pointer(session: Session, key: Key) -> Item:
    owner = session.owner
    return Item(
        key=key,
        expires_at=session.ends_at,
        attributes={
            "tenant": owner.tenant,
            "subject": owner.subject,
            "id_hash": session.id_hash,
        },
    )


def _below(app: AppId, named: Named, rest: str) -> Key:
    # Hashed: a provider's ids may hold anything, `#` too. The issuer is in the partition: another
    # provider's `sid` of the same spelling is another session.
    kind, name = ("SUB", named.subject) if named.sid is None else ("SID", _hash(named.sid))
    return Key(_partition(app, named.issuer), f"{kind}#{name}#{rest}")


def _partition(app: AppId, issuer: str) -> str:
    return f"{app_partition(app)}#ISSUER#{_hash(issuer)}"


def _hash(text: str) -> str:
    return encode(hashlib.sha256(text.encode()).digest())
