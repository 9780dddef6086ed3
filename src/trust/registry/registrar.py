"""Who writes the registry: tenants, providers and agents come, change and go.

Works on the stored rows; what stands in the file is never changed, but counts: its claims and
issuers are as taken as the stored ones, and suspending one of its tenants stores a copy above it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from trust.clock import Clock
from trust.coordinates import AgentName, AppId, TenantId
from trust.registry import rows
from trust.registry.errors import (
    ClaimTaken,
    EntryExists,
    EntryInUse,
    EntryOfFile,
    EntryUnknown,
    IssuerTaken,
    IssuerUnknown,
)
from trust.registry.file import FileRegistry
from trust.registry.holdings import Holdings, Wish
from trust.registry.members import Terms, of_default
from trust.registry.record import Agent, ProviderEntry, Tenant
from trust.registry.stored import StoredRegistry
from trust.store.table import Item, RowMalformed, Table

Plan = Callable[[Item | None], Awaitable[Wish | None]]


class Registrar:
    """Writes entries of one app. Every call may raise StoreUnavailable."""

    def __init__(
        self, table: Table, clock: Clock, *, app: AppId, terms: Terms, file: FileRegistry | None
    ) -> None:
        self.file = file or FileRegistry([], [])
        self.stored = StoredRegistry(table, clock, app=app, terms=terms, cache_s=0)
        self._terms = terms
        self._holdings = Holdings(table, clock, app=app)

    # -- tenants

    async def add_tenant(self, tenant: Tenant) -> None:
        """Register a tenant. Raises EntryExists, ClaimTaken, IssuerUnknown."""

        async def _plan(found: Item | None) -> Wish:
            if found is not None or await self.file.tenant(tenant.id) is not None:
                raise EntryExists(
                    f"there is a tenant {tenant.id} already; see `gatehouse tenants list`"
                )
            return await self._tenant(tenant)

        await self._holdings.change(f"{rows.TENANT}{tenant.id}", _plan)

    async def put_tenant(self, tenant: Tenant) -> None:
        """Register a tenant, or replace what is stored of it; a suspension stays.

        Raises ClaimTaken, IssuerUnknown, and RowMalformed: what cannot be read may be suspended.
        """

        async def _plan(found: Item | None) -> Wish:
            before = await self._known(tenant.id, found)
            # Looked at here and not by the caller: it may have been suspended a moment ago.
            kept = before is not None and before.suspended
            return await self._tenant(replace(tenant, suspended=tenant.suspended or kept))

        await self._holdings.change(f"{rows.TENANT}{tenant.id}", _plan)

    async def suspend(self, tenant: TenantId) -> None:
        """Keep a tenant's people out from now on. Raises EntryUnknown, RowMalformed.

        Claims that contradict another tenant's are no reason to let anybody stay in.
        """

        async def _plan(found: Item | None) -> Wish | None:
            before = await self._before(tenant, found)
            return None if before.suspended else self._copy(replace(before, suspended=True))

        await self._holdings.change(f"{rows.TENANT}{tenant}", _plan)

    async def resume(self, tenant: TenantId) -> None:
        """Let a tenant's people in again. Raises EntryUnknown, RowMalformed."""

        async def _plan(found: Item | None) -> Wish | None:
            before = await self._before(tenant, found)
            after = replace(before, suspended=False)
            if found is not None and after == await self.file.tenant(tenant):
                # Nothing but the suspension was stored: from now on the file speaks for itself.
                return Wish(entry=None, owner=tenant, kind=rows.CLAIM)
            return self._copy(after) if before.suspended else None

        await self._holdings.change(f"{rows.TENANT}{tenant}", _plan)

    async def remove_tenant(self, tenant: TenantId) -> None:
        """Take a tenant and its claims out. Raises EntryUnknown, EntryOfFile."""
        filed = await self.file.tenant(tenant) is not None
        await self._holdings.change(
            f"{rows.TENANT}{tenant}", _gone("tenant", tenant, rows.CLAIM, filed=filed)
        )

    async def _before(self, tenant: TenantId, found: Item | None) -> Tenant:
        before = await self._known(tenant, found)
        if before is None:
            raise EntryUnknown(f"there is no tenant {tenant}; see `gatehouse tenants list`")
        return before

    async def _known(self, tenant: TenantId, found: Item | None) -> Tenant | None:
        if found is None:
            return await self.file.tenant(tenant)
        return rows.tenant_row(found, self._terms)

    async def _tenant(self, raw: Tenant) -> Wish:
        tenant = of_default(raw, self._terms)
        await self._against_file(tenant)
        return replace(
            self._copy(tenant),
            taken=partial(_claim_taken, tenant),
            leaning=await self._leaning(tenant),
        )

    def _copy(self, tenant: Tenant) -> Wish:
        return Wish(
            entry=rows.entry_text(tenant), owner=tenant.id, kind=rows.CLAIM, holds=_claims(tenant)
        )

    async def _against_file(self, tenant: Tenant) -> None:
        """Look for the claims among the file's. Raises ClaimTaken."""
        stored = (await self.stored.found_tenants()).names
        for claim in sorted(tenant.claims):
            for other in await self.file.claiming(claim, issuer=tenant.issuer):
                if other.id != tenant.id and other.id not in stored:
                    raise ClaimTaken(
                        f"the claim {claim} is {other.id}'s, in the registry's file; give"
                        f" {tenant.id} another, or take it from {other.id} there"
                    )

    async def _leaning(self, tenant: Tenant) -> str | None:
        """Return the stored row of the tenant's issuer, if it has one. Raises IssuerUnknown."""
        if tenant.issuer is None:
            return None
        stored = await self.stored.found_providers()
        if any(provider.issuer == tenant.issuer for provider in stored.records.values()):
            return rows.issuer_sort(tenant.issuer)
        for provider in await self.file.providers():
            if provider.issuer == tenant.issuer and provider.name not in stored.names:
                return None
        raise IssuerUnknown(
            f"no provider is {tenant.issuer}; register it first:"
            f" gatehouse providers add NAME --issuer {tenant.issuer} …"
        )

    # -- providers

    async def add_provider(self, provider: ProviderEntry) -> None:
        """Register a provider. Raises EntryExists, IssuerTaken."""
        filed = {one.name for one in await self.file.providers()}

        async def _plan(found: Item | None) -> Wish:
            if found is not None or provider.name in filed:
                raise EntryExists(
                    f"there is a provider {provider.name} already; see `gatehouse providers list`"
                )
            return await self._provider(provider)

        await self._holdings.change(f"{rows.PROVIDER}{provider.name}", _plan)

    async def put_provider(self, provider: ProviderEntry) -> None:
        """Register a provider, or replace what is stored of it. Raises IssuerTaken."""

        async def _plan(found: Item | None) -> Wish:
            before = None if found is None else self._readable_provider(found)
            _keep_issuer(provider, before)
            return await self._provider(provider)

        await self._holdings.change(f"{rows.PROVIDER}{provider.name}", _plan)

    async def remove_provider(self, name: str) -> None:
        """Take a provider out. Raises EntryUnknown, EntryOfFile, EntryInUse."""
        filed = any(provider.name == name for provider in await self.file.providers())
        gone = _gone("provider", name, rows.ISSUER, filed=filed)

        async def _plan(found: Item | None) -> Wish | None:
            provider = None if found is None else self._readable_provider(found)
            users = [] if provider is None else await self._tenants_of(provider.issuer)
            if users:
                raise EntryInUse(f"{name} is the provider of {', '.join(users)}; remove them first")
            return await gone(found)

        await self._holdings.change(f"{rows.PROVIDER}{name}", _plan)

    async def _provider(self, provider: ProviderEntry) -> Wish:
        stored = (await self.stored.found_providers()).names
        for other in await self.file.providers():
            if other.name == provider.name:
                _keep_issuer(provider, other)
            elif other.issuer == provider.issuer and other.name not in stored:
                raise _issuer_taken(provider, other.name)
        return Wish(
            entry=rows.entry_text(provider),
            owner=provider.name,
            kind=rows.ISSUER,
            holds=frozenset({rows.issuer_sort(provider.issuer)}),
            taken=lambda _, owner: _issuer_taken(provider, owner),
        )

    def _readable_provider(self, found: Item) -> ProviderEntry | None:
        try:
            return rows.provider_row(found, self._terms)
        except RowMalformed:
            # Nobody can log in by it: it may be replaced and removed, whatever it was.
            return None

    async def _tenants_of(self, issuer: str) -> list[str]:
        stored = await self.stored.found_tenants()
        every = list(stored.records.values())
        every += [tenant for tenant in await self.file.tenants() if tenant.id not in stored.names]
        return sorted(tenant.id for tenant in every if tenant.issuer == issuer)

    # -- agents

    async def put_agent(self, agent: Agent) -> None:
        """Register an agent, or replace what is stored of it.

        Raises EntryUnknown for one of its tenants.
        """

        async def _plan(_: Item | None) -> Wish:
            return await self._agent(agent)

        await self._holdings.change(f"{rows.AGENT}{agent.name}", _plan)

    async def remove_agent(self, name: AgentName) -> None:
        """Take an agent out. Raises EntryUnknown, EntryOfFile."""
        filed = any(agent.name == name for agent in await self.file.agents())
        await self._holdings.change(f"{rows.AGENT}{name}", _gone("agent", name, "", filed=filed))

    async def _agent(self, agent: Agent) -> Wish:
        known = {tenant.id for tenant in await self.file.tenants()}
        strangers = agent.tenants - known - (await self.stored.found_tenants()).names
        if strangers:
            raise EntryUnknown(
                f"the agent {agent.name} is for {', '.join(sorted(strangers))}, which no tenant is"
            )
        return Wish(entry=rows.entry_text(agent), owner=agent.name, kind="")


