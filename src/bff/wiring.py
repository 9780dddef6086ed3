"""From settings to a running Gatehouse: the streaming path, and everything beside it."""

import secrets
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from bff.cookies import CLEARED_SESSION
from bff.credentials import KEYRING, credential_variable, fetched, keyring_in
from bff.gate import Gate
from bff.provider.configured import default_entry, opener_of
from bff.provider.opening import Opener
from bff.provider.providers import Party, Providers
from bff.settings import Settings
from bff.streaming_path import Ground, StreamingPath, closing, lay_ground, open_path, plane_of
from proxy.protocols.cards import AgentCards, CardSource
from proxy.websocket.app import SocketBounds, Sockets
from proxy.websocket.opening import LineOpener
from proxy.websocket.websockets import WebsocketsDialer
from trust.clock import SystemClock
from trust.errors import TrustError
from trust.secrets.opening import open_keepers
from trust.wire.tls import verified

if TYPE_CHECKING:
    from bff.admin.administration import Administration


async def open_gate(settings: Settings, environment: Mapping[str, str]) -> Gate:
    """Open everything that the settings name.

    Raises SettingsError, and SecretOutage while a secret cannot be had, which passes.

    Secrets are fetched here; connections are made when they are first needed.
    """
    keepers = open_keepers(settings.keepers, environment, SystemClock())
    opener = opener_of(settings, keepers)
    entry = default_entry(settings)
    try:
        keys, provider = await fetched(
            {
                KEYRING: keyring_in(keepers.secrets, settings),
                credential_variable(settings): opener(entry),
            }
        )
    except TrustError:
        # It may be tried again, with others.
        await closing(opener.close, keepers.close)()
        raise
    ground = lay_ground(settings, environment, keepers, keys)
    providers = Providers(Party(entry=entry, provider=provider), ground.registry, opener)
    path = open_path(ground, providers)
    return Gate(
        settings=settings,
        clock=ground.clock,
        random=secrets.token_bytes,
        table=ground.table,
        registry=ground.registry,
        providers=providers,
        ledger=ground.ledger,
        lifetime=path.lifetime,
        admission=path.admission,
        limits=path.limits,
        administration=_administration(ground, opener),
        turns=path.turns,
        ahead=path.ahead,
        cards=_cards(ground, path),
        proxy=path.proxy,
        resume=path.resume(),
        sockets=_sockets(ground, path),
        keepers=ground.keepers,
        close=closing(path.close, opener.close),
    )


def _administration(ground: Ground, opener: Opener) -> "Administration | None":
    issuer, audience = ground.settings.admin_issuer, ground.settings.admin_audience
    if issuer is None or audience is None:
        return None
    from bff.admin.opening import open_administration

    http = opener.calling(private_network=ground.settings.oidc_private_network)
    return open_administration(ground, http, issuer=issuer, audience=audience)


def _cards(ground: Ground, path: StreamingPath) -> AgentCards:
    source = CardSource(
        wire=ground.region.wire,
        plane=plane_of(ground.settings),
        grants=path.turns.grants,
        public_origin=ground.settings.public_url,
    )
    return AgentCards(source, ground.clock)


def _sockets(ground: Ground, path: StreamingPath) -> Sockets:
    settings = ground.settings
    trusted = partial(verified, ground.region.environment.get("AWS_CA_BUNDLE"))
    opener = LineOpener(
        dialer=WebsocketsDialer(tls=trusted), plane=plane_of(settings), clock=ground.clock
    )
    return Sockets(
        admission=path.admission,
        turns=path.turns,
        rates=path.limits,
        ahead=path.ahead,
        opener=opener,
        bounds=SocketBounds(
            idle_s=settings.stream_idle.total_seconds(),
            total_s=settings.stream_max.total_seconds(),
        ),
        public_origin=settings.public_url,
        when_ended=CLEARED_SESSION,
    )
