"""All identity providers: the default one, and those that tenants brought along.

They come and go while the process runs. A session, a login and a logout each name the issuer that
they belong to; here is who that is, or that it is nobody any more.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bff.provider.errors import ProviderUnknown
from bff.provider.metadata import ProviderMisconfigured
from bff.provider.provider import Provider
from trust import log
from trust.errors import TrustError
from trust.registry.record import ProviderEntry, Tenant
from trust.registry.registry import Registry
from trust.session.errors import RefreshRejected
from trust.session.record import Session, TokenSet

CALLBACK = "/auth/callback"
"""Where providers answer to that name themselves in their answers, or are alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A provider, and what was agreed with it."""

    entry: ProviderEntry
    provider: Provider

    @property
    def callback(self) -> str:
        """The path that its answers come to."""
        return callback_of(self.entry)


def callback_of(entry: ProviderEntry) -> str:
    """Return the path that the provider's answers come to (RFC 9700 §4.4.2)."""
    return f"{CALLBACK}/{entry.name}" if entry.own_callback else CALLBACK


class Providers:
    """Finds providers by issuer; each is opened once, and anew when its entry has changed."""

    def __init__(
        self,
        default: Party,
        registry: Registry,
        open_provider: Callable[[ProviderEntry], Awaitable[Provider]],
    ) -> None:
        self.default = default
        self._registry = registry
        self._open_provider = open_provider
        self._parties: dict[str, Party] = {}

    async def of(self, issuer: str) -> Party:
        """Return the provider that is `issuer`.

        Raises ProviderUnknown, StoreUnavailable, SecretUnavailable, ProviderMisconfigured.
        """
        if issuer == self.default.entry.issuer:
            return self.default
        entry = await self._entry(issuer)
        party = self._parties.get(issuer)
        if party is None or party.entry != entry:
            anew = Party(entry=entry, provider=await self._open_provider(entry))
            if party is not None:
                party.provider.close()
            party = self._parties[issuer] = anew
        return party

    async def of_tenant(self, tenant: Tenant | None) -> Party:
        """Return the provider at which the tenant's people log in. Raises as `of`."""
        return (
            self.default
            if tenant is None or tenant.issuer is None
            else await self.of(tenant.issuer)
        )

    async def for_login(self, tenant: Tenant | None) -> Party:
        """Return the provider to send somebody to. Raises as `of`, and ProviderMisconfigured.

        Where several answer at one place, each has to say who it is: or an honest one's answer
        could be a dishonest one's question (mix-up, RFC 9700 §4.4).
        """
        party = await self.of_tenant(tenant)
        shared = [entry for entry in await self.entries() if callback_of(entry) == party.callback]
        metadata = await party.provider.metadata()
        if len(shared) > 1 and not metadata.sends_issuer:
            raise ProviderMisconfigured(
                f"{party.entry.issuer} names itself in no answer and shares its callback:"
                " give its entry own_callback = true, or alone the default's"
            )
        return party

    async def entries(self) -> list[ProviderEntry]:
        """Return what was agreed with each provider, the default one first."""
        default = self.default.entry
        others = await self._registry.providers()
        return [default, *(entry for entry in others if entry.issuer != default.issuer)]

    async def refresh(self, session: Session) -> TokenSet:
        """Spend the session's refresh token at its own provider.

        Raises RefreshRejected, ProviderUnavailable and others.
        """
        try:
            party = await self.of(session.identity.issuer)
        except ProviderUnknown as error:
            # Whom nobody trusts any more, nobody stays logged in by.
            raise RefreshRejected("the session's provider was removed") from error
        return await party.provider.refresh(session)

    async def revoke(self, issuer: str, tokens: TokenSet) -> None:
        """Make the refresh token worthless, as far as its provider can be reached."""
        try:
            party = await self.of(issuer)
        except TrustError as error:
            log.fault("provider.revocation_failed", error)
            return
        await party.provider.revoke(issuer, tokens)

    async def logout_url(self, issuer: str) -> str | None:
        """Return where the browser ends its login at the session's provider."""
        try:
            party = await self.of(issuer)
        except TrustError as error:
            log.fault("provider.logout_url_unknown", error)
            return None
        return await party.provider.logout_url()

    async def _entry(self, issuer: str) -> ProviderEntry:
        for entry in await self._registry.providers():
            if entry.issuer == issuer:
                return entry
        raise ProviderUnknown("no provider of this app is this issuer")
