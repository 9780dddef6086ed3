"""Somebody who is logged in: a session that the BFF's own book has written."""

import asyncio
import secrets
from dataclasses import replace

from fakes.keyring import ReloadedKeyring
from fakes.login import APP, ISSUER, new_session
from trust.clock import NumericDate
from trust.seal.keyring import Keyring, new_keyring, parse_keyring
from trust.session.cookie import SESSION_COOKIE
from trust.session.ids import Ticket
from trust.session.ledger import Ledger, Login
from trust.store.table import Table

KEYS = new_keyring(secrets.token_bytes)
"""A keyring as it is configured."""


def ledger_of(table: Table) -> Ledger:
    """Return the book of sessions in `table`."""
    keyring = parse_keyring(KEYS)

    async def reload() -> Keyring:
        await asyncio.sleep(0)
        return keyring

    return Ledger(table, ReloadedKeyring(keyring, reload), app=APP, random=secrets.token_bytes)


async def log_in(ledger: Ledger, *, now: int, issuer: str = ISSUER) -> Ticket:
    """Write Alice's session; return its ticket."""
    session = new_session(now=now)
    session = replace(session, identity=replace(session.identity, issuer=issuer))
    await ledger.create(
        session,
        Login(attempt=secrets.token_hex(8), begun_at=NumericDate(now)),
        now=NumericDate(now),
    )
    owner = session.owner
    return Ticket(tenant=owner.tenant, subject=owner.subject, id=session.id)


def cookie_of(ticket: Ticket) -> str:
    """Return the Cookie header of a browser with this session."""
    return f"{SESSION_COOKIE}={ticket}"
