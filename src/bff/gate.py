"""Everything a request handler may use, put together once by `wiring`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bff.provider.providers import Providers
from bff.settings import Settings
from proxy.ahead import Ahead
from proxy.app import Proxy
from proxy.protocols.cards import AgentCards
from proxy.resume.resume import Resume
from proxy.turns import Turns
from proxy.websocket.app import Sockets
from trust.clock import Clock
from trust.limit.limits import RateLimits
from trust.registry.registry import Registry
from trust.secrets.opening import Keepers
from trust.secrets.secrets import Secrets
from trust.session.admission import Admission
from trust.session.ledger import Ledger
from trust.session.lifetime import Lifetime
from trust.store.table import Table

if TYPE_CHECKING:
    # Where the settings name no administrators, nothing of theirs is loaded.
    from bff.admin.administration import Administration

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The ports of a running Gatehouse."""

    settings: Settings
    clock: Clock
    random: Random = field(repr=False)
    table: Table
    registry: Registry
    providers: Providers
    ledger: Ledger
    lifetime: Lifetime
    admission: Admission
    limits: RateLimits
    administration: "Administration | None"
    """None where the settings name no issuer of administrators."""
    turns: Turns
    ahead: Ahead
    cards: AgentCards
    proxy: Proxy
    resume: Resume
    sockets: Sockets
    keepers: Keepers
    close: Callable[[], Awaitable[None]]

    @property
    def secrets(self) -> Secrets:
        """All that secret references point to."""
        return self.keepers.secrets
