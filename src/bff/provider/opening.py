"""From an entry of the registry, or the settings, to a provider that can be talked to."""

from dataclasses import dataclass
from functools import partial

from bff.provider.authorization import Registration
from bff.provider.client_auth import Client, CredentialMalformed, private_key
from bff.provider.credential import Credential
from bff.provider.http import ProviderHttp
from bff.provider.metadata import ProviderMisconfigured
from bff.provider.provider import Provider
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
    private_http: ProviderHttp
    """For providers whose entry says that they are in a private network."""
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
        http = self.calling(private_network=entry.private_network)
        return Provider(
            registration,
            http,
            self.clock,
            insecure=self.insecure,
            credential=self._kept(entry, credential),
        )

    def _kept(self, entry: ProviderEntry, credential: Secret) -> Credential | None:
        """Return the credential where it is kept: rotated there, it is picked up here."""
        reference = credential_of(entry)
        if reference is None:
            return None
        return Credential(
            lambda: self.secrets.read(reference),
            self.clock,
            check=partial(usable, entry.client_auth),
            first=credential,
        )

    def calling(self, *, private_network: bool) -> ProviderHttp:
        """Return what calls a provider there, or one in a private network."""
        return self.private_http if private_network else self.http

    async def close(self) -> None:
        """Close all connections to providers."""
        await self.http.close()
        await self.private_http.close()


def credential_of(entry: ProviderEntry) -> Reference | None:
    """Return where the credential is that the entry's method needs."""
    by_key = entry.client_auth is ClientAuthMethod.PRIVATE_KEY_JWT
    return entry.client_key if by_key else entry.client_secret


def usable(method: ClientAuthMethod, credential: Secret) -> None:
    """Look at a credential before a login needs it. Raises CredentialMalformed."""
    if method is ClientAuthMethod.PRIVATE_KEY_JWT:
        private_key(credential)
