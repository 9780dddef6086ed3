"""What administrators do: look at tenants, keep one out, end sessions of a tenant or a person.

The command line does the same (`bff.commands`); here it is done by whoever shows a token.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bff.admin.bearer import Administrator, administrator_of, bearer_in, read_access_token
from bff.admin.errors import AdminTokenInvalid
from bff.admin.issuer import AdminIssuer
from bff.cutoff import cut_off
from bff.provider.compact import TokenMalformed, verified_claims_of
from bff.provider.errors import SigningKeyUnknown
from trust.clock import Clock
from trust.coordinates import TenantId
from trust.registry.errors import EntryUnknown, IssuerUnknown
from trust.registry.record import Tenant
from trust.registry.registrar import Registrar
from trust.registry.registry import Registry
from trust.session.ledger import Ledger
from trust.session.provider_index import Named
from trust.store.table import RowMalformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, as their provider knows them."""

    issuer: str
    sub: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """The administrators' desk. Every call may raise StoreUnavailable.

    `default_issuer`: whose people a tenant's are that names no provider. `remembered_s`: how long
    a process may go on taking a tenant for what it was.
    """

    issuer: AdminIssuer
    audience: str
    registry: Registry
    registrar: Callable[[], Awaitable[Registrar]]
    ledger: Ledger
    clock: Clock
    default_issuer: str
    remembered_s: float

    async def administrator(self, authorizations: Sequence[str]) -> Administrator:
        """Return who calls. Raises AdminRefused, ProviderUnavailable."""
        token = bearer_in(authorizations)
        issuer = self.issuer.issuer
        unverified = read_access_token(token, issuer=issuer)
        try:
            key = await self.issuer.key_of(unverified)
            claims = verified_claims_of(token, key, unverified)
        except (SigningKeyUnknown, TokenMalformed) as error:
            raise AdminTokenInvalid(str(error)) from error
        return administrator_of(claims, issuer=issuer, audience=self.audience, now=self.clock.now())

    async def tenants(self) -> list[Tenant]:
        """Return all tenants that can be read."""
        return await self.registry.tenants()

    async def suspend(self, tenant: TenantId) -> int:
        """Keep a tenant's people out, end their sessions; return how many. Raises EntryUnknown.

        First nobody gets in any more, then those who are in go.
        """
        await (await self.registrar()).suspend(tenant)
        now = self.clock.now()
        return await cut_off(self.ledger, tenant, remembered_s=self.remembered_s, now=now)

    async def resume(self, tenant: TenantId) -> None:
        """Let a tenant's people in again. Raises EntryUnknown, RowMalformed."""
        await (await self.registrar()).resume(tenant)

    async def end_tenant(self, tenant: TenantId) -> int:
        """End every session of a tenant; return how many. Raises EntryUnknown."""
        await self._known(tenant)
        return await self.ledger.cut_off_tenant(tenant, now=self.clock.now())

    def subject(self, person: Person) -> str:
        """Return the person's subject key."""
        return self.ledger.keyring.subject_key(person.issuer, person.sub)

    async def end_subject(self, person: Person, tenant: TenantId | None) -> int:
        """End every session of a person, everywhere or with one tenant; return how many.

        Raises EntryUnknown, and IssuerUnknown where nobody's session ended.
        """
        tenants = await self._homes(person) if tenant is None else [await self._known(tenant)]
        subject, now, ended = self.subject(person), self.clock.now(), 0
        for home in tenants:
            ended += await self.ledger.cut_off_subject(self.ledger.owner(home, subject), now=now)
        if tenant is None:
            # With tenants that have another provider by now, or whose entry nobody can read.
            named = Named(issuer=person.issuer, sid=None, subject=subject)
            found = await self.ledger.end_at_provider(named, now=now)
            ended += len(found.ids)
            if found.lost is not None:
                raise found.lost
        if ended == 0 and person.issuer not in await self._issuers():
            # A slip of the pen would else end nobody's session, and say so as if it were done.
            raise IssuerUnknown("no provider of this app is this issuer")
        return ended

    async def _known(self, tenant: TenantId) -> TenantId:
        """Return a tenant that there is. Raises EntryUnknown."""
        try:
            found = await self.registry.tenant(tenant)
        except RowMalformed:
            # Of all tenants, that of a broken row must not be the one whose sessions cannot be
            # ended.
            return tenant
        if found is None:
            raise EntryUnknown("there is no such tenant")
        return tenant

    async def _homes(self, person: Person) -> list[TenantId]:
        """Return the tenants whose people log in where this person does."""
        every = await self.registry.tenants()
        return [one.id for one in every if (one.issuer or self.default_issuer) == person.issuer]

    async def _issuers(self) -> set[str]:
        return {self.default_issuer, *(one.issuer for one in await self.registry.providers())}