def _gone(what: str, name: str, kind: str, *, filed: bool) -> Plan:
    """Return the plan to take an entry out. It raises EntryUnknown, EntryOfFile."""

    async def plan(found: Item | None) -> Wish:
        if filed:
            # What is stored may be its suspension: without it the file's entry would count again.
            raise EntryOfFile(
                f"the {what} {name} stands in the registry's file: take it out there, then here,"
                " if it is stored too"
            )
        if found is None:
            raise EntryUnknown(f"there is no {what} {name}; see `gatehouse {what}s list`")
        return Wish(entry=None, owner=name, kind=kind)

    return plan


def _claims(tenant: Tenant) -> frozenset[str]:
    return frozenset(rows.claim_sort(claim, issuer=tenant.issuer) for claim in tenant.claims)


def _claim_taken(tenant: Tenant, sort: str, owner: str) -> ClaimTaken:
    claim = next(one for one in tenant.claims if rows.claim_sort(one, issuer=tenant.issuer) == sort)
    return ClaimTaken(
        f"the claim {claim} is {owner}'s already: whose person would it be? Give {tenant.id}"
        f" another with --claim, or take it from {owner}"
    )


def _keep_issuer(provider: ProviderEntry, before: ProviderEntry | None) -> None:
    """See to it that a name stays one issuer's. Raises IssuerTaken.

    Another issuer is another provider: under the old name, tenants would change hands with it.
    """
    if before is not None and before.issuer != provider.issuer:
        raise IssuerTaken(
            f"the provider {provider.name} is {before.issuer}; register {provider.issuer} under"
            " another name"
        )


def _issuer_taken(provider: ProviderEntry, owner: str) -> IssuerTaken:
    return IssuerTaken(
        f"{provider.issuer} is the provider {owner} already; use that, or remove it first"
    )
