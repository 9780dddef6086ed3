"""From settings to a running Gatehouse: the only place that chooses adapters."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bff import credentials
from bff.admin.administration import Administration
from bff.admin.opening import open_administration
from bff.cookies import CLEARED_SESSION
from bff.gate import Gate
from bff.provider.addresses import Reach
from bff.provider.http import HttpxProvider
from bff.provider.opening import Opener
from bff.provider.providers import Party, Providers
from bff.registry import registry_place
from bff.settings import Settings, StsMode, Upstream
from proxy.app import Limits, Proxy
from proxy.invocation import DataPlane
from proxy.protocols.cards import AgentCards, CardSource
from proxy.protocols.mcp_session import McpSessions
from proxy.relay import Bounds
from proxy.runtime import Runtime
from proxy.streams import StreamLimits, Streams
from proxy.turns import KNOWN_S, Turns
from proxy.watch import Watch
from proxy.websocket.app import SocketBounds, Sockets
from proxy.websocket.opening import LineOpener
from proxy.websocket.websockets import WebsocketsDialer
from trust.chat.chats import Chats
from trust.chat.record import Chat
from trust.clock import Clock, SystemClock
from trust.grant import sts
from trust.grant.grants import Grants
from trust.limit.limiter import Limiter
from trust.limit.limits import RateLimits, Rates
from trust.registry.opening import open_registry
from trust.registry.record import ProviderEntry
from trust.registry.registry import Registry
from trust.remembered import Remembered
from trust.session.admission import Admission
from trust.session.ledger import KeyringSource, Ledger
from trust.session.lifetime import Lifetime
from trust.session.refresh import Refresher, TokenEndpoint
from trust.store import dynamodb
from trust.store.memory import MemoryTable
from trust.store.sqlite import SqliteTable
from trust.store.table import Key, Table
from trust.wire.call import Wire
from trust.wire.client import LeanWire
from trust.wire.http import HttpxWire
from trust.wire.tls import verified


async def open_gate(settings: Settings, environment: Mapping[str, str]) -> Gate:
    """Open everything that the settings name. Raises SettingsError.

    Secrets are fetched here; connections are made when they are first needed.
    """
    keyring, credential = await credentials.fetch(settings, environment)
    clock, table = SystemClock(), _table(settings)
    registry = _registry(settings, table, clock)
    opener = _opener(settings, environment, clock)
    entry = default_entry(settings)
    default = Party(entry=entry, provider=opener.opened(entry, credential))
    providers = Providers(default, registry, opener)
    keys = KeyringSource(keyring, lambda: credentials.newer_keyring(settings, environment))
    ledger = Ledger(table, keys, app=settings.app_id, random=secrets.token_bytes)
    lifetime = Lifetime(idle=settings.session_idle, absolute=settings.session_absolute)
    admission = _admission(settings, ledger, providers, lifetime, clock)
    rates = RateLimits(Limiter(table, clock, app=settings.app_id), _rates(settings))
    wire = _wire(settings)
    turns = Turns(
        registry=registry,
        known=Remembered(clock, KNOWN_S if settings.session_cache else 0),
        chats=Chats(table, keys, _remembered(settings, clock), random=secrets.token_bytes),
        # A client of boto3 looks for the instance's identity when it is made, and waits for it.
        grants=Grants(await asyncio.to_thread(_vendor, settings), clock),
        runtime=Runtime(wire=wire, plane=_plane(settings), clock=clock),
        streams=Streams(
            StreamLimits(
                per_subject=settings.streams_per_subject,
                per_tenant=settings.streams_per_tenant,
                total=settings.streams,
            )
        ),
        clock=clock,
        mcp=McpSessions(keys, random=secrets.token_bytes),
        new_id=lambda: secrets.token_hex(16),
    )

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
        limits=rates,
        administration=_administration(settings, opener, table, registry, ledger),
        turns=turns,
        cards=_cards(settings, wire, turns, clock),
        proxy=_proxy(settings, admission, turns, rates),
        sockets=_sockets(settings, admission, turns, rates),
        close=_closing(Watch(admission, turns.streams), admission, wire, opener, table),
    )


def _opener(settings: Settings, environment: Mapping[str, str], clock: Clock) -> Opener:
    return Opener(
        public_url=settings.public_url,
        secrets=credentials.sources(settings, environment),
        # In development the provider is on this machine.
        http=HttpxProvider(Reach.LOCAL if settings.dev else Reach.PUBLIC),
        private_http=HttpxProvider(Reach.LOCAL if settings.dev else Reach.PRIVATE),
        clock=clock,
        insecure=settings.dev,
    )


def _administration(
    settings: Settings, opener: Opener, table: Table, registry: Registry, ledger: Ledger
) -> Administration | None:
    return open_administration(
        settings,
        table=table,
        registry=registry,
        ledger=ledger,
        clock=opener.clock,
        http=opener.calling(private_network=settings.oidc_private_network),
    )


def _remembered(settings: Settings, clock: Clock) -> Remembered[Key, Chat]:
    # Bounded like a session: who forgets a chat, or logs out, is heard everywhere that soon.
    return Remembered(clock, settings.session_cache.total_seconds())


def _closing(*opened: Watch | Admission | Wire | Opener | Table) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        """Close what was opened, in the order of use."""
        for one in opened:
            await one.close()

    return close


def _admission(
    settings: Settings, ledger: Ledger, endpoint: TokenEndpoint, lifetime: Lifetime, clock: Clock
) -> Admission:
    holder = secrets.token_hex(8)
    refresher = Refresher(ledger=ledger, endpoint=endpoint, clock=clock, holder=holder)
    cache_s = settings.session_cache.total_seconds()
    return Admission(ledger, refresher, clock, lifetime, cache_s)


def _rates(settings: Settings) -> Rates:
    return Rates(
        logins=settings.limit_logins,
        callbacks=settings.limit_callbacks,
        address_calls=settings.limit_address_calls,
        session_calls=settings.limit_calls,
        tenant_calls=settings.limit_tenant_calls,
    )


def _cards(settings: Settings, wire: Wire, turns: Turns, clock: Clock) -> AgentCards:
    source = CardSource(
        wire=wire,
        plane=_plane(settings),
        grants=turns.grants,
        public_origin=settings.public_url,
    )
    return AgentCards(source, clock)


def _proxy(settings: Settings, admission: Admission, turns: Turns, rates: RateLimits) -> Proxy:
    bounds = Bounds(
        idle_s=settings.stream_idle.total_seconds(),
        total_s=settings.stream_max.total_seconds(),
        answer_bytes=settings.max_answer_bytes,
    )
    limits = Limits(body_bytes=settings.max_body_bytes, answer=bounds)
    return Proxy(
        admission=admission,
        turns=turns,
        limits=limits,
        rates=rates,
        public_origin=settings.public_url,
        when_ended=CLEARED_SESSION,
    )


def _sockets(settings: Settings, admission: Admission, turns: Turns, rates: RateLimits) -> Sockets:
    dialer = WebsocketsDialer(tls=verified)
    return Sockets(
        admission=admission,
        turns=turns,
        rates=rates,
        opener=LineOpener(dialer=dialer, plane=_plane(settings), clock=turns.clock),
        bounds=SocketBounds(
            idle_s=settings.stream_idle.total_seconds(),
            total_s=settings.stream_max.total_seconds(),
        ),
        public_origin=settings.public_url,
        when_ended=CLEARED_SESSION,
    )


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


def _wire(settings: Settings) -> Wire:
    return HttpxWire() if settings.upstream is Upstream.HTTPX else LeanWire(verified())


def _registry(settings: Settings, table: Table, clock: Clock) -> Registry:
    return open_registry(registry_place(settings), table, clock)


def _vendor(settings: Settings) -> sts.Vendor:
    client = sts.open_client(settings.region)
    if settings.sts_mode is StsMode.WEB_IDENTITY:
        return sts.AssumeRoleWithWebIdentity(client, seconds=settings.grant_seconds)
    return sts.AssumeRole(client, seconds=settings.grant_seconds)


def _plane(settings: Settings) -> DataPlane:
    return DataPlane(endpoint=settings.agentcore_endpoint, region=settings.region)
