"""Somebody who is logged in: a session that the BFF's own book has written."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable

from trust.clock import NumericDate
from trust.coordinates import app_id, tenant_id
from trust.seal.keyring import Keyring, new_keyring, parse_keyring
from trust.secret import Secret
from trust.session.cookie import SESSION_COOKIE
from trust.session.ids import Ticket, new_session_id
from trust.session.ledger import KeyringSource, Ledger
from trust.session.record import Identity, Session, TokenSet
from trust.store.table import Table

KEYS = new_keyring(secrets.token_bytes)
"""A keyring as it is configured."""


def ledger_of(table: Table, keys: str = KEYS) -> Ledger:
    """Return the book of sessions in `table`."""
    keyring = parse_keyring(keys)

    async def reload() -> Keyring:
        await asyncio.sleep(0)
        return keyring

    return Ledger(
        table, KeyringSource(keyring, reload), app=app_id("demo"), random=secrets.token_bytes
    )


async def log_in(
    ledger: Ledger,
    *,
    now: int,
    idle_s: int = 1800,
    issuer: str = "https://login.example.test",
    tenant: str = "acme",
) -> Ticket:
    """Write Alice's session; return its ticket."""
    owner = ledger.owner(tenant_id(tenant), ledger.keyring.subject_key(issuer, "alice"))
    session = Session(
        owner=owner,
        id=new_session_id(),
        version=1,
        identity=Identity(
            issuer=issuer,
            sub="alice",
            name="Alice Archer",
            email="alice@acme.test",
            auth_time=NumericDate(now),
        ),
        tokens=TokenSet(access_token=Secret("at-1"), expires_at=None),
        created_at=NumericDate(now),
        seen_at=NumericDate(now),
        idle_expires_at=NumericDate(now + idle_s),
        ends_at=NumericDate(now + 12 * 3600),
        device="Chrome on Linux",
    )
    await ledger.create(session, attempt=secrets.token_hex(8), now=NumericDate(now))
    return Ticket(tenant=owner.tenant, subject=owner.subject, id=session.id)


def cookie_of(ticket: Ticket) -> str:
    """Return the Cookie header of a browser with this session."""
    return f"{SESSION_COOKIE}={ticket}"


async def using(table: Table, work: Callable[[Table], Awaitable[None]]) -> None:
    """Do something with a table, and close it."""
    try:
        await work(table)
    finally:
        await table.close()
