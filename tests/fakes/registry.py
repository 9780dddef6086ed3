"""A registry that a test changes while it is in use."""

from dataclasses import dataclass, field

from trust.coordinates import TenantId
from trust.registry.record import Agent, ProviderEntry, Tenant


@dataclass(kw_only=True, eq=False)
class OpenRegistry:
    """The port `Registry` as three lists."""

    known_tenants: list[Tenant] = field(default_factory=list[Tenant])
    known_agents: list[Agent] = field(default_factory=list[Agent])
    known_providers: list[ProviderEntry] = field(default_factory=list[ProviderEntry])

    async def tenants(self) -> list[Tenant]:
        """Return all tenants."""
        return self.known_tenants

    async def tenant(self, tenant: TenantId) -> Tenant | None:
        """Return one tenant, suspended or not."""
        return next((known for known in self.known_tenants if known.id == tenant), None)

    async def claiming(self, claim: str, *, issuer: str | None) -> list[Tenant]:
        """Return whom the claim names in an issuer's mouth."""
        return [
            known
            for known in self.known_tenants
            if claim in known.claims and known.issuer == issuer
        ]

    async def agents(self) -> list[Agent]:
        """Return all agents."""
        return self.known_agents

    async def providers(self) -> list[ProviderEntry]:
        """Return the providers that tenants brought along."""
        return self.known_providers
