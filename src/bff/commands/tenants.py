"""`gatehouse tenants`: organisations come, are suspended, and go."""

import argparse

from bff.commands.entries import entry_of, kept_in
from bff.commands.office import Office, at_work, recorded
from bff.commands.output import done, listed
from bff.commands.verbs import Verbs, action, group, slug_argument, tenant_argument
from bff.cutoff import cut_off
from trust.coordinates import TenantId
from trust.registry.members import read_tenant
from trust.registry.record import Tenant


def add_tenants(verbs: Verbs) -> None:
    """Add the verbs."""
    tenants = group(verbs, "tenants", "register, suspend and remove organisations")
    add = action(
        tenants,
        "add",
        at_work(_add),
        summary="register a tenant",
        example='tenants add acme --name "Acme" --claim acme',
    )
    add.add_argument("tenant", type=slug_argument, help="its id: a slug, for ever")
    add.add_argument("--name", help="what people read (default: the id)")
    add.add_argument(
        "--claim",
        action="append",
        metavar="VALUE",
        help="a value of the tenant claim that means it, any number of times (default: the id)",
    )
    add.add_argument("--issuer", help="its own provider, which is registered (default: the app's)")
    action(
        tenants,
        "list",
        at_work(_list),
        summary="list the tenants that count",
        example="tenants list --json",
    )
    _add_ends(tenants)


def _add_ends(tenants: Verbs) -> None:
    suspend = action(
        tenants,
        "suspend",
        at_work(_suspend),
        summary="keep a tenant's people out, and end their sessions",
        example="tenants suspend acme",
    )
    resume = action(
        tenants,
        "resume",
        at_work(_resume),
        summary="let a tenant's people in again",
        example="tenants resume acme",
    )
    remove = action(
        tenants,
        "remove",
        at_work(_remove),
        summary="take a tenant and its claims out, and end its sessions; its data stays",
        example="tenants remove acme",
    )
    for verb in (suspend, resume, remove):
        verb.add_argument("tenant", type=tenant_argument, help="its id")


async def _add(office: Office, chosen: argparse.Namespace) -> int:
    members = {"name": chosen.name, "claims": chosen.claim, "issuer": chosen.issuer}
    tenant = entry_of(chosen.tenant, members, read_tenant, office.terms)
    with recorded("tenants add", tenant=tenant.id):
        await office.registrar.add_tenant(tenant)
    return done(chosen, f"{tenant.id} is registered; its people can log in", tenant=tenant.id)


async def _list(office: Office, chosen: argparse.Namespace) -> int:
    stored = await office.registrar.stored.found_tenants()
    filed = {tenant.id for tenant in await office.registrar.file.tenants()}
    rows = [
        _row(tenant, kept_in(tenant.id, stored=stored.names, filed=filed))
        for tenant in await office.gate.registry.tenants()
    ]
    rows += [{"id": name, "state": "unreadable", "kept": "store"} for name in sorted(stored.broken)]
    heads = ("id", "state", "name", "claims", "issuer", "kept")
    return listed(chosen, "tenants", heads, rows)


def _row(tenant: Tenant, kept: str) -> dict[str, object]:
    return {
        "id": tenant.id,
        "state": "suspended" if tenant.suspended else "active",
        "name": tenant.name,
        "claims": sorted(tenant.claims),
        "issuer": tenant.issuer,
        "kept": kept,
    }


async def _suspend(office: Office, chosen: argparse.Namespace) -> int:
    # First nobody gets in any more, then those who are in go: in the other order, somebody could
    # log in in between.
    with recorded("tenants suspend", tenant=chosen.tenant) as record:
        await office.registrar.suspend(chosen.tenant)
        ended = record.counts["ended"] = await _cut_off(office, chosen.tenant)
    return _ended(chosen, f"{chosen.tenant} is suspended", ended)


async def _resume(office: Office, chosen: argparse.Namespace) -> int:
    with recorded("tenants resume", tenant=chosen.tenant):
        await office.registrar.resume(chosen.tenant)
    what = f"{chosen.tenant} is active; its people can log in again"
    return done(chosen, what, tenant=chosen.tenant)


async def _remove(office: Office, chosen: argparse.Namespace) -> int:
    # Its sessions end, too: whoever gets the id one day must not find them alive.
    with recorded("tenants remove", tenant=chosen.tenant) as record:
        await office.registrar.remove_tenant(chosen.tenant)
        ended = record.counts["ended"] = await _cut_off(office, chosen.tenant)
    return _ended(chosen, f"{chosen.tenant} is no tenant any more", ended)


async def _cut_off(office: Office, tenant: TenantId) -> int:
    gate = office.gate
    remembered_s = gate.settings.session_cache.total_seconds()
    return await cut_off(gate.ledger, tenant, remembered_s=remembered_s, now=gate.clock.now())


def _ended(chosen: argparse.Namespace, what: str, ended: int) -> int:
    what = f"{what}; sessions ended: {ended}"
    return done(chosen, what, tenant=chosen.tenant, sessions_ended=ended)
