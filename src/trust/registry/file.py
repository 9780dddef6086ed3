"""The registry in a TOML file: `[tenants.<id>]`, `[agents.<name>]` and `[providers.<name>]`."""

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from trust.coordinates import TenantId
from trust.errors import SettingsError
from trust.registry.entry import Entry
from trust.registry.members import (
    Terms,
    is_slug,
    of_default,
    read_agent,
    read_provider,
    read_tenant,
)
from trust.registry.record import Agent, ProviderEntry, Tenant

Record = TypeVar("Record")

_SECTIONS = ("tenants", "agents", "providers")
_ANY = Terms()


class FileRegistry:
    """Tenants, agents and providers as one reading of the file said."""

    def __init__(
        self,
        tenants: Sequence[Tenant],
        agents: Sequence[Agent],
        providers: Sequence[ProviderEntry] = (),
    ) -> None:
        self._tenants = {tenant.id: tenant for tenant in tenants}
        self._agents = list(agents)
        self._providers = list(providers)

    async def tenants(self) -> list[Tenant]:
        """Return all tenants."""
        return list(self._tenants.values())

    async def tenant(self, tenant: TenantId) -> Tenant | None:
        """Return one tenant."""
        return self._tenants.get(tenant)

    async def claiming(self, claim: str, *, issuer: str | None) -> list[Tenant]:
        """Return whom the claim names in an issuer's mouth."""
        every = self._tenants.values()
        return [tenant for tenant in every if claim in tenant.claims and tenant.issuer == issuer]

    async def agents(self) -> list[Agent]:
        """Return all agents, in the file's order."""
        return list(self._agents)

    async def providers(self) -> list[ProviderEntry]:
        """Return the identity providers that tenants brought along."""
        return list(self._providers)


def load_registry(path: Path, terms: Terms = _ANY) -> FileRegistry:
    """Read the file. Raises SettingsError with all of its faults."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError([f"BFF_REGISTRY: {path} cannot be read: {error}"]) from error
    faults = [
        f"has a section {name}, which nobody knows" for name in sorted(document.keys() - _SECTIONS)
    ]
    found = _entries(document, "tenants", read_tenant, terms, faults)
    tenants = [of_default(tenant, terms) for tenant in found]
    agents = _entries(document, "agents", read_agent, terms, faults)
    providers = _entries(document, "providers", read_provider, terms, faults)
    faults += [
        *_strangers(tenants, agents),
        *_contested(tenants),
        *_doubled(providers),
        *_homeless(tenants, document),
    ]
    if faults:
        raise SettingsError([f"BFF_REGISTRY: {path}: {fault}" for fault in faults])
    return FileRegistry(tenants, agents, providers)


def _entries(
    document: Mapping[str, Any],
    section: str,
    read: Callable[[str, Entry, Terms], Record | None],
    terms: Terms,
    faults: list[str],
) -> list[Record]:
    found = document.get(section, {})
    if not isinstance(found, dict):
        faults.append(f"[{section}] is no table")
        return []
    records: list[Record] = []
    for name, members in cast("dict[str, object]", found).items():
        where = f"[{section}.{name}]"
        if not isinstance(members, dict):
            faults.append(f"{where} is no table")
        elif not is_slug(name):
            faults.append(f"{where} is no slug: a-z, 0-9 and - inside, 1 to 63")
        else:
            entry = Entry(where, cast("dict[str, Any]", members), faults)
            record = read(name, entry, terms)
            entry.end()
            records += [record] if record is not None else []
    return records


def _strangers(tenants: Iterable[Tenant], agents: Iterable[Agent]) -> list[str]:
    known = {tenant.id for tenant in tenants}
    return [
        f"[agents.{agent.name}] names the tenant {tenant}, which is not in [tenants]"
        for agent in agents
        for tenant in sorted(agent.tenants - known)
    ]


def _contested(tenants: Iterable[Tenant]) -> list[str]:
    """Return the claims that two tenants have from one issuer: whose person is it, then?"""
    owners: dict[tuple[str | None, str], TenantId] = {}
    faults: list[str] = []
    for tenant in tenants:
        for claim in sorted(tenant.claims):
            owner = owners.setdefault((tenant.issuer, claim), tenant.id)
            if owner != tenant.id:
                faults.append(f"[tenants.{tenant.id}] has the claim {claim}, as has {owner}")
    return faults


def _doubled(providers: Iterable[ProviderEntry]) -> list[str]:
    """Return the issuers of two entries: which client's tokens are its, then?"""
    owners: dict[str, str] = {}
    return [
        f"[providers.{provider.name}] has the issuer {provider.issuer}, as has"
        f" {owners[provider.issuer]}"
        for provider in providers
        if owners.setdefault(provider.issuer, provider.name) != provider.name
    ]


def _homeless(tenants: Iterable[Tenant], document: Mapping[str, Any]) -> list[str]:
    """Return the tenants whose provider is none of the file's.

    Goes by what the entries say and not by what was read: a provider with a fault of its own is
    told once, and not once more for each of its tenants.
    """
    section: object = document.get("providers")
    entries = cast("dict[str, object]", section).values() if isinstance(section, dict) else ()
    known = [
        cast("dict[str, object]", one).get("issuer") for one in entries if isinstance(one, dict)
    ]
    return [
        f"[tenants.{tenant.id}] has the issuer {tenant.issuer}, which is neither BFF_OIDC_ISSUER"
        " nor that of an entry in [providers]"
        for tenant in tenants
        if tenant.issuer is not None and tenant.issuer not in known
    ]
