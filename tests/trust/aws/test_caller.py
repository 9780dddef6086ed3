"""Calls over the wire: what is sent again, what it was signed with, and how long it may take."""

import asyncio
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from fakes.aws_region import CREDENTIALS, region_at
from fakes.clock import NOW, StoppedClock
from fakes.loopback import WAIT_S
from fakes.loopback import Reply as Said
from fakes.lossy_wire import Fate, LossyWire
from fakes.scripted_aws import Script, answering, dynamodb_done, dynamodb_error
from trust.aws.caller import Caller
from trust.aws.identity import FixedIdentity
from trust.aws.message import AwsUnavailable, Post
from trust.aws.retry import Patience
from trust.clock import NumericDate, SystemClock
from trust.grant.record import Credentials
from trust.secret import Secret
from trust.wire.call import Answer, Outgoing, Wire
from trust.wire.client import LeanWire

POST = Post({"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "T.Op"}, b'{"a":1}')


class SilentWire:
    """A wire that nobody answers on."""

    def __init__(self) -> None:
        self.opened = 0

    async def open(self, call: Outgoing) -> Answer:
        """Wait for ever."""
        del call
        self.opened += 1
        await asyncio.Event().wait()
        raise AssertionError

    async def close(self) -> None:
        """Nothing is held open."""


class NoIdentity:
    """Nobody at all."""

    async def credentials(self) -> Credentials:
        """Find none."""
        raise AwsUnavailable("no identity")


def caller_at(url: str, wire: Wire, clock: StoppedClock) -> Caller:
    caller = region_at(url, wire, clock).table("t").caller
    return replace(caller, pause=clock.pause, draw=lambda: 1.0)


@pytest.fixture
def script() -> Iterator[Script]:
    """Serve `replies`, by default one that is fine."""
    with answering([dynamodb_done(fine=True)]) as script:
        yield script


async def answers(
    wire: LeanWire, clock: StoppedClock, replies: Sequence[Said], fates: Sequence[Fate] = ()
) -> tuple[bool, list[float]]:
    """Make a call; return whether its answer is unsure, and the pauses before its attempts."""
    with answering(replies) as script:
        caller = caller_at(script.url, LossyWire(wire, *fates), clock)
        before = clock.monotonic()
        reply = await caller.call(POST)
        return reply.unsure, [clock.monotonic() - before]


async def test_a_call_goes_out_as_it_is_and_signed(
    script: Script, wire: LeanWire, clock: StoppedClock
) -> None:
    reply = await caller_at(script.url, wire, clock).call(POST)

    (call,) = script.calls
    assert (call.method, call.path, call.body) == ("POST", "/", POST.body)
    assert call.headers["x-amz-target"] == "T.Op"
    assert "/us-east-1/dynamodb/aws4_request" in call.headers["authorization"]
    assert (reply.status, reply.body, reply.unsure) == (200, b'{"fine": true}', False)


async def test_a_call_that_proves_itself_is_not_signed(
    script: Script, wire: LeanWire, clock: StoppedClock
) -> None:
    caller = replace(caller_at(script.url, wire, clock), identity=NoIdentity())

    await caller.call(POST._replace(signed=False))

    assert "authorization" not in script.calls[0].headers


async def test_every_attempt_is_signed_anew_by_who_one_is_then(
    wire: LeanWire, clock: StoppedClock
) -> None:
    """A signature ages, and so may the credentials while an answer is waited for."""

    class Changing:
        def __init__(self) -> None:
            self.times = 0

        async def credentials(self) -> Credentials:
            self.times += 1
            return CREDENTIALS._replace(access_key_id=f"AKIA{self.times}")

    throttled = dynamodb_error("ThrottlingException")
    with answering([throttled, throttled, dynamodb_done()]) as script:
        caller = replace(caller_at(script.url, wire, clock), identity=Changing())
        await caller.call(POST)

    dates = [call.headers["x-amz-date"] for call in script.calls]
    keys = [call.headers["authorization"].split("=")[1].split("/")[0] for call in script.calls]
    assert keys == ["AKIA1", "AKIA2", "AKIA3"]
    assert len(set(dates)) > 1


@pytest.mark.parametrize(
    ("replies", "fates", "unsure"),
    [
        ([dynamodb_done()], [], False),
        ([dynamodb_done()], [Fate.UNSENT], False),
        ([dynamodb_error("ThrottlingException"), dynamodb_done()], [], False),
        ([dynamodb_error("ThrottlingException")], [], False),
        ([dynamodb_error("ValidationException")], [Fate.UNSENT, Fate.UNSENT], False),
        ([dynamodb_error("ValidationException")], [Fate.LOST], True),
        ([dynamodb_error("ValidationException")], [Fate.LOST, Fate.UNSENT], True),
        ([dynamodb_error("X", status=500), dynamodb_error("ValidationException")], [], True),
        ([Said(headers={"x-amz-crc32": "1"}), dynamodb_error("ValidationException")], [], True),
    ],
)
async def test_who_is_refused_is_told_whether_an_attempt_may_have_been_carried_out(
    wire: LeanWire,
    clock: StoppedClock,
    replies: Sequence[Said],
    fates: Sequence[Fate],
    *,
    unsure: bool,
) -> None:
    assert (await answers(wire, clock, replies, fates))[0] is unsure


async def test_pauses_grow(wire: LeanWire, clock: StoppedClock) -> None:
    _, pauses = await answers(wire, clock, [dynamodb_done()], [Fate.LOST, Fate.LOST])

    assert pauses == [pytest.approx(0.05 + 0.1)]


@pytest.mark.parametrize("fate", [Fate.UNSENT, Fate.LOST])
async def test_what_is_always_lost_is_unavailable(
    script: Script, wire: LeanWire, clock: StoppedClock, fate: Fate
) -> None:
    lossy = LossyWire(wire, *[fate] * 9)

    with pytest.raises(AwsUnavailable, match="connection"):
        await caller_at(script.url, lossy, clock).call(POST)
    assert len(lossy.calls) == 3


async def test_a_body_that_came_whole_is_taken(wire: LeanWire, clock: StoppedClock) -> None:
    crc = {"x-amz-crc32": str(zlib.crc32(b"{}"))}

    assert await answers(wire, clock, [Said(body=b"{}", headers=crc)]) == (False, [0])


async def test_nobody_answers(clock: StoppedClock) -> None:
    wire = SilentWire()
    patience = Patience(attempts=2, attempt_s=0.01, whole_s=5)
    caller = replace(caller_at("http://127.0.0.1:9", wire, clock), patience=patience)

    with pytest.raises(AwsUnavailable, match=r"no answer in 0\.01 s"):
        await caller.call(POST)
    assert wire.opened == 2


async def test_what_was_not_answered_in_time_may_have_been_carried_out(
    wire: LeanWire, clock: StoppedClock
) -> None:
    with answering([dynamodb_error("ValidationException")]) as script:
        patience = Patience(attempts=2, attempt_s=1, whole_s=30)
        caller = caller_at(script.url, LossyWire(wire, Fate.SILENT), clock)

        assert (await replace(caller, patience=patience).call(POST)).unsure


async def test_no_call_takes_longer_than_the_whole_may(clock: StoppedClock) -> None:
    patience = Patience(attempts=9, attempt_s=5, whole_s=0.02)
    caller = replace(caller_at("http://127.0.0.1:9", SilentWire(), clock), patience=patience)

    with pytest.raises(AwsUnavailable, match=r"no answer in 0\.02 s"):
        await caller.call(POST)


async def test_a_pause_that_takes_all_the_time_ends_it(clock: StoppedClock) -> None:
    wire = LossyWire(SilentWire(), *[Fate.UNSENT] * 9)
    patience = Patience(attempts=9, attempt_s=1, whole_s=1)
    caller = replace(
        caller_at("http://127.0.0.1:9", wire, clock), patience=patience, draw=lambda: 100.0
    )

    with pytest.raises(AwsUnavailable, match="no answer in 1 s"):
        await caller.call(POST)
    assert len(wire.calls) == 1


async def test_who_is_slow_to_find_out_who_they_are_has_sent_nothing(
    script: Script, wire: LeanWire, clock: StoppedClock
) -> None:
    class Slow:
        def __init__(self) -> None:
            self.times = 0

        async def credentials(self) -> Credentials:
            self.times += 1
            if self.times == 1:
                await asyncio.Event().wait()
            return CREDENTIALS

    patience = Patience(attempts=2, attempt_s=1, whole_s=30)
    caller = replace(caller_at(script.url, wire, clock), identity=Slow(), patience=patience)

    assert not (await caller.call(POST)).unsure
    with answering([dynamodb_error("ValidationException")]) as refusing:
        caller = replace(caller_at(refusing.url, wire, clock), identity=Slow(), patience=patience)
        assert not (await caller.call(POST)).unsure


@pytest.mark.parametrize(
    ("fates", "anew"),
    [
        pytest.param([Fate.LOST, Fate.UNSENT], [False, True, True], id="lost"),
        pytest.param([Fate.ANSWERED], [False, False], id="refused"),
    ],
)
async def test_what_follows_a_lost_call_takes_no_connection_that_was_kept_beside_it(
    wire: LeanWire, clock: StoppedClock, fates: list[Fate], anew: list[bool]
) -> None:
    """A network that has forgotten one of them has forgotten all."""
    with answering([dynamodb_error("ThrottlingException"), dynamodb_done()]) as script:
        lossy = LossyWire(wire, *fates)

        await caller_at(script.url, lossy, clock).call(POST)

    assert [call.anew for call in lossy.calls] == anew


@pytest.mark.parametrize(
    ("off_s", "told"), [(0, []), (-3600, [-3600]), (3600, [3600])], ids=["right", "behind", "ahead"]
)
async def test_a_refusal_by_another_clock_says_how_far_ours_is_off(
    wire: LeanWire, caplog: pytest.LogCaptureFixture, off_s: int, told: list[int]
) -> None:
    caplog.set_level("INFO", "gatehouse")
    with answering([dynamodb_error("InvalidSignatureException")]) as script:
        # Whose answers have the time of the machine.
        clock = StoppedClock(SystemClock().now() + off_s)
        reply = await caller_at(script.url, wire, clock).call(POST)

    assert reply.status == 400
    events = [json.loads(line.message) for line in caplog.records if line.name == "gatehouse"]
    off = [event["ahead_s"] for event in events if event["event"] == "aws.clock_off"]
    assert off == [pytest.approx(seconds, abs=WAIT_S) for seconds in told]


@pytest.mark.parametrize("date", ["", "Mon, 01 Jan 2026 00:00:00 +" + 14 * "9"])
async def test_a_refusal_with_a_date_that_is_none_is_a_refusal(
    wire: LeanWire, clock: StoppedClock, date: str
) -> None:
    refused = dynamodb_error("InvalidSignatureException")
    refused = replace(refused, headers={**refused.headers, "date": date})
    with answering([refused]) as script:
        assert (await caller_at(script.url, wire, clock).call(POST)).status == 400


async def test_without_an_identity_nothing_is_sent(
    script: Script, wire: LeanWire, clock: StoppedClock
) -> None:
    caller = replace(caller_at(script.url, wire, clock), identity=NoIdentity())

    with pytest.raises(AwsUnavailable, match="no identity"):
        await caller.call(POST)
    assert script.calls == []


async def test_a_session_token_goes_along(
    script: Script, wire: LeanWire, clock: StoppedClock
) -> None:
    temporary = CREDENTIALS._replace(
        session_token=Secret("token"), expires_at=NumericDate(NOW + 900)
    )
    caller = replace(caller_at(script.url, wire, clock), identity=FixedIdentity(temporary))

    await caller.call(POST)

    assert script.calls[0].headers["x-amz-security-token"] == "token"
