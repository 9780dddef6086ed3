"""From settings to a running Gatehouse: the only place that chooses adapters."""

import asyncio
import secrets
from collections.abc import Mapping
from pathlib import Path

from bff.cookies import CLEARED_SESSION
from bff.gate import Gate
from bff.provider.client_auth import CredentialMalformed
from bff.provider.http import HttpxProvider
from bff.provider.opening import Opener, usable
from bff.provider.providers import Party, Providers
from bff.settings import Settings, StsMode, references
from proxy.app import Limits, Proxy
from proxy.http import HttpxUpstream
from proxy.invocation import DataPlane
from proxy.runtime import Runtime
from proxy.streams import Streams
from proxy.turns import Turns
from trust.chat.chats import Chats
from trust.clock import SystemClock
from trust.errors import SettingsError
from trust.grant import sts
from trust.grant.grants import Grants
from trust.registry.file import load_registry
from trust.registry.record import ClientAuthMethod, ProviderEntry
from trust.registry.registry import Registry
from trust.seal.keyring import Keyring, KeyringMalformed, parse_keyring
from trust.secret import Secret
from trust.secrets.reference import Scheme
from trust.secrets.secretsmanager import SecretsManagerSource
from trust.secrets.source import (
    EnvironmentSource,
    FileSource,
    Secrets,
    SecretSource,
    SecretUnavailable,
)
from trust.secrets.vault import VaultSource
from trust.session.admission import Admission
from trust.session.ledger import KeyringSource, Ledger
from trust.session.lifetime import Lifetime
from trust.session.refresh import Refresher
from trust.store import dynamodb
from trust.store.memory import MemoryTable
from trust.store.sqlite import SqliteTable
from trust.store.table import Table


async def open_gate(settings: Settings, environment: Mapping[str, str]) -> Gate:
    """Open everything that the settings name. Raises SettingsError.

    Secrets are fetched here; connections are made when they are first needed.
    """
    keyring, credential = await _secrets(settings, environment)
    clock, table, registry = SystemClock(), _table(settings), _registry(settings)
    http = HttpxProvider()

    opener = Opener(
        public_url=settings.public_url,
        secrets=_sources(settings, environment),
        http=http,
        clock=clock,
        insecure=settings.dev,
    )
    entry = default_entry(settings)
    default = Party(entry=entry, provider=opener.opened(entry, credential))
    providers = Providers(default, registry, opener)
    keys = KeyringSource(keyring, lambda: _newer_keyring(_sources(settings, environment), settings))
    ledger = Ledger(table, keys, app=settings.app_id, random=secrets.token_bytes)
    refresher = Refresher(
        ledger=ledger, endpoint=providers, clock=clock, holder=secrets.token_hex(8)
    )
    lifetime = Lifetime(idle=settings.session_idle, absolute=settings.session_absolute)
    admission = Admission(
        ledger, refresher, clock, lifetime, settings.session_cache.total_seconds()
    )
    upstream = HttpxUpstream(idle_s=settings.stream_idle.total_seconds())
    turns = Turns(
        registry=registry,
        chats=Chats(table, keys, random=secrets.token_bytes),
        grants=Grants(_vendor(settings), clock),
        runtime=Runtime(upstream=upstream, plane=_plane(settings), clock=clock),
        streams=Streams(per_subject=settings.streams_per_subject),
        clock=clock,
    )

    async def close() -> None:
        """Close what was opened, in the order of use."""
        await upstream.close()
        await http.close()
        await table.close()

    return Gate(
        settings=settings,
        clock=clock,
        random=secrets.token_bytes,
        table=table,
        registry=registry,
        providers=providers,
        ledger=ledger,
        lifetime=lifetime,
        admission=admission,
        turns=turns,
        proxy=_proxy(settings, admission, turns),
        close=close,
    )


def _proxy(settings: Settings, admission: Admission, turns: Turns) -> Proxy:
    limits = Limits(
        body_bytes=settings.max_body_bytes, stream_s=settings.stream_max.total_seconds()
    )
    return Proxy(
        admission=admission,
        turns=turns,
        limits=limits,
        public_origin=settings.public_url,
        when_ended=CLEARED_SESSION,
    )


def _sources(settings: Settings, environment: Mapping[str, str]) -> Secrets:
    static: dict[Scheme, SecretSource] = {
        Scheme.ENV: EnvironmentSource(environment),
        Scheme.FILE: FileSource(),
    }
    remote: dict[Scheme, SecretSource] = {
        Scheme.SECRETS_MANAGER: SecretsManagerSource(settings.region),
        Scheme.VAULT_KV: VaultSource(
            address=settings.vault_address, token=settings.vault_token, tokens=Secrets(static)
        ),
    }
    return Secrets({**static, **remote})


async def _secrets(settings: Settings, environment: Mapping[str, str]) -> tuple[Keyring, Secret]:
    """Fetch the secrets; what cannot be had is told by variable, all together."""
    sources = _sources(settings, environment)
    key = settings.oidc_client_auth is ClientAuthMethod.PRIVATE_KEY_JWT
    name = "BFF_OIDC_CLIENT_KEY" if key else "BFF_OIDC_CLIENT_SECRET"
    reference = references(settings)[name]
    assert reference is not None  # noqa: S101 load_settings has seen to it
    keyring, credential = await asyncio.gather(
        _keyring(sources, settings), sources.read(reference), return_exceptions=True
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
    if isinstance(credential, Secret):
        try:
            usable(settings.oidc_client_auth, credential)
        except CredentialMalformed as error:
            return [f"{name} {error}"]
    return []


async def _keyring(sources: Secrets, settings: Settings) -> Keyring:
    return parse_keyring((await sources.read(settings.session_keys)).reveal())


async def _newer_keyring(sources: Secrets, settings: Settings) -> Keyring:
    """Fetch the keyring again, while serving. Raises SecretUnavailable."""
    try:
        return await _keyring(sources, settings)
    except KeyringMalformed as error:
        # Somebody is in the middle of changing it: the one in use serves on.
        raise SecretUnavailable(f"BFF_SESSION_KEYS: {error}") from error


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


def _table(settings: Settings) -> Table:
    kind, _, place = settings.store.partition(":")
    if kind == "sqlite":
        return SqliteTable(Path(place))
    if kind == "dynamodb":
        return dynamodb.DynamoDbTable(dynamodb.open_client(settings.region), place)
    return MemoryTable()


def _registry(settings: Settings) -> Registry:
    return load_registry(Path(settings.registry.removeprefix("file:")))


def _vendor(settings: Settings) -> sts.Vendor:
    client = sts.open_client(settings.region)
    if settings.sts_mode is StsMode.WEB_IDENTITY:
        return sts.AssumeRoleWithWebIdentity(client, seconds=settings.grant_seconds)
    return sts.AssumeRole(client, seconds=settings.grant_seconds)


def _plane(settings: Settings) -> DataPlane:
    return DataPlane(endpoint=settings.agentcore_endpoint, region=settings.region)
