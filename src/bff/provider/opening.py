"""From an entry of the registry, or the settings, to a provider that can be talked to."""

from dataclasses import dataclass

from bff.provider.client_auth import Client, CredentialMalformed, private_key
from bff.provider.http import ProviderHttp
from bff.provider.metadata import ProviderMisconfigured
from bff.provider.provider import Provider, Registration
from bff.provider.providers import callback_of
from trust.clock import Clock
from trust.registry.record import ClientAuthMethod, ProviderEntry
from trust.secret import Secret
from trust.secrets.reference import Reference
from trust.secrets.source import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """Opens providers. `insecure` lets them be plain http, as in development."""

    public_url: str
    secrets: Secrets
    http: ProviderHttp
    clock: Clock
    insecure: bool

    async def __call__(self, entry: ProviderEntry) -> Provider:
        """Fetch the credential and open. Raises SecretUnavailable, ProviderMisconfigured."""
        reference = credential_of(entry)
        if reference is None:
            raise ProviderMisconfigured(f"provider {entry.name} has no credential")
        credential = await self.secrets.read(reference)
        try:
            usable(entry.client_auth, credential)
        except CredentialMalformed as error:
            raise ProviderMisconfigured(
                f"the credential of provider {entry.name} {error}"
            ) from error
        return self.opened(entry, credential)

    def opened(self, entry: ProviderEntry, credential: Secret) -> Provider:
        """Return the provider; nothing is asked of it yet."""
        registration = Registration(
            issuer=entry.issuer,
            client=Client(id=entry.client_id, method=entry.client_auth, credential=credential),
            scopes=entry.scopes,
            redirect_uri=self.public_url + callback_of(entry),
            post_logout_uri=f"{self.public_url}/",
        )
        return Provider(registration, self.http, self.clock, insecure=self.insecure)


def credential_of(entry: ProviderEntry) -> Reference | None:
    """Return where the credential is that the entry's method needs."""
    by_key = entry.client_auth is ClientAuthMethod.PRIVATE_KEY_JWT
    return entry.client_key if by_key else entry.client_secret


def usable(method: ClientAuthMethod, credential: Secret) -> None:
    """Look at a credential before a login needs it. Raises CredentialMalformed."""
    if method is ClientAuthMethod.PRIVATE_KEY_JWT:
        private_key(credential)
