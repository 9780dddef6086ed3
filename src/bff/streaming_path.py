"""What the streaming path needs, put together without anything else.

Also for a process that does nothing but stream: no web framework, no identity provider's client,
no SDK is imported here. Whoever refreshes sessions says how (docs/adr/0020).
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from bff.cookies import CLEARED_SESSION
from bff.registry import registry_place
from bff.settings import Settings, StsMode, Upstream
from proxy.ahead import Ahead
from proxy.app import Limits, Proxy
from proxy.invocation import DataPlane
from proxy.protocols.mcp_session import McpSessions
from proxy.relay import Bounds
from proxy.runtime import Runtime
from proxy.streams import StreamLimits, Streams
from proxy.turns import KNOWN_S, Turns
from proxy.watch import Watch
from trust.aws.opening import Region, open_identity
from trust.aws.sts.vendor import AssumeRole, AssumeRoleWithWebIdentity
from trust.chat.chats import Chats
from trust.chat.record import Chat
from trust.clock import Clock
from trust.grant.grants import Grants
from trust.grant.vendor import Vendor
from trust.journal.journal import Journal
from trust.limit.limiter import Limiter
from trust.limit.limits import RateLimits, Rates
from trust.registry.opening import open_registry
from trust.registry.registry import Registry
from trust.remembered import Remembered
from trust.seal.keys import KeyringSource
from trust.secrets.opening import Keepers
from trust.secrets.secrets import Secrets
from trust.session.admission import Admission
from trust.session.ledger import Ledger
from trust.session.lifetime import Lifetime
from trust.session.refresh import Refresher, TokenEndpoint
from trust.store.memory import MemoryTable
from trust.store.table import Key, Table
from trust.wire.call import Wire
from trust.wire.client import LeanWire
from trust.wire.tls import verified

if TYPE_CHECKING:
    from proxy.resume.resume import Resume


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Ground:
    """What the path, and everything beside it, stands on."""

    settings: Settings
    clock: Clock
    region: Region
    keepers: Keepers
    table: Table
    registry: Registry
    keys: KeyringSource
    ledger: Ledger


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class StreamingPath:
    """The ports of the streaming path; `close` closes its ground, too."""

    secrets: Secrets
    """Those of its ground; somebody has to tend them."""
    lifetime: Lifetime
    admission: Admission
    limits: RateLimits
    turns: Turns
    ahead: Ahead
    resume: Callable[[], "Resume"]
    """Returns who records turns, put together at the first asking."""
    proxy: Proxy
    close: Callable[[], Awaitable[None]]


def lay_ground(
    settings: Settings, environment: Mapping[str, str], keepers: Keepers, keys: KeyringSource
) -> Ground:
    """Open what everything stands on; nothing is asked of anybody yet. Raises SettingsError."""
    clock = keepers.clock
    region = Region(
        name=settings.region,
        environment=environment,
        wire=_wire(settings, environment),
        identity=open_identity(environment, clock),
        clock=clock,
    )
    table = _table(settings, region)
    return Ground(
        settings=settings,
        clock=clock,
        region=region,
        keepers=keepers,
        table=table,
        registry=open_registry(registry_place(settings), table, clock),
        keys=keys,
        ledger=Ledger(table, keys, app=settings.app_id, random=secrets.token_bytes),
    )


def open_path(ground: Ground, endpoint: TokenEndpoint, *, stays: bool = True) -> StreamingPath:
    """Open the path; `endpoint` refreshes sessions. Raises SettingsError.

    `stays`: whether the process goes on once it has answered, so that it can record a turn.
    """
    settings = ground.settings
    lifetime = Lifetime(idle=settings.session_idle, absolute=settings.session_absolute)
    admission = _admission(ground, endpoint, lifetime)
    limits = RateLimits(Limiter(ground.table, ground.clock, app=settings.app_id), _rates(settings))
    turns = _turns(ground)
    ahead = Ahead(admission, limits, turns)
    resume = cache(partial(_resume, ground, admission, turns))
    return StreamingPath(
        secrets=ground.keepers.secrets,
        lifetime=lifetime,
        admission=admission,
        limits=limits,
        turns=turns,
        ahead=ahead,
        resume=resume,
        proxy=Proxy(
            admission=admission,
            turns=turns,
            resume=resume() if stays else None,
            limits=Limits(body_bytes=settings.max_body_bytes, answer=_bounds(settings)),
            rates=limits,
            ahead=ahead,
            public_origin=settings.public_url,
            when_ended=CLEARED_SESSION,
        ),
        close=closing(
            *((resume().close,) if stays else ()),
            Watch(admission, turns.streams).close,
            admission.close,
            ground.table.close,
            ground.region.wire.close,
            ground.keepers.close,
        ),
    )


def _admission(ground: Ground, endpoint: TokenEndpoint, lifetime: Lifetime) -> Admission:
    holder = secrets.token_hex(8)
    refresher = Refresher(
        ledger=ground.ledger, endpoint=endpoint, clock=ground.clock, holder=holder
    )
    cache_s = ground.settings.session_cache.total_seconds()
    return Admission(ground.ledger, refresher, ground.clock, lifetime, cache_s)


def _turns(ground: Ground) -> Turns:
    settings, clock = ground.settings, ground.clock
    # Bounded like a session: who forgets a chat, or logs out, is heard everywhere that soon.
    remembered: Remembered[Key, Chat] = Remembered(clock, settings.session_cache.total_seconds())
    return Turns(
        registry=ground.registry,
        known=Remembered(clock, KNOWN_S if settings.session_cache else 0),
        chats=Chats(ground.table, ground.keys, remembered, random=secrets.token_bytes),
        grants=Grants(_vendor(settings, ground.region), clock),
        runtime=Runtime(wire=ground.region.wire, plane=plane_of(settings), clock=clock),
        streams=Streams(
            StreamLimits(
                per_subject=settings.streams_per_subject,
                per_tenant=settings.streams_per_tenant,
                total=settings.streams,
            )
        ),
        clock=clock,
        mcp=McpSessions(ground.keys, random=secrets.token_bytes),
        new_id=lambda: secrets.token_hex(16),
        journal=_journal(ground),
    )


def plane_of(settings: Settings) -> DataPlane:
    """Return where AgentCore's data plane is."""
    return DataPlane(endpoint=settings.agentcore_endpoint, region=settings.region)


