"""The providers of a configuration: the default one of the settings, and what opens the others."""

from bff.provider.addresses import Reach
from bff.provider.http import HttpxProvider
from bff.provider.opening import Opener
from bff.provider.providers import Party, Providers
from bff.settings import Settings
from trust.registry.record import ProviderEntry
from trust.registry.registry import Registry
from trust.secrets.opening import Keepers


def default_entry(settings: Settings) -> ProviderEntry:
    """Return the default provider as an entry like those that tenants bring."""
    return ProviderEntry(
        name="default",
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_auth=settings.oidc_client_auth,
        client_secret=settings.oidc_client_secret,
        client_key=settings.oidc_client_key,
        scopes=settings.oidc_scopes,
        tenant_claim=settings.tenant_claim,
        dpop=settings.oidc_dpop,
        private_network=settings.oidc_private_network,
    )


def opener_of(settings: Settings, keepers: Keepers) -> Opener:
    """Return what opens providers; nothing is asked of any yet."""
    return Opener(
        public_url=settings.public_url,
        secrets=keepers.secrets,
        svids=keepers.svids,
        # In development the provider is on this machine.
        http=HttpxProvider(Reach.LOCAL if settings.dev else Reach.PUBLIC),
        private_http=HttpxProvider(Reach.LOCAL if settings.dev else Reach.PRIVATE),
        clock=keepers.clock,
        insecure=settings.dev,
    )


async def open_providers(opener: Opener, settings: Settings, registry: Registry) -> Providers:
    """Return all providers. Raises SecretUnavailable, ProviderMisconfigured."""
    entry = default_entry(settings)
    return Providers(Party(entry=entry, provider=await opener(entry)), registry, opener)
