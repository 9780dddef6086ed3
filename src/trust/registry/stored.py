"""The registry in the one table: tenants, agents and providers as rows of the app's partition.

A login asks for one claim and one tenant, each a strongly consistent read of one row; nothing of
it grows with the number of tenants.
"""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from trust import log
from trust.clock import Clock
from trust.coordinates import AppId, TenantId, app_partition, tenant_id
from trust.registry import rows
from trust.registry.members import Terms
from trust.registry.record import Agent, ProviderEntry, Tenant
from trust.remembered import Remembered
from trust.store.table import Item, Key, RowMalformed, Table

Record = TypeVar("Record")


class Found(NamedTuple, Generic[Record]):
    """All entries of one kind. `broken` are names whose row cannot be read.

    A broken row still stands for its name: were it a suspension, the file's entry of that name must
    not count again.
    """

    records: dict[str, Record]
    broken: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        """Every name that has a row."""
        return self.broken | self.records.keys()


class StoredRegistry:
    """Reads the rows; each answer is remembered for at most `cache_s` seconds."""

    def __init__(
        self, table: Table, clock: Clock, *, app: AppId, terms: Terms, cache_s: float
    ) -> None:
        self._table = table
        self._clock = clock
        self._partition = app_partition(app)
        self._terms = terms
        self._rows = Remembered[str, Item | None](clock, cache_s)
        self._tenants = Remembered[str, Found[Tenant]](clock, cache_s)
        self._agents = Remembered[str, Found[Agent]](clock, cache_s)
        self._providers = Remembered[str, Found[ProviderEntry]](clock, cache_s)
        self._told: set[tuple[str, int]] = set()

    async def tenants(self) -> list[Tenant]:
        """Return all tenants that can be read."""
        return [*(await self.found_tenants()).records.values()]

    async def agents(self) -> list[Agent]:
        """Return all agents that can be read, by name."""
        return [*(await self.found_agents()).records.values()]

    async def providers(self) -> list[ProviderEntry]:
        """Return all providers that can be read, by name."""
        return [*(await self.found_providers()).records.values()]

    async def tenant(self, tenant: TenantId) -> Tenant | None:
        """Return one tenant. Raises RowMalformed, StoreUnavailable."""
        item = await self._row(f"{rows.TENANT}{tenant}")
        return None if item is None else self._read(item, rows.tenant_row)

    async def claiming(self, claim: str, *, issuer: str | None) -> list[Tenant]:
        """Return whom the claim names in an issuer's mouth. Raises RowMalformed, StoreUnavailable.

        The tenant's row decides: a claim's row only says where to look.
        """
        item = await self._row(rows.claim_sort(claim, issuer=issuer))
        if item is None:
            return []
        owner = self._read(item, lambda row, _: tenant_id(rows.owner_row(row)))
        tenant = await self.tenant(owner)
        if tenant is None or claim not in tenant.claims or tenant.issuer != issuer:
            return []
        return [tenant]

    async def found_tenants(self) -> Found[Tenant]:
        """Return all tenants, and the names of those that cannot be read."""
        return await self._tenants.answer("", lambda: self._listed(rows.TENANT, rows.tenant_row))

    async def found_agents(self) -> Found[Agent]:
        """Return all agents, and the names of those that cannot be read."""
        return await self._agents.answer("", lambda: self._listed(rows.AGENT, rows.agent_row))

    async def found_providers(self) -> Found[ProviderEntry]:
        """Return all providers, and the names of those that cannot be read."""
        return await self._providers.answer(
            "", lambda: self._listed(rows.PROVIDER, rows.provider_row)
        )

    async def _row(self, sort: str) -> Item | None:
        key = Key(self._partition, sort)
        return await self._rows.answer(sort, lambda: self._table.get(key, now=self._clock.now()))

    async def _listed(self, kind: str, read: Callable[[Item, Terms], Record]) -> Found[Record]:
        items = await self._table.query(self._partition, prefix=kind, now=self._clock.now())
        records: dict[str, Record] = {}
        broken: set[str] = set()
        for item in items:
            name = item.key.sort.removeprefix(kind)
            try:
                records[name] = self._read(item, read)
            except RowMalformed:
                broken.add(name)
        return Found(records, frozenset(broken))

    def _read(self, item: Item, read: Callable[[Item, Terms], Record]) -> Record:
        try:
            return read(item, self._terms)
        except RowMalformed as error:
            # Told once for each writing of it, not once for each request that meets it.
            if (item.key.sort, item.version) not in self._told:
                self._told.add((item.key.sort, item.version))
                log.fault("registry.row_malformed", error, row=item.key.sort)
            raise
