"""Credentials that end: fetched once for everybody, ahead of time, and used to their end."""

import asyncio

import pytest

from fakes.clock import StoppedClock
from trust.aws.identity import AHEAD_S, LAST_S, RETRY_EVERY_S, FixedIdentity, RenewedIdentity
from trust.aws.message import AwsUnavailable
from trust.aws.opening import open_identity
from trust.clock import NumericDate
from trust.grant.record import RENEW_BEFORE_S, Credentials
from trust.secret import Secret

LIFETIME_S = 3600


class Source:
    """Gives numbered credentials; clear `open` to hold them back, set `refusal` to have none."""

    def __init__(self, clock: StoppedClock) -> None:
        self._clock = clock
        self.times = 0
        self.refusal: BaseException | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def fetch(self) -> Credentials:
        """Return fresh credentials."""
        self.times += 1
        number = self.times
        await self.open.wait()
        if self.refusal is not None:
            raise self.refusal
        return Credentials(
            access_key_id=f"ASIA{number}",
            secret_access_key=Secret("secret"),
            session_token=Secret("token"),
            expires_at=NumericDate(self._clock.now() + LIFETIME_S),
        )


@pytest.fixture
def source(clock: StoppedClock) -> Source:
    """Return where the credentials come from."""
    return Source(clock)


@pytest.fixture
def identity(source: Source, clock: StoppedClock) -> RenewedIdentity:
    """Return an identity that knows nothing yet."""
    return RenewedIdentity(source.fetch, clock)


async def key(identity: RenewedIdentity) -> str:
    return (await identity.credentials()).access_key_id


async def settle() -> None:
    """Let what was begun in the background come to its end."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_they_are_fetched_once_for_everybody(
    identity: RenewedIdentity, source: Source
) -> None:
    source.open.clear()
    waiting = [asyncio.ensure_future(key(identity)) for _ in range(20)]
    await settle()
    source.open.set()

    assert set(await asyncio.gather(*waiting)) == {"ASIA1"}
    assert await key(identity) == "ASIA1"
    assert source.times == 1


async def test_the_first_to_ask_may_go_away(identity: RenewedIdentity, source: Source) -> None:
    source.open.clear()
    first, second = (asyncio.ensure_future(key(identity)) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    source.open.set()

    assert await second == "ASIA1"
    assert source.times == 1


async def test_ahead_of_their_end_they_are_renewed_while_the_old_ones_serve(
    identity: RenewedIdentity, source: Source, clock: StoppedClock
) -> None:
    await key(identity)
    clock.advance(LIFETIME_S - AHEAD_S - 1)
    assert await key(identity) == "ASIA1"
    await settle()
    assert source.times == 1

    clock.advance(1)
    assert await key(identity) == "ASIA1"
    await settle()

    assert await key(identity) == "ASIA2"
    assert source.times == 2


async def test_with_less_than_five_minutes_left_newer_ones_are_waited_for(
    identity: RenewedIdentity, source: Source, clock: StoppedClock
) -> None:
    await key(identity)
    clock.advance(LIFETIME_S - RENEW_BEFORE_S)

    assert await key(identity) == "ASIA2"
    assert source.times == 2


async def test_where_newer_ones_cannot_be_had_the_old_ones_serve_to_their_end(
    identity: RenewedIdentity, source: Source, clock: StoppedClock
) -> None:
    await key(identity)
    source.refusal = AwsUnavailable("no identity: ConnectTimeoutError")
    clock.advance(LIFETIME_S - RENEW_BEFORE_S)

    assert [await key(identity) for _ in range(5)] == ["ASIA1"] * 5
    # Not by every request: each would wait for a fetch that fails.
    assert source.times == 2
    clock.advance(RETRY_EVERY_S)
    assert await key(identity) == "ASIA1"
    assert source.times == 3

    clock.advance(RENEW_BEFORE_S - RETRY_EVERY_S - LAST_S)
    with pytest.raises(AwsUnavailable):
        await key(identity)


async def test_a_fetch_ahead_of_time_that_fails_is_not_repeated_at_once(
    identity: RenewedIdentity,
    source: Source,
    clock: StoppedClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await key(identity)
    source.refusal = AwsUnavailable("no identity: ConnectTimeoutError")
    clock.advance(LIFETIME_S - AHEAD_S)
    for _ in range(5):
        assert await key(identity) == "ASIA1"
        await settle()

    assert source.times == 2
    assert "aws.identity_unavailable" in caplog.text


async def test_the_first_ones_that_cannot_be_had_are_asked_for_again(
    identity: RenewedIdentity, source: Source
) -> None:
    source.refusal = AwsUnavailable("no identity")
    for _ in range(2):
        with pytest.raises(AwsUnavailable):
            await key(identity)
    source.refusal = None

    assert await key(identity) == "ASIA3"


async def test_a_fetch_that_was_cancelled_cancels_nobody_and_is_begun_again(
    identity: RenewedIdentity, source: Source
) -> None:
    source.refusal = asyncio.CancelledError()
    with pytest.raises(AwsUnavailable, match="given up"):
        await key(identity)
    source.refusal = None

    assert await key(identity) == "ASIA2"


async def test_the_environment_s_own_credentials_come_first(clock: StoppedClock) -> None:
    environment = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}
    identity = open_identity(environment, clock)

    assert isinstance(identity, FixedIdentity)
    assert (await identity.credentials()).access_key_id == "AKIA"


@pytest.mark.usefixtures("aws_environment")
async def test_every_other_way_is_botocores(
    clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What botocore finds, it finds in the process's own environment.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFOUND")
    identity = open_identity({}, clock)

    assert isinstance(identity, RenewedIdentity)
    assert (await identity.credentials()).access_key_id == "AKIAFOUND"
