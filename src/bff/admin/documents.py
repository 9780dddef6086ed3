"""What the administrators' calls answer with."""

from typing import Literal

from pydantic import BaseModel

from trust.registry.record import Tenant

State = Literal["active", "suspended"]


class TenantDocument(BaseModel):
    """A tenant. `issuer` null: its people log in at the app's own provider."""

    id: str
    name: str
    state: State
    issuer: str | None


class TenantsDocument(BaseModel):
    """All tenants whose entries can be read."""

    tenants: list[TenantDocument]


class SuspendedDocument(BaseModel):
    """A tenant is suspended, and its sessions have ended."""

    tenant: str
    state: Literal["suspended"] = "suspended"
    sessions_ended: int


class ResumedDocument(BaseModel):
    """A tenant is active."""

    tenant: str
    state: Literal["active"] = "active"


class EndedDocument(BaseModel):
    """Sessions have ended."""

    sessions_ended: int


def tenant_document(tenant: Tenant) -> TenantDocument:
    """Return what an administrator is told of a tenant; its claims are the command line's."""
    state: State = "suspended" if tenant.suspended else "active"
    return TenantDocument(id=tenant.id, name=tenant.name, state=state, issuer=tenant.issuer)
