"""The secrets that the settings name, fetched before anything is served."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

from bff.settings import Settings
from trust.errors import SettingsError
from trust.registry.record import ClientAuthMethod
from trust.secrets.keyring import KeptKeyring, keyring_of
from trust.secrets.secrets import Secrets
from trust.secrets.source import SecretMalformed, SecretRefused

KEYRING = "BFF_SESSION_KEYS"


def credential_variable(settings: Settings) -> str:
    """Return the variable that says where the client's credential is."""
    match settings.oidc_client_auth:
        case ClientAuthMethod.PRIVATE_KEY_JWT:
            return "BFF_OIDC_CLIENT_KEY"
        case ClientAuthMethod.JWT_SPIFFE:
            return "SPIFFE_ENDPOINT_SOCKET"
        case ClientAuthMethod.BASIC | ClientAuthMethod.POST:
            return "BFF_OIDC_CLIENT_SECRET"


async def keyring_in(secrets: Secrets, settings: Settings) -> KeptKeyring:
    """Return the keyring that seals sessions. Raises SecretOutage, SecretRefused."""
    return KeptKeyring(await secrets.keyring(settings.session_keys, keyring_of))


async def fetched(wanted: Mapping[str, Awaitable[Any]]) -> list[Any]:
    """Return what each variable's secret is, all fetched at the same time.

    Raises SettingsError, which tells by variable what is not there, all together; and SecretOutage
    where all that is wrong is that somebody cannot be asked now, which passes.
    """
    found = await asyncio.gather(*wanted.values(), return_exceptions=True)
    told = dict(zip(wanted, found, strict=True))
    faults = [
        f"{name}: {fault}"
        for name, fault in told.items()
        if isinstance(fault, SecretRefused | SecretMalformed)
    ]
    if faults:
        raise SettingsError(faults)
    for fault in found:
        if isinstance(fault, BaseException):
            raise fault
    return found
