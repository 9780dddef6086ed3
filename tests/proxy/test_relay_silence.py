"""What the relay says while the agent says nothing."""

import asyncio

import pytest

from bff.flow import Flow
from fakes.proxy.answer import Spoken
from fakes.proxy.asgi import WAIT_S, problem_of
from fakes.proxy.events import parse
from fakes.proxy.relaying import Setting, relaying
from fakes.served_line import Outlet
from proxy import relay
from proxy.errors import AgentBusy
from proxy.events.verdict import MOST_HELD_BYTES
from proxy.relay import Ending
from proxy.sse import HEARTBEAT

NEVER_S = 60.0
JSON = {"content-type": "application/json"}


def slow(*, begins_early: bool) -> Setting:
    """Return a relay whose upstream does not answer until it is opened."""
    upstream = Spoken()
    upstream.open.clear()
    return Setting(upstream=upstream, begins_early=begins_early)


async def timers_ran(after_s: float) -> None:
    """Wait until every timer has gone off that was due before one of `after_s` from now."""
    due = asyncio.Event()
    asyncio.get_running_loop().call_later(after_s, due.set)
    async with asyncio.timeout(WAIT_S):
        await due.wait()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no silence be long enough; each test shortens the one that it is about."""
    # A start is slow only after somebody listens.
    monkeypatch.setattr(relay, "LISTEN_AFTER_S", 0.0)
    for name in ("SLOW_START_S", "FIRST_COMMENT_S", "HEARTBEAT_S"):
        monkeypatch.setattr(relay, name, NEVER_S)


async def test_a_stream_that_has_begun_and_is_silent_gets_its_first_comment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "FIRST_COMMENT_S", 0.001)
    async with relaying() as running:
        pieces = await running.browser.seen(1)
        assert pieces == [HEARTBEAT]
        running.upstream.say(b"data: a\n\n")
        await running.browser.seen(2)
        running.upstream.end()
        await running.ending()

    assert running.body == HEARTBEAT + b"data: a\n\n"


async def test_the_first_chunk_may_take_less_long_than_later_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for seconds, name in enumerate(("FIRST_COMMENT_S", "HEARTBEAT_S"), 50):
        monkeypatch.setattr(relay, name, seconds)
    async with relaying() as running:
        running.upstream.say(b"data: a\n\n", b"data: b\n\n")
        running.upstream.end()
        await running.ending()

    assert running.upstream.patience == [50, 51, 51]


async def test_silence_is_given_up_after_its_longest_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "HEARTBEAT_S", 0.004)
    async with relaying(Setting(idle_s=0.01)) as running:
        running.upstream.say(b"data: a\n\n")
        assert await running.ending() is Ending.BROKEN_OFF

    assert running.upstream.patience[0] == 0.01
    assert running.upstream.patience[1:] == pytest.approx([0.004, 0.004, 0.002])
    assert parse(running.body)[-1].json["code"] == "agent_timeout"


async def test_silence_is_given_up_before_a_comment_is_due() -> None:
    async with relaying(Setting(idle_s=0.01)) as running:
        running.upstream.say(b"data: a\n\n")
        assert await running.ending() is Ending.BROKEN_OFF

    assert running.upstream.patience == [0.01, 0.01]
    assert HEARTBEAT not in running.body


async def test_silence_in_mid_stream_gets_one_comment_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "HEARTBEAT_S", 0.001)
    async with relaying() as running:
        running.upstream.say(b"data: a\n\n")
        pieces = await running.browser.seen(4)

    assert pieces[:4] == [b"data: a\n\n", HEARTBEAT, HEARTBEAT, HEARTBEAT]


async def test_silence_in_mid_event_gets_no_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "HEARTBEAT_S", 0.001)
    async with relaying() as running:
        # Longer than what is held of an event: its beginning has left.
        long = "b" * MOST_HELD_BYTES
        running.upstream.say(b"data: a\n\ndata: " + long.encode())
        await running.upstream.silent_for(4)
        assert len(running.browser.pieces) == 1
        running.upstream.say(b"b\n\n")
        running.upstream.end()
        await running.ending()

    assert [event.data for event in parse(running.body)] == ["a", long + "b"]


async def test_a_silent_json_answer_gets_no_comment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "FIRST_COMMENT_S", 0.001)
    monkeypatch.setattr(relay, "HEARTBEAT_S", 0.001)
    async with relaying(Setting(upstream=Spoken(headers=JSON))) as running:
        await running.upstream.silent_for(4)
        running.upstream.say(b"{}")
        running.upstream.end()
        await running.ending()

    assert running.body == b"{}"


async def test_a_slow_start_begins_the_stream_with_a_comment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "SLOW_START_S", 0.001)
    async with relaying(slow(begins_early=True)) as running:
        assert await running.browser.seen(1) == [HEARTBEAT]
        running.upstream.open.set()
        running.upstream.say(b"data: a\n\n")
        running.upstream.end()
        assert await running.ending() is Ending.COMPLETE

    answer = running.browser.answer
    assert answer.status == 200
    assert answer.header("content-type") == "text/event-stream"
    assert answer.body == HEARTBEAT + b"data: a\n\n"


async def test_what_has_begun_by_itself_is_not_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "SLOW_START_S", 0.001)
    async with relaying(Setting(begins_early=True)) as running:
        await running.browser.begun()
        await timers_ran(0.005)

        assert running.browser.offered == 1


async def test_comments_of_a_slow_start_end_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """From then on they come at the boundaries of events alone."""
    monkeypatch.setattr(relay, "SLOW_START_S", 0.001)
    setting = slow(begins_early=True)
    setting.flow = Flow(Outlet())
    before = asyncio.all_tasks()
    async with relaying(setting) as running:
        await running.browser.seen(1)
        begun = asyncio.all_tasks() - before
        running.upstream.open.set()
        running.upstream.say(b"data: a\n\n")
        await running.browser.seen(2)

        assert len(begun) == 2
        assert asyncio.all_tasks() - before == {running.task}


async def test_a_refusal_after_a_slow_start_is_an_error_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "SLOW_START_S", 0.001)
    async with relaying(slow(begins_early=True)) as running:
        await running.browser.seen(1)
        running.upstream.refusal = AgentBusy("upstream-text")
        running.upstream.open.set()
        assert await running.ending() is Ending.BROKEN_OFF

    (event,) = parse(running.body)
    assert (event.type, event.json["code"]) == ("error", "agent_busy")
    assert b"upstream-text" not in running.body


async def test_who_may_not_begin_early_waits_for_the_status(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "SLOW_START_S", 0.001)
    monkeypatch.setattr(relay, "HEARTBEAT_S", 0.001)
    async with relaying(slow(begins_early=False)) as running:
        await running.upstream.entered.wait()
        await timers_ran(0.002)
        assert running.browser.offered == 0
        running.upstream.refusal = AgentBusy("busy")
        running.upstream.open.set()
        assert await running.ending() is Ending.REFUSED

    answer = running.browser.answer
    assert answer.status == 429
    assert problem_of(answer)["code"] == "agent_busy"
    assert answer.header("retry-after") == "5"


async def test_an_answer_that_is_no_event_stream_ends_a_stream_that_began_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "SLOW_START_S", 0.001)
    setting = slow(begins_early=True)
    setting.upstream.headers = {"content-type": "application/json"}
    async with relaying(setting) as running:
        await running.browser.seen(1)
        running.upstream.open.set()
        running.upstream.say(b'{"a": 1}')
        running.upstream.end()
        await running.ending()

    assert [event.type for event in parse(running.body)] == ["error"]


async def test_a_media_type_in_capitals_is_an_event_stream_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "FIRST_COMMENT_S", 0.001)
    monkeypatch.setattr(relay, "HEARTBEAT_S", 0.001)
    headers = {"content-type": "Text/Event-Stream"}
    async with relaying(Setting(upstream=Spoken(headers=headers))) as running:
        running.upstream.fail(AgentBusy("busy"))
        assert await running.ending() is Ending.BROKEN_OFF
