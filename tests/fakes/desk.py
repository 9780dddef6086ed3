"""An instance of the program as far as sessions go: its ledger, refresher and admission."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from fakes.clock import StoppedClock
from fakes.keyring import ReloadedKeyring
from fakes.login import ABSOLUTE_S, APP, IDLE_S, cookie_of, ticket_of
from fakes.token_endpoint import RotatingEndpoint
from trust.seal.keyring import Keyring, new_keyring, parse_keyring
from trust.session.admission import Admission
from trust.session.ledger import Ledger, Login
from trust.session.lifetime import Lifetime
from trust.session.record import Session
from trust.session.refresh import Refresher
from trust.store.table import Table

LIFETIME = Lifetime(idle=timedelta(seconds=IDLE_S), absolute=timedelta(seconds=ABSOLUTE_S))

KEYRING_TEXT = new_keyring(secrets.token_bytes)
KEYRING = parse_keyring(KEYRING_TEXT)
"""The keys of all instances of one test run."""

CACHE_S = 1.0
"""How long an instance remembers that does: as long as a server."""


def ledger_of(table: Table, keyring: Keyring = KEYRING) -> Ledger:
    """Return a ledger that never finds a newer keyring."""

    async def reload() -> Keyring:
        return keyring

    return Ledger(table, ReloadedKeyring(keyring, reload), app=APP, random=secrets.token_bytes)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One instance; several of them may share a table, a clock and a token endpoint."""

    clock: StoppedClock
    endpoint: RotatingEndpoint
    ledger: Ledger
    refresher: Refresher
    admission: Admission

    async def log_in(self, session: Session) -> Session:
        """Begin `session`, by a login attempt of its own."""
        await self.ledger.create(
            session,
            Login(attempt=secrets.token_hex(8), begun_at=self.clock.now()),
            now=self.clock.now(),
        )
        return session

    async def admit(self, session: Session) -> Session:
        """Do what every request of the session's browser does."""
        return await self.admission.admit(cookie_of(session))

    async def stored(self, session: Session) -> Session | None:
        """Return what the table says of the session now."""
        return await self.ledger.read(ticket_of(session), now=self.clock.now())


def open_desk(
    table: Table,
    clock: StoppedClock,
    endpoint: RotatingEndpoint,
    *,
    holder: str = "one",
    cache_s: float = 0,
) -> Desk:
    """Open an instance on `table`; `holder` tells it from the others."""
    ledger = ledger_of(table)
    refresher = Refresher(
        ledger=ledger, endpoint=endpoint, clock=clock, holder=holder, pause=clock.pause
    )
    return Desk(
        clock=clock,
        endpoint=endpoint,
        ledger=ledger,
        refresher=refresher,
        admission=Admission(ledger, refresher, clock, LIFETIME, cache_s),
    )