def _journal(ground: Ground) -> Journal:
    return Journal(ground.table, ground.keys, random=secrets.token_bytes)


def _resume(ground: Ground, admission: Admission, turns: Turns) -> "Resume":
    # Here: a function that does nothing but stream starts sooner without it.
    from proxy.resume.resume import Resume

    return Resume(
        journal=turns.journal,
        turns=turns,
        admission=admission,
        bounds=_bounds(ground.settings),
        random=secrets.token_bytes,
    )


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        idle_s=settings.stream_idle.total_seconds(),
        total_s=settings.stream_max.total_seconds(),
        answer_bytes=settings.max_answer_bytes,
    )


def _rates(settings: Settings) -> Rates:
    return Rates(
        logins=settings.limit_logins,
        callbacks=settings.limit_callbacks,
        address_calls=settings.limit_address_calls,
        session_calls=settings.limit_calls,
        tenant_calls=settings.limit_tenant_calls,
        session_messages=settings.limit_messages,
        tenant_messages=settings.limit_tenant_messages,
    )


def _table(settings: Settings, region: Region) -> Table:
    kind, _, place = settings.store.partition(":")
    if kind == "sqlite":
        from trust.store.sqlite import SqliteTable

        return SqliteTable(Path(place))
    return region.table(place) if kind == "dynamodb" else MemoryTable()


def _wire(settings: Settings, environment: Mapping[str, str]) -> Wire:
    tls = verified(environment.get("AWS_CA_BUNDLE"))
    if settings.upstream is Upstream.HTTPX:
        from trust.wire.http import HttpxWire

        return HttpxWire(tls)
    return LeanWire(tls)


def _vendor(settings: Settings, region: Region) -> Vendor:
    if settings.sts_mode is StsMode.WEB_IDENTITY:
        return AssumeRoleWithWebIdentity(caller=region.sts(), seconds=settings.grant_seconds)
    return AssumeRole(caller=region.sts(), seconds=settings.grant_seconds)


def closing(*ends: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Return what does all of it, in this order: what uses the rest is closed first."""

    async def close() -> None:
        """Close what was opened."""
        for end in ends:
            await end()

    return close
