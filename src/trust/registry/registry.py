"""The port to tenants and agents, and the answers that are the same for every adapter."""

from collections.abc import Iterable
from typing import Protocol

from trust.coordinates import TenantId
from trust.registry.record import (
    Agent,
    AgentUnknown,
    ProviderEntry,
    Tenant,
    TenantSuspended,
    TenantUnknown,
)


class Registry(Protocol):
    """Where tenants and agents are written down.

    Calls may raise StoreUnavailable, and RowMalformed where what was asked for cannot be read:
    nobody is a member of a tenant that nobody can read.
    """

    async def tenants(self) -> list[Tenant]:
        """Return all tenants of the app: for commands, not for logins."""
        ...

    async def tenant(self, tenant: TenantId) -> Tenant | None:
        """Return one tenant, suspended or not."""
        ...

    async def claiming(self, claim: str, *, issuer: str | None) -> list[Tenant]:
        """Return whom the claim names in an issuer's mouth; None is that of tenants without one.

        One tenant or none, unless file and store contradict each other.
        """
        ...

    async def agents(self) -> list[Agent]:
        """Return all agents of the app, in the order to show them."""
        ...

    async def providers(self) -> list[ProviderEntry]:
        """Return the identity providers that tenants brought along; not the default one."""
        ...


async def tenant_of_claim(registry: Registry, *, issuer: str, default: str, claim: str) -> Tenant:
    """Return the tenant that `issuer` names by `claim`. Raises TenantUnknown, TenantSuspended.

    The issuer counts: a claim's value means something only in the mouth of the provider that the
    tenant chose, or another provider could mint members of it.
    """
    spelled = (issuer, None) if issuer == default else (issuer,)
    named = {
        tenant.id: tenant
        for one in spelled
        for tenant in await registry.claiming(claim, issuer=one)
        # Whatever the look-up went by: the tenant's own entry decides.
        if claim in tenant.claims and (tenant.issuer or default) == issuer
    }
    if not named:
        raise TenantUnknown("no tenant has this claim from this issuer")
    if len(named) > 1:
        # To prefer one of them would make members of it out of the other's people.
        owners = " and ".join(sorted(named))
        raise TenantUnknown(f"{owners} have the same claim from this issuer: take it from one")
    return _active(*named.values())


async def tenant_by_id(registry: Registry, tenant: TenantId) -> Tenant:
    """Return a tenant. Raises TenantUnknown, TenantSuspended."""
    found = await registry.tenant(tenant)
    if found is None:
        raise TenantUnknown("the tenant is not in the registry")
    return _active(found)


async def agents_of(registry: Registry, tenant: TenantId) -> list[Agent]:
    """Return the agents that the tenant may use."""
    return [agent for agent in await registry.agents() if tenant in agent.tenants]


async def agent_of(registry: Registry, tenant: TenantId, name: str) -> Agent:
    """Return one of the tenant's agents by its raw name. Raises AgentUnknown."""
    return _named(await agents_of(registry, tenant), name)


def _named(agents: Iterable[Agent], name: str) -> Agent:
    for agent in agents:
        if agent.name == name:
            return agent
    raise AgentUnknown("no such agent for this tenant")


def _active(tenant: Tenant) -> Tenant:
    if tenant.suspended:
        raise TenantSuspended("the tenant is suspended")
    return tenant
