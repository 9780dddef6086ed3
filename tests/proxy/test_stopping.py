"""Stopping what runs: by the agent's own action, or by the end of its runtime session."""

import json
import logging

import pytest

from fakes.clock import StoppedClock
from fakes.proxy.answer import Spoken, Upstreams
from fakes.proxy.turn import PLANE, RUNTIME_SESSION, agent, turn
from proxy import stopping
from proxy.errors import AgentFailed, AgentUnreachable
from proxy.invocation import Turn
from proxy.runtime import Runtime
from proxy.stopping import ANSWER_BYTES, PAUSES_S, stop_body, stop_turn
from trust.grant.record import GrantDenied
from trust.registry.record import StopBy
from trust.wire.call import Broken, Unreachable

BODY = '{"action": "stop"}'
INVOKED, ENDED = "invocations", "stopruntimesession"


def own_way() -> Turn:
    """Return a turn of an agent that knows how to stop."""
    return turn(of=agent(stop_by=StopBy.ACTION, stop_body=BODY))


class Counting:
    """A runtime whose calls are counted."""

    def __init__(self, *answers: Spoken) -> None:
        self.clock = StoppedClock()
        self.wire = Upstreams(answers=list(answers))
        self.runtime = Runtime(
            wire=self.wire, plane=PLANE, clock=self.clock, pause=self.clock.pause
        )

    @property
    def called(self) -> list[str]:
        """What was called, by the last part of its path."""
        return [call.url.partition("?")[0].rpartition("/")[2] for call in self.wire.calls]


def said(*chunks: bytes, status: int = 200) -> Spoken:
    """Return an answer that ends."""
    spoken = Spoken(status=status, headers={"content-type": "application/json"})
    spoken.say(*chunks)
    spoken.end()
    return spoken


async def test_without_a_word_of_its_own_the_runtime_session_is_ended() -> None:
    upstream = Counting(said())

    await stop_turn(upstream.runtime, turn())

    assert upstream.called == [ENDED]


async def test_an_agent_that_knows_how_to_stop_is_told_in_its_own_session() -> None:
    answer = said(b'{"stopped":', b" true}")
    upstream = Counting(answer)

    await stop_turn(upstream.runtime, own_way())

    assert upstream.called == [INVOKED]
    (call,) = upstream.wire.calls
    assert call.body == BODY.encode()
    assert call.headers["X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"] == RUNTIME_SESSION
    assert answer.closed.is_set()
    assert answer.asked == 3


async def test_a_stop_carries_no_data_grant() -> None:
    upstream = Counting(said())

    await stop_turn(upstream.runtime, own_way())

    (call,) = upstream.wire.calls
    assert not [name for name in call.headers if "Custom" in name]


@pytest.mark.parametrize(
    ("stop_by", "body"),
    [(StopBy.SESSION, None), (StopBy.SESSION, BODY), (StopBy.ACTION, None)],
)
def test_only_an_entry_with_both_parts_names_an_action(stop_by: StopBy, body: str | None) -> None:
    assert stop_body(turn(of=agent(stop_by=stop_by, stop_body=body))) is None


async def test_stopping_twice_tells_the_agent_twice_and_is_no_error() -> None:
    upstream = Counting(said(), said())

    await stop_turn(upstream.runtime, own_way())
    await stop_turn(upstream.runtime, own_way())

    assert upstream.called == [INVOKED, INVOKED]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 424, 500, 502, 504])
async def test_an_agent_that_does_not_stop_loses_its_session(status: int) -> None:
    refusal = said(status=status)
    upstream = Counting(refusal, said())

    await stop_turn(upstream.runtime, own_way())

    assert upstream.called == [INVOKED, ENDED]
    assert refusal.closed.is_set()


@pytest.mark.parametrize("failure", [Unreachable("x"), Broken("x")])
async def test_a_call_that_does_not_arrive_is_followed_by_the_other(failure: Exception) -> None:
    upstream = Counting(Spoken(refusal=failure), said())

    await stop_turn(upstream.runtime, own_way())

    assert upstream.called == [INVOKED, ENDED]


async def test_an_agent_that_says_nothing_loses_its_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stopping, "ACTION_TIMEOUT_S", 0.01)
    silent = Spoken()
    silent.open.clear()
    upstream = Counting(silent, said())

    await stop_turn(upstream.runtime, own_way())

    assert upstream.called == [INVOKED, ENDED]
    assert silent.closed.is_set()


async def test_a_session_that_is_still_starting_is_waited_for() -> None:
    starting = [said(status=409) for _ in range(4)]
    upstream = Counting(*starting, said())
    began = upstream.clock.monotonic()

    await stop_turn(upstream.runtime, own_way())

    assert upstream.called == [INVOKED] * 5
    assert upstream.clock.monotonic() - began > sum(PAUSES_S[:2])


async def test_a_session_that_starts_for_too_long_is_ended() -> None:
    tries = 2 * (len(PAUSES_S) + 1)
    upstream = Counting(*[said(status=409) for _ in range(tries)], said())

    await stop_turn(upstream.runtime, own_way())

    assert upstream.called == [INVOKED] * tries + [ENDED]


@pytest.mark.parametrize("gone", [404, 409])
async def test_what_has_ended_is_stopped(gone: int) -> None:
    upstream = Counting(said(status=424), said(status=gone))

    await stop_turn(upstream.runtime, own_way())

    assert upstream.called == [INVOKED, ENDED]


@pytest.mark.parametrize(
    ("last", "error"),
    [
        (said(status=500), AgentFailed),
        (said(status=403), GrantDenied),
        (Spoken(refusal=Unreachable("x")), AgentUnreachable),
    ],
)
async def test_what_neither_way_stops_is_told(last: Spoken, error: type[Exception]) -> None:
    upstream = Counting(said(status=500), last)

    with pytest.raises(error):
        await stop_turn(upstream.runtime, own_way())


async def test_an_agent_that_goes_on_talking_is_not_listened_to() -> None:
    talk = Spoken()
    talk.say(*[b"x" * 4096] * 40)
    upstream = Counting(talk)

    await stop_turn(upstream.runtime, own_way())

    assert talk.closed.is_set()
    assert talk.asked == ANSWER_BYTES // 4096
    assert upstream.called == [INVOKED]


@pytest.mark.parametrize("ending", ["silence", "break"])
async def test_an_answer_that_does_not_end_has_been_given_all_the_same(
    monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(stopping, "ANSWER_TIMEOUT_S", 0.01)
    talk = Spoken()
    talk.say(b"data: stopping\n\n")
    if ending == "break":
        talk.fail(Broken("torn"))
    upstream = Counting(talk)

    await stop_turn(upstream.runtime, own_way())

    assert talk.closed.is_set()
    assert upstream.called == [INVOKED]


async def test_what_was_done_is_written_down(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gatehouse")
    upstream = Counting(said(), said(status=424), said())

    await stop_turn(upstream.runtime, own_way())
    await stop_turn(upstream.runtime, own_way())

    events = [json.loads(line.message) for line in caplog.records if line.name == "gatehouse"]
    assert [event["event"] for event in events] == [
        "chat.stopped",
        "chat.stop_action_failed",
        "chat.stopped",
    ]
    assert events[0]["by"] == "action"
    assert RUNTIME_SESSION not in caplog.text
