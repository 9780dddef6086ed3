"""The book of sessions where several want the same at once: a logout token, a newer key."""

import asyncio
import secrets

import pytest

from fakes.clock import NOW
from fakes.desk import KEYRING, ledger_of
from fakes.keyring import ReloadedKeyring
from trust.clock import NumericDate
from trust.seal.keyring import Keyring, new_keyring, parse_keyring, rotated
from trust.session.ledger import Ledger
from trust.store.table import Table


@pytest.fixture
def ledger(table: Table) -> Ledger:
    return ledger_of(table)


async def test_of_two_who_carry_out_one_logout_token_one_is_the_first(ledger: Ledger) -> None:
    until = NumericDate(NOW + 60)
    token = ("https://login.test", "jti-1")

    remembered = [await ledger.remember(*token, until=until) for _ in range(2)]

    assert remembered == [True, False]
    assert await ledger.has_seen(*token, now=NOW)
    assert not await ledger.has_seen(*token, now=until)


async def test_of_many_who_miss_one_key_one_asks_for_it() -> None:
    asked: list[int] = []
    newer = parse_keyring(rotated(new_keyring(secrets.token_bytes), secrets.token_bytes))

    async def reload() -> Keyring:
        asked.append(1)
        await asyncio.sleep(0)
        return newer

    source = ReloadedKeyring(KEYRING, reload)
    (kid, *_) = newer.sealing

    found = await asyncio.gather(*(source.with_key(kid) for _ in range(5)))

    assert found == [newer] * 5
    assert asked == [1]
