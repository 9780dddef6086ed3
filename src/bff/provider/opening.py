"""From an entry of the registry, or the settings, to a provider that can be talked to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from bff.provider.authorization import Registration
from bff.provider.client_auth import Client, Proof
from bff.provider.credential import Credential, FixedCredential, KeptCredential
from bff.provider.http import ProviderHttp
from bff.provider.local_key import local_signer
from bff.provider.metadata import ProviderMisconfigured
from bff.provider.provider import Provider
from bff.provider.providers import callback_of
from trust.clock import Clock
from trust.registry.record import ClientAuthMethod, ProviderEntry
from trust.secret import Secret
from trust.secrets.reference import SIGNING, Reference
from trust.secrets.secrets import Secrets
from trust.secrets.spiffe.svid import SvidSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Opener:
    """Opens providers. `insecure` lets them be plain http, as in development."""

    public_url: str
    secrets: Secrets
    svids: Callable[[], SvidSource]
    http: ProviderHttp
    private_http: ProviderHttp
    """For providers whose entry says that they are in a private network."""
    clock: Clock
    insecure: bool

    async def __call__(self, entry: ProviderEntry) -> Provider:
        """Fetch the credential and open.

        Raises SecretOutage, SecretRefused, ProviderMisconfigured.
        """
        credential = await self._credential(entry)
        return self._opened(entry, credential, await credential.current())

    def _opened(self, entry: ProviderEntry, credential: Credential, proof: Proof) -> Provider:
        registration = Registration(
            issuer=entry.issuer,
            client=Client(id=entry.client_id, method=entry.client_auth, credential=proof),
            scopes=entry.scopes,
            redirect_uri=self.public_url + callback_of(entry),
            post_logout_uri=f"{self.public_url}/",
        )
        return Provider(
            registration,
            self.calling(private_network=entry.private_network),
            self.clock,
            insecure=self.insecure,
            credential=credential,
        )

    async def _credential(self, entry: ProviderEntry) -> Credential:
        match entry.client_auth:
            case ClientAuthMethod.JWT_SPIFFE:
                return FixedCredential(self.svids())
            case ClientAuthMethod.PRIVATE_KEY_JWT:
                return await self._key(_named(entry))
            case ClientAuthMethod.BASIC | ClientAuthMethod.POST:
                return KeptCredential(await self.secrets.keep(_named(entry), _as_it_is))
            case _:  # pragma: no cover - the type has no other member
                assert_never(entry.client_auth)

    async def _key(self, reference: Reference) -> Credential:
        if reference.scheme in SIGNING:
            return FixedCredential(await self.secrets.signer(reference))
        return KeptCredential(await self.secrets.keep(reference, _that_signs))

    def calling(self, *, private_network: bool) -> ProviderHttp:
        """Return what calls a provider there, or one in a private network."""
        return self.private_http if private_network else self.http

    async def close(self) -> None:
        """Close all connections to providers."""
        await self.http.close()
        await self.private_http.close()


def credential_of(entry: ProviderEntry) -> Reference | None:
    """Return where the credential is that the entry's method needs; None if it needs none."""
    match entry.client_auth:
        case ClientAuthMethod.JWT_SPIFFE:
            return None
        case ClientAuthMethod.PRIVATE_KEY_JWT:
            return entry.client_key
        case ClientAuthMethod.BASIC | ClientAuthMethod.POST:
            return entry.client_secret


def _named(entry: ProviderEntry) -> Reference:
    reference = credential_of(entry)
    if reference is None:
        raise ProviderMisconfigured(f"provider {entry.name} has no credential")
    return reference


def _as_it_is(secret: Secret) -> Secret:
    return secret


def _that_signs(secret: Secret) -> Secret:
    """Look at a key before a login needs it. Raises CredentialMalformed."""
    local_signer(secret)
    return secret
