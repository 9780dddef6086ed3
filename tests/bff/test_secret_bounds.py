"""Secrets while the BFF serves: how old they may become, and what is seen of that from outside."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from bff.late_gate import AGAIN_S, LateGate
from bff.metrics import MetricsServer
from fakes.clock import StoppedClock
from fakes.proxy.house import House, open_house
from fakes.proxy.provider.idp import CLIENT_SECRET
from trust.secrets.source import SecretOutage

TTL_S, MAX_STALE_S = 300, 900


class Place:
    """A file with the client's secret; a folder in its stead cannot be read, and is not gone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fill()

    def fill(self, value: str = CLIENT_SECRET) -> None:
        if self.path.is_dir():
            self.path.rmdir()
        self.path.write_text(value)

    def go_away(self) -> None:
        self.path.unlink()
        self.path.mkdir()

    def delete(self) -> None:
        self.path.unlink()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "client-secret")


@pytest.fixture
async def house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Place
) -> AsyncGenerator[House]:
    changes = {"BFF_OIDC_CLIENT_SECRET": f"file:{place.path}"}
    async with open_house(tmp_path, monkeypatch, changes) as opened:
        yield opened


async def ready(house: House) -> tuple[int, dict[str, object]]:
    answer = await house.browser().fetch("GET", "/readyz", headers=())
    return answer.status, answer.json["checks"]["secrets"]


async def logs_in(house: House) -> bool:
    browser = house.browser()
    await browser.login()
    session = (await browser.fetch("GET", "/auth/session")).json
    return bool(session["authenticated"])


async def test_fresh_secrets_are_ready(house: House) -> None:
    assert await ready(house) == (200, {"ok": True})


async def test_in_an_outage_the_old_one_serves_and_readiness_says_how_long(
    house: House, place: Place
) -> None:
    place.go_away()
    house.clock.advance(TTL_S + 100)

    assert await ready(house) == (200, {"ok": True, "stale_s": pytest.approx(100, abs=60)})
    assert await logs_in(house)


async def test_beyond_the_bound_nobody_logs_in(house: House, place: Place) -> None:
    place.go_away()
    house.clock.advance(MAX_STALE_S)

    assert await ready(house) == (503, {"ok": False, "code": "secret_unavailable"})
    refused = await house.browser().fetch("GET", "/auth/login?return_to=/", headers=())
    assert refused.status == 503
    assert str(place.path).encode() not in refused.body


async def test_a_secret_that_was_deleted_is_dropped_at_the_next_look(
    house: House, place: Place
) -> None:
    place.delete()
    house.clock.advance(TTL_S)

    assert (await ready(house))[0] == 503


async def test_a_secret_that_comes_back_is_found_within_a_minute(
    house: House, place: Place
) -> None:
    place.delete()
    house.clock.advance(TTL_S)
    await ready(house)
    place.fill()
    house.clock.advance(60)

    assert await ready(house) == (200, {"ok": True})
    assert await logs_in(house)


async def test_metrics_tell_ages_by_reference_and_no_value(house: House, place: Place) -> None:
    place.go_away()
    house.clock.advance(TTL_S + 100)
    await ready(house)

    text = await scraped(house)

    assert f'gatehouse_secret_stale_seconds{{reference="file:{place.path}"}}' in text
    assert f'gatehouse_secret_usable{{reference="file:{place.path}"}} 1.0' in text
    assert "gatehouse_streams_open 0.0" in text
    assert CLIENT_SECRET not in text
    assert house.environment["SESSION_KEYS"] not in text


async def scraped(house: House) -> str:
    server = MetricsServer(("127.0.0.1", 0), lambda: house.gate)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{server.port}/metrics")
        return answer.text
    finally:
        await server.close()


async def test_metrics_of_what_is_not_open_yet_are_none() -> None:
    server = MetricsServer(("127.0.0.1", 0), lambda: None)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{server.port}/metrics")
    finally:
        await server.close()

    assert answer.status_code == 200
    assert "gatehouse" not in answer.text


async def test_nobody_is_told_metrics_of_a_server_that_has_stopped() -> None:
    server = MetricsServer(("127.0.0.1", 0), lambda: None)

    await server.close()

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", server.port)


class Opening:
    """Opens a gate, as soon as its keeper is back."""

    def __init__(self, house: House) -> None:
        self.house, self.away, self.tries = house, True, 0

    async def __call__(self) -> object:
        self.tries += 1
        await asyncio.sleep(0)
        if self.away:
            raise SecretOutage("vault-kv:kv/gatehouse#client_secret: no answer")
        return self.house.gate


async def test_a_keeper_that_is_away_at_the_start_is_asked_again_and_not_flooded(
    house: House,
) -> None:
    opening, clock = Opening(house), StoppedClock()
    late = LateGate(opening, clock)  # type: ignore[arg-type] # any opener
    for _ in range(10):
        with pytest.raises(SecretOutage):
            await late.gate()
    assert opening.tries == 1

    opening.away = False
    clock.advance(AGAIN_S)

    gates = await asyncio.gather(*(late.gate() for _ in range(10)))
    assert gates == [house.gate] * 10
    assert opening.tries == 2


async def test_a_process_that_stays_looks_after_its_secrets_by_itself(house: House) -> None:
    opening = Opening(house)
    opening.away = False
    late = LateGate(opening, house.clock)  # type: ignore[arg-type] # any opener
    late.stays = True

    gate = await late.gate()

    assert gate.secrets.tended
    await late.close()
    assert not gate.secrets.tended
