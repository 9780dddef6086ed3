"""What `/auth/session` and `/auth/sessions` answer. Times are seconds since 1970."""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from trust.registry.record import Tenant
from trust.session.ledger import SessionRow
from trust.session.record import Session


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UserDocument(_Document):
    """The person, in the words of their provider."""

    sub: str
    name: str | None
    email: str | None


class MyTenantDocument(_Document):
    """The person's organisation."""

    id: str
    name: str


class NobodyDocument(_Document):
    """Nobody is logged in."""

    authenticated: Literal[False] = False


class SomebodyDocument(_Document):
    """Who is logged in, and for how long."""

    authenticated: Literal[True] = True
    user: UserDocument
    tenant: MyTenantDocument
    expires_at: int
    idle_expires_at: int
    acr: str | None
    auth_time: int


class SessionDocument(_Document):
    """One of the person's sessions; `id` is the hash of what its cookie holds."""

    id: str
    device: str
    created_at: int
    last_seen_at: int
    expires_at: int
    current: bool


class SessionsDocument(_Document):
    """All of the person's sessions."""

    sessions: list[SessionDocument]


def somebody(session: Session, tenant: Tenant) -> SomebodyDocument:
    """Return the document of a session."""
    identity = session.identity
    return SomebodyDocument(
        user=UserDocument(sub=identity.sub, name=identity.name, email=identity.email),
        tenant=MyTenantDocument(id=tenant.id, name=tenant.name),
        expires_at=session.final_end,
        idle_expires_at=session.idle_expires_at,
        acr=identity.acr,
        auth_time=identity.auth_time,
    )


def listed(rows: Iterable[SessionRow], *, current: str) -> SessionsDocument:
    """Return the document of a person's sessions; `current` is the hash of the asking one's id."""
    return SessionsDocument(
        sessions=[
            SessionDocument(
                id=row.id_hash,
                device=row.device,
                created_at=row.created_at,
                last_seen_at=row.seen_at,
                expires_at=row.expires_at,
                current=row.id_hash == current,
            )
            for row in rows
        ]
    )
