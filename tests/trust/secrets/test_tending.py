"""The task that looks after a server's secrets."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import pytest

from contracts.secret_source import OTHER, VALUE
from fakes.clock import StoppedClock
from fakes.secret_source import Gate, KnownSecrets
from fakes.secrets import secrets_of
from trust.secret import Secret
from trust.secrets.freshness import Terms
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.source import SecretOutage
from trust.secrets.tending import LONGEST_S, SHORTEST_S, Tending

PLACE = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc")


class Rounds:
    """Lets a task that pauses go on by one round at a time, and notes the pauses."""

    def __init__(self, clock: StoppedClock) -> None:
        self._clock = clock
        self._begun, self._go = asyncio.Semaphore(0), asyncio.Semaphore(0)
        self.waits: list[float] = []

    async def pause(self, seconds: float) -> None:
        """Wait for `on`."""
        self.waits.append(seconds)
        self._begun.release()
        await self._go.acquire()
        self._clock.advance(seconds)

    async def first(self) -> None:
        """Wait until the first round is over."""
        await self._begun.acquire()

    async def on(self, rounds: int = 1) -> None:
        """Let so many pauses pass."""
        for _ in range(rounds):
            self._go.release()
            await self._begun.acquire()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def source() -> KnownSecrets:
    return KnownSecrets({"oidc": VALUE}, lease_s=30.0)


@pytest.fixture
def secrets(source: KnownSecrets, clock: StoppedClock) -> Secrets:
    return secrets_of({Scheme.SECRETS_MANAGER: source}, clock)


@pytest.fixture
def rounds(clock: StoppedClock) -> Rounds:
    return Rounds(clock)


@pytest.fixture
async def tending(secrets: Secrets, rounds: Rounds) -> AsyncIterator[Tending]:
    await secrets.get(PLACE)
    found = Tending(secrets, rounds.pause)
    found.begin()
    found.begin()
    await rounds.first()
    yield found
    await found.close()
    await secrets.close()


async def test_a_secret_is_renewed_before_anybody_asks(
    tending: Tending, secrets: Secrets, source: KnownSecrets, rounds: Rounds
) -> None:
    source.secrets["oidc"] = OTHER
    await rounds.on(4)

    assert len(source.asked) == 2
    assert (await secrets.get(PLACE)).value == Secret(OTHER)
    assert len(source.asked) == 2
    assert max(rounds.waits) <= LONGEST_S


async def test_a_lease_is_held_through_an_outage_and_renewed_after_it(
    tending: Tending, secrets: Secrets, source: KnownSecrets, rounds: Rounds
) -> None:
    source.fault = SecretOutage("awssm:oidc: status 503")
    await rounds.on(5)
    assert (await secrets.get(PLACE)).value == Secret(VALUE)
    source.fault = None
    await rounds.on(5)

    assert secrets.health()[0].failures == 0


async def test_it_survives_what_a_keeper_should_not_do(
    tending: Tending, secrets: Secrets, source: KnownSecrets, rounds: Rounds
) -> None:
    source.fault = RuntimeError(VALUE)
    await rounds.on(20)
    assert secrets.tended
    source.fault = None
    await rounds.on(30)

    assert secrets.health()[0].failures == 0


class Broken(Secrets):
    """Secrets that cannot be tended, for a reason that nobody thought of."""

    async def tend(self, patience_s: float | None = None) -> float:
        """Fail."""
        del patience_s
        raise RuntimeError(VALUE)


def events(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(record.getMessage()) for record in caplog.records]


async def test_whatever_goes_wrong_it_tries_again_and_quotes_nothing(
    clock: StoppedClock, rounds: Rounds, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = Broken({}, {}, terms=Terms(), clock=clock, draw=lambda: 0.0)
    tending = Tending(secrets, rounds.pause)
    with caplog.at_level(logging.INFO, logger="gatehouse"):
        tending.begin()
        await rounds.first()
        await rounds.on()
        await tending.close()

    failed = {"event": "secrets.tending_failed", "error": "RuntimeError"}
    assert events(caplog) == [failed, failed]
    assert rounds.waits == [LONGEST_S, LONGEST_S]


async def test_a_keeper_that_hangs_does_not_make_it_spin(
    tending: Tending, source: KnownSecrets, rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust.secrets.tending.PATIENCE_S", 0.0)
    source.before_answer = Gate()
    await rounds.on(8)

    assert min(rounds.waits) >= SHORTEST_S


async def test_when_it_ends_whoever_uses_a_secret_looks_again(
    tending: Tending, secrets: Secrets, source: KnownSecrets, clock: StoppedClock
) -> None:
    before = secrets.tended
    await tending.close()
    await tending.close()
    clock.advance(20)
    await secrets.get(PLACE)

    assert (before, secrets.tended) == (True, False)
    assert len(source.asked) == 2


async def test_when_it_dies_whoever_uses_a_secret_looks_again(
    secrets: Secrets, caplog: pytest.LogCaptureFixture
) -> None:
    async def die(seconds: float) -> None:
        del seconds
        raise RuntimeError(VALUE)

    tending = Tending(secrets, die)
    with caplog.at_level(logging.INFO, logger="gatehouse"):
        tending.begin()
        while secrets.tended:
            await asyncio.sleep(0)
        await tending.close()

    assert events(caplog) == [{"event": "secrets.tending_failed", "error": "RuntimeError"}]
