"""`/admin`: administrators, by their own issuer's tokens; a cookie counts for nothing here."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Security
from fastapi.security import HTTPBearer

from bff.access import Gated
from bff.admin.act import Act, AdminRoute, act_of, nothing_but
from bff.admin.administration import Administration, Person
from bff.admin.documents import (
    EndedDocument,
    ResumedDocument,
    SuspendedDocument,
    TenantsDocument,
    tenant_document,
)
from bff.errors import NotFound
from trust.coordinates import TenantId, tenant_id

router = APIRouter(prefix="/admin", tags=["administration"], route_class=AdminRoute)

_BEARER = HTTPBearer(
    scheme_name="administrator",
    bearerFormat="JWT",
    description="RFC 9068, of BFF_ADMIN_ISSUER for BFF_ADMIN_AUDIENCE, scope gatehouse.admin.",
    auto_error=False,
)
"""For the OpenAPI document alone: what a token is worth, `Administration` decides."""


async def administration(
    request: Request, gate: Gated, _bearer: Annotated[object, Security(_BEARER)]
) -> Administration:
    """Return the administrators' desk to an administrator. Raises AdminRefused and others."""
    desk = gate.administration
    if desk is None:
        # These routes are mounted only where there is one; this says it to whoever mounts them.
        raise NotFound("there is no administration")
    act_of(request).by = await desk.administrator(request.headers.getlist("authorization"))
    return desk


Desk = Annotated[Administration, Depends(administration)]
"""The administrators' desk; whoever gets here is one."""


async def _callers_act(request: Request) -> Act:
    return act_of(request)


CallersAct = Annotated[Act, Depends(_callers_act)]
"""What will be written down of the call."""

Text = Annotated[str, Query(pattern=r"^[\x20-\x7e]{1,255}$")]
"""What a provider may call itself or a person (OpenID Connect Core §2)."""


@router.get("/tenants", summary="List the tenants")
async def tenants(request: Request, desk: Desk) -> TenantsDocument:
    """List all tenants whose entries can be read."""
    nothing_but(request)
    return TenantsDocument(tenants=[tenant_document(one) for one in await desk.tenants()])


@router.post("/tenants/{tenant}/suspend", summary="Suspend a tenant")
async def suspend(request: Request, tenant: str, desk: Desk, act: CallersAct) -> SuspendedDocument:
    """Keep a tenant's people out, end their sessions, cut their open answers off."""
    found = _tenant(request, tenant, act)
    act.ended = await desk.suspend(found)
    return SuspendedDocument(tenant=found, sessions_ended=act.ended)


@router.post("/tenants/{tenant}/resume", summary="Resume a tenant")
async def resume(request: Request, tenant: str, desk: Desk, act: CallersAct) -> ResumedDocument:
    """Let a tenant's people in again; they have to authenticate anew."""
    found = _tenant(request, tenant, act)
    await desk.resume(found)
    return ResumedDocument(tenant=found)


@router.delete("/tenants/{tenant}/sessions", summary="End a tenant's sessions")
async def end_tenant(request: Request, tenant: str, desk: Desk, act: CallersAct) -> EndedDocument:
    """End all of a tenant's sessions, and what is being authenticated."""
    found = _tenant(request, tenant, act)
    act.ended = await desk.end_tenant(found)
    return EndedDocument(sessions_ended=act.ended)


@router.delete("/subjects/sessions", summary="End a person's sessions")
async def end_subject(
    request: Request,
    desk: Desk,
    act: CallersAct,
    issuer: Text,
    sub: Text,
    tenant: str | None = None,
) -> EndedDocument:
    """End all of a person's sessions, and what is being authenticated; with one tenant, or all."""
    nothing_but(request, "issuer", "sub", "tenant")
    person, found = Person(issuer=issuer, sub=sub), None if tenant is None else tenant_id(tenant)
    act.tenant, act.subject = found, desk.subject(person)
    act.ended = await desk.end_subject(person, found)
    return EndedDocument(sessions_ended=act.ended)


def _tenant(request: Request, raw: str, act: Act) -> TenantId:
    """Return the tenant that a path names, alone. Raises ParameterInvalid, SlugRefused."""
    nothing_but(request)
    found = tenant_id(raw)
    act.tenant = found
    return found
