"""The secrets that the settings name, fetched before anything is served."""

import asyncio
from collections.abc import Callable, Mapping

from bff.settings import Settings, references
from trust.errors import SettingsError
from trust.registry.record import ClientAuthMethod
from trust.seal.keyring import Keyring, KeyringMalformed, parse_keyring
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import (
    EnvironmentSource,
    FileSource,
    Secrets,
    SecretSource,
    SecretUnavailable,
)


class _Late:
    """A source that is opened when it is first asked: the libraries of most are never needed."""

    def __init__(self, open_source: Callable[[], SecretSource]) -> None:
        self._open_source = open_source

    async def read(self, reference: Reference) -> Secret:
        """Return the secret. Raises SecretUnavailable."""
        return await self._open_source().read(reference)


def sources(settings: Settings, environment: Mapping[str, str]) -> Secrets:
    """Return everything that secret references may point to."""
    static: dict[Scheme, SecretSource] = {
        Scheme.ENV: EnvironmentSource(environment),
        Scheme.FILE: FileSource(),
    }
    remote: dict[Scheme, SecretSource] = {
        Scheme.SECRETS_MANAGER: _Late(lambda: _secrets_manager(settings)),
        Scheme.VAULT_KV: _Late(lambda: _vault(settings, Secrets(static))),
    }
    return Secrets({**static, **remote})


def _secrets_manager(settings: Settings) -> SecretSource:
    from trust.secrets.secretsmanager import SecretsManagerSource

    return SecretsManagerSource(settings.region)


def _vault(settings: Settings, tokens: Secrets) -> SecretSource:
    from trust.secrets.vault import VaultSource

    return VaultSource(address=settings.vault_address, token=settings.vault_token, tokens=tokens)


async def fetch_keyring(settings: Settings, environment: Mapping[str, str]) -> Keyring:
    """Return the keyring alone, for what only looks sessions up. Raises SettingsError."""
    try:
        return await _keyring(sources(settings, environment), settings)
    except (KeyringMalformed, SecretUnavailable) as error:
        raise SettingsError([f"BFF_SESSION_KEYS: {error}"]) from error


async def fetch(settings: Settings, environment: Mapping[str, str]) -> tuple[Keyring, Secret]:
    """Return the keyring and the client's credential at the default provider.

    Raises SettingsError, which tells what cannot be had by variable, all together.
    """
    places = sources(settings, environment)
    key = settings.oidc_client_auth is ClientAuthMethod.PRIVATE_KEY_JWT
    name = "BFF_OIDC_CLIENT_KEY" if key else "BFF_OIDC_CLIENT_SECRET"
    reference = references(settings)[name]
    assert reference is not None  # noqa: S101 load_settings has seen to it
    keyring, credential = await asyncio.gather(
        _keyring(places, settings), places.read(reference), return_exceptions=True
    )
    faults = [
        f"{variable}: {found}"
        for variable, found in {"BFF_SESSION_KEYS": keyring, name: credential}.items()
        if isinstance(found, KeyringMalformed | SecretUnavailable)
    ]
    faults += _unusable(name, credential, settings)
    if faults:
        raise SettingsError(faults)
    if isinstance(keyring, BaseException):
        raise keyring
    if isinstance(credential, BaseException):
        raise credential
    return keyring, credential


def _unusable(name: str, credential: Secret | BaseException, settings: Settings) -> list[str]:
    """Return what is wrong with the client's credential, found before the first login needs it."""
    from bff.provider.client_auth import CredentialMalformed
    from bff.provider.opening import usable

    if isinstance(credential, Secret):
        try:
            usable(settings.oidc_client_auth, credential)
        except CredentialMalformed as error:
            return [f"{name} {error}"]
    return []


async def _keyring(places: Secrets, settings: Settings) -> Keyring:
    return parse_keyring((await places.read(settings.session_keys)).reveal())


async def newer_keyring(settings: Settings, environment: Mapping[str, str]) -> Keyring:
    """Fetch the keyring again, while serving. Raises SecretUnavailable."""
    try:
        return await _keyring(sources(settings, environment), settings)
    except KeyringMalformed as error:
        # Somebody is in the middle of changing it: the one in use serves on.
        raise SecretUnavailable(f"BFF_SESSION_KEYS: {error}") from error
