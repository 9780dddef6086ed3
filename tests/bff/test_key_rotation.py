"""Keys that change: a login more, and never a flood of requests to the provider."""

import asyncio
import gc

import pytest

from bff.provider.errors import IdTokenInvalid, SigningKeyUnknown
from bff.provider.keys import (
    KEPT_S,
    REFETCH_EVERY_S,
    REFETCHES_AT_ONCE,
    RETRY_EVERY_S,
    ProviderKeys,
)
from fakes.clock import NOW
from fakes.proxy.asgi import WAIT_S, others_run
from fakes.proxy.provider.party import ISSUER, Party, open_party
from fakes.proxy.provider.tokens import rsa_key, signed
from trust.clock import NumericDate
from trust.session.errors import ProviderUnavailable


@pytest.fixture
def party() -> Party:
    return open_party()


def fetches(party: Party) -> int:
    return party.idp.count("/jwks")


async def test_keys_that_change_right_after_a_fetch_cost_no_login(party: Party) -> None:
    for number in range(REFETCHES_AT_ONCE):
        party.idp.keys = [rsa_key(f"rsa-{number}")]
        assert await party.check()

    assert fetches(party) == REFETCHES_AT_ONCE


async def flood(party: Party) -> int:
    """Send tokens with a key id that nobody knows; return how often that made us fetch."""
    before = fetches(party)
    for _ in range(20):
        with pytest.raises(IdTokenInvalid):
            await party.check()
    return fetches(party) - before


async def test_a_flood_of_unknown_key_ids_fetches_once_a_minute(party: Party) -> None:
    await party.check()
    party.idp.make = lambda claims, _: signed(claims, rsa_key("a-stranger"))

    assert await flood(party) == REFETCHES_AT_ONCE - 1
    for _ in range(5):
        party.clock.advance(REFETCH_EVERY_S - 0.01)
        assert await flood(party) == 0
        party.clock.advance(0.01)
        assert await flood(party) == 1


async def test_after_a_quiet_time_keys_may_change_quickly_again(party: Party) -> None:
    await party.check()
    party.idp.make = lambda claims, _: signed(claims, rsa_key("a-stranger"))
    await flood(party)
    party.clock.advance(REFETCHES_AT_ONCE * REFETCH_EVERY_S)

    assert await flood(party) == REFETCHES_AT_ONCE


class LooseClock:
    """Two clocks that do not move on together."""

    def __init__(self) -> None:
        self.wall = int(NOW)
        self.seconds = 1000.0

    def now(self) -> NumericDate:
        """Return the wall clock's time."""
        return NumericDate(self.wall)

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return self.seconds


async def flooded(party: Party, keys: ProviderKeys) -> int:
    """Ask for a key that does not exist; return how often that made us fetch."""
    before = fetches(party)
    for _ in range(20):
        with pytest.raises(SigningKeyUnknown):
            await keys.find("a-stranger", algorithm="RS256", jwks_uri=f"{ISSUER}/jwks")
    return fetches(party) - before


@pytest.mark.parametrize(
    ("seconds", "wall"),
    [(0, REFETCH_EVERY_S), (REFETCH_EVERY_S, -3600)],
    ids=["the process was frozen", "the wall clock was set back"],
)
async def test_neither_clock_alone_keeps_new_keys_out(
    party: Party, seconds: float, wall: float
) -> None:
    clock = LooseClock()
    keys = ProviderKeys(party.http, clock)
    await flooded(party, keys)
    party.idp.keys = [rsa_key("rsa-2")]
    clock.seconds += seconds
    clock.wall += int(wall)

    found = await keys.find("rsa-2", algorithm="RS256", jwks_uri=f"{ISSUER}/jwks")

    assert found.kid == "rsa-2"


@pytest.mark.parametrize("wall", [0, -3600], ids=["stand still", "run backwards"])
async def test_clocks_that_do_not_move_on_let_no_flood_through(party: Party, wall: int) -> None:
    clock = LooseClock()
    keys = ProviderKeys(party.http, clock)

    assert await flooded(party, keys) == REFETCHES_AT_ONCE
    clock.wall += wall
    assert await flooded(party, keys) == 0


