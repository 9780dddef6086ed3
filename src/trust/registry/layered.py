"""The file, and the stored rows above it: of two entries with one name the stored one counts.

So a command can suspend a tenant that stands in the file, on every instance, without touching it.
While the store cannot be asked, nobody knows who was suspended: StoreUnavailable, for everybody.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from trust.coordinates import TenantId
from trust.registry.file import FileRegistry
from trust.registry.record import Agent, ProviderEntry, Tenant
from trust.registry.stored import Found, StoredRegistry

Record = TypeVar("Record")


class LayeredRegistry:
    """The port `Registry` over both."""

    def __init__(self, file: Callable[[], Awaitable[FileRegistry]], stored: StoredRegistry) -> None:
        self._file = file
        self._stored = stored

    async def tenants(self) -> list[Tenant]:
        """Return all tenants: the file's, then those that are stored alone."""
        found, file = await self._stored.found_tenants(), await self._file()
        return _layered([(tenant.id, tenant) for tenant in await file.tenants()], found)

    async def tenant(self, tenant: TenantId) -> Tenant | None:
        """Return one tenant. Raises RowMalformed: what cannot be read hides the file's entry."""
        found = await self._stored.tenant(tenant)
        return found or await (await self._file()).tenant(tenant)

    async def claiming(self, claim: str, *, issuer: str | None) -> list[Tenant]:
        """Return whom the claim names; two, where the file gives away what is another's."""
        stored = await self._stored.claiming(claim, issuer=issuer)
        filed = await (await self._file()).claiming(claim, issuer=issuer)
        # A tenant that has a row claims what that says, and no more what the file says.
        hidden = [await self._stored.tenant(tenant.id) is not None for tenant in filed]
        return [*stored, *(one for one, hides in zip(filed, hidden, strict=True) if not hides)]

    async def agents(self) -> list[Agent]:
        """Return all agents: the file's in its order, then those that are stored alone."""
        found, file = await self._stored.found_agents(), await self._file()
        return _layered([(agent.name, agent) for agent in await file.agents()], found)

    async def providers(self) -> list[ProviderEntry]:
        """Return all providers, each issuer once: the stored entry's, if there is one."""
        found, file = await self._stored.found_providers(), await self._file()
        taken = {provider.issuer for provider in found.records.values()}
        filed = [
            (provider.name, provider)
            for provider in await file.providers()
            if provider.issuer not in taken or provider.name in found.names
        ]
        return _layered(filed, found)


def _layered(filed: Sequence[tuple[str, Record]], found: Found[Record]) -> list[Record]:
    """Return the file's entries, or the stored ones in their places, then the other stored ones."""
    known = {name for name, _ in filed}
    above = [found.records.get(name) if name in found.names else record for name, record in filed]
    alone = [record for name, record in found.records.items() if name not in known]
    return [record for record in (*above, *alone) if record is not None]
