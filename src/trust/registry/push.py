"""Bringing the stored registry to what a file says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from trust.registry.file import FileRegistry
from trust.registry.record import Agent, ProviderEntry, Tenant
from trust.registry.registrar import Registrar
from trust.registry.stored import Found

Record = TypeVar("Record", Tenant, Agent, ProviderEntry)


class How(Enum):
    """What becomes of an entry."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    KEPT = "kept"
    """Stored, and not in the file: left as it is."""
    UNREADABLE = "unreadable"
    """Stored in a form that cannot be read, maybe as suspended: left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What becomes of one entry."""

    kind: str
    name: str
    how: How
    still_suspended: bool = False
    """Whether it stays suspended although the file says nothing of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """All steps, and the records to write."""

    steps: list[Step]
    providers: list[ProviderEntry]
    tenants: list[Tenant]
    agents: list[Agent]
    before: Mapping[str, Tenant]
    """Stored tenants as they are."""


async def planned(registrar: Registrar, document: FileRegistry) -> Push:
    """Return what a push would do; nothing is written."""
    providers = await registrar.stored.found_providers()
    tenants = await registrar.stored.found_tenants()
    agents = await registrar.stored.found_agents()
    filed = [_suspension_kept(tenant, tenants) for tenant in await document.tenants()]
    steps: list[Step] = []
    todo_providers = _compared(
        "provider", {one.name: one for one in await document.providers()}, providers, steps
    )
    todo_tenants = _compared("tenant", {one.id: one for one, _ in filed}, tenants, steps)
    todo_agents = _compared(
        "agent", {one.name: one for one in await document.agents()}, agents, steps
    )
    kept = {tenant.id for tenant, still in filed if still}
    return Push(
        steps=[
            replace(step, still_suspended=True)
            if step.kind == "tenant" and step.name in kept
            else step
            for step in steps
        ],
        providers=todo_providers,
        tenants=todo_tenants,
        agents=todo_agents,
        before=tenants.records,
    )


async def push(registrar: Registrar, plan: Push) -> None:
    """Write what was planned. Raises what the registrar raises; doing it again does the rest."""
    for provider in plan.providers:
        await registrar.put_provider(provider)
    for tenant in plan.tenants:
        before = plan.before.get(tenant.id)
        if before is not None and _claims(before) - _claims(tenant):
            # First everybody lets go, then everybody takes: claims may go round in a circle.
            same = before.claims if before.issuer == tenant.issuer else frozenset[str]()
            await registrar.put_tenant(replace(before, claims=same & tenant.claims))
    for tenant in plan.tenants:
        await registrar.put_tenant(tenant)
    for agent in plan.agents:
        await registrar.put_agent(agent)


def _compared(
    kind: str, wanted: Mapping[str, Record], found: Found[Record], steps: list[Step]
) -> list[Record]:
    """Note a step for each entry; return the records to write."""
    todo: list[Record] = []
    for name, record in wanted.items():
        how = _how(kind, record, found.records.get(name), broken=name in found.broken)
        steps.append(Step(kind=kind, name=name, how=how))
        todo += [record] if how in {How.ADDED, How.CHANGED} else []
    steps += _kept(kind, found.names - wanted.keys())
    return todo


def _how(kind: str, record: Record, stored: Record | None, *, broken: bool) -> How:
    if broken:
        # A tenant that cannot be read may be a suspended one; the others let nobody in.
        return How.UNREADABLE if kind == "tenant" else How.CHANGED
    if stored is None:
        return How.ADDED
    return How.SAME if stored == record else How.CHANGED


def _kept(kind: str, names: Iterable[str]) -> list[Step]:
    return [Step(kind=kind, name=name, how=How.KEPT) for name in sorted(names)]


def _suspension_kept(tenant: Tenant, found: Found[Tenant]) -> tuple[Tenant, bool]:
    """Return the tenant as it is to be stored: a file that was written before lifts no suspension.

    The second tells whether that made a difference.
    """
    stored = found.records.get(tenant.id)
    still = stored is not None and stored.suspended and not tenant.suspended
    return (replace(tenant, suspended=True) if still else tenant), still


def _claims(tenant: Tenant) -> set[tuple[str | None, str]]:
    return {(tenant.issuer, claim) for claim in tenant.claims}