async def test_a_key_that_was_withdrawn_is_good_for_an_hour_at_most(party: Party) -> None:
    await party.check()
    stolen = party.idp.keys[0]
    party.idp.keys = [rsa_key("rsa-2")]
    party.idp.make = lambda claims, _: signed(claims, stolen)
    party.clock.advance(KEPT_S - 1)
    assert await party.check()

    party.clock.advance(1)
    with pytest.raises(IdTokenInvalid):
        await party.check()


async def test_old_keys_serve_on_while_there_are_no_newer(
    party: Party, caplog: pytest.LogCaptureFixture
) -> None:
    await party.check()
    party.http.down.add("/jwks")
    party.clock.advance(KEPT_S)
    for _ in range(3):
        assert await party.check()

    assert len([url for url in party.http.fetched if url.endswith("/jwks")]) == 2
    assert "provider.keys_stale" in caplog.text

    party.http.down.clear()
    party.clock.advance(REFETCH_EVERY_S)
    assert await party.check()
    assert fetches(party) == 2


async def test_old_keys_serve_on_while_newer_ones_are_fetched(party: Party) -> None:
    await party.check()
    # The discovery document is as old: that one is had anew first.
    party.clock.advance(KEPT_S)
    await party.provider.metadata()
    party.http.entered.clear()
    party.http.open.clear()
    first = asyncio.ensure_future(party.check())
    async with asyncio.timeout(WAIT_S):
        await party.http.entered.wait()
        assert await party.check()
    party.http.open.set()

    assert await first
    assert fetches(party) == 2


async def test_an_unknown_key_id_in_an_outage_is_not_called_unknown(party: Party) -> None:
    await party.check()
    party.http.down.add("/jwks")
    known = party.id_token()
    party.idp.make = lambda claims, _: signed(claims, rsa_key("rsa-2"))
    for _ in range(20):
        with pytest.raises(ProviderUnavailable):
            await party.check()
        assert await party.check(known)

    assert len([url for url in party.http.fetched if url.endswith("/jwks")]) == 2


async def test_who_goes_away_does_not_take_the_fetch_of_the_others_along(party: Party) -> None:
    await party.provider.metadata()
    party.http.entered.clear()
    party.http.open.clear()
    first = asyncio.ensure_future(party.check())
    async with asyncio.timeout(WAIT_S):
        await party.http.entered.wait()
    second = asyncio.ensure_future(party.check())
    await others_run()
    first.cancel()
    await others_run()
    party.http.open.set()

    assert await second
    assert fetches(party) == 1


async def test_a_fetch_that_nobody_waits_for_may_fail_in_silence(
    party: Party, caplog: pytest.LogCaptureFixture
) -> None:
    await party.provider.metadata()
    party.http.down.add("/jwks")
    party.http.entered.clear()
    party.http.open.clear()
    only = asyncio.ensure_future(party.check())
    async with asyncio.timeout(WAIT_S):
        await party.http.entered.wait()
    only.cancel()
    await others_run()
    party.http.open.set()
    await others_run()
    party.http.down.clear()
    party.clock.advance(RETRY_EVERY_S)

    assert await party.check()
    gc.collect()
    assert "never retrieved" not in caplog.text


async def test_after_an_outage_a_flood_is_stopped_as_before(party: Party) -> None:
    party.http.down.add("/jwks")
    with pytest.raises(ProviderUnavailable):
        await party.check()
    party.http.down.clear()
    party.clock.advance(RETRY_EVERY_S)
    await party.check()
    party.idp.make = lambda claims, _: signed(claims, rsa_key("a-stranger"))
    await flood(party)
    party.clock.advance(RETRY_EVERY_S)

    assert await flood(party) == 0


async def test_a_fetch_that_was_cancelled_is_begun_again(party: Party) -> None:
    await party.provider.metadata()
    party.http.entered.clear()
    party.http.open.clear()
    before = asyncio.all_tasks()
    only = asyncio.ensure_future(party.check())
    async with asyncio.timeout(WAIT_S):
        await party.http.entered.wait()
    for task in asyncio.all_tasks() - before:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await only
    await others_run()
    party.http.open.set()

    assert await party.check()
