"""Every way in which a stream ends, and what the browser is told of it."""

import asyncio
from contextlib import suppress

import pytest

from bff.flow import Flow
from fakes.proxy.answer import Spoken
from fakes.proxy.asgi import WAIT_S, others_run, problem_of
from fakes.proxy.events import parse
from fakes.proxy.relaying import Relaying, Setting, relaying
from fakes.served_line import Outlet
from proxy import relay
from proxy.errors import (
    AgentFailed,
    AgentTimeout,
    ServerRestarting,
    SessionRevoked,
    TurnStopped,
)
from proxy.relay import BodyBroken, Ending
from trust.errors import TrustError
from trust.wire.call import Taken

JSON = {"content-type": "application/json"}

CUTS = [
    pytest.param(TurnStopped("why"), "turn_stopped", 499, id="stopped by the person"),
    pytest.param(SessionRevoked("why"), "session_revoked", 401, id="session revoked"),
    pytest.param(ServerRestarting("why"), "server_restarting", 503, id="process going down"),
]


async def entered(running: Relaying) -> None:
    """Wait until the upstream is asked."""
    async with asyncio.timeout(WAIT_S):
        await running.upstream.entered.wait()


async def closed(running: Relaying) -> None:
    """Wait until the upstream is closed."""
    async with asyncio.timeout(WAIT_S):
        await running.upstream.closed.wait()


@pytest.mark.parametrize(("why", "code", "status"), CUTS)
async def test_a_cut_stream_ends_with_an_error_frame(
    why: TrustError, code: str, status: int
) -> None:
    del status
    async with relaying() as running:
        running.upstream.say(b"data: a\n\n")
        await running.browser.seen(1)
        running.stream.end(why)

        assert await running.ending() is Ending.BROKEN_OFF

    assert running.upstream.closed.is_set()
    first, last = parse(running.body)
    assert first.data == "a"
    assert (last.type, last.json["code"]) == ("error", code)
    assert running.browser.ended


@pytest.mark.parametrize(("why", "code", "status"), CUTS)
async def test_a_cut_before_the_head_is_a_problem_document(
    why: TrustError, code: str, status: int
) -> None:
    upstream = Spoken()
    upstream.open.clear()
    async with relaying(Setting(upstream=upstream)) as running:
        await entered(running)
        running.stream.end(why)

        assert await running.ending() is Ending.REFUSED

    assert upstream.closed.is_set()
    assert running.browser.answer.status == status
    assert problem_of(running.browser.answer)["code"] == code


async def test_a_cut_wins_over_a_chunk_that_is_ready() -> None:
    async with relaying() as running:
        await running.browser.begun()
        running.upstream.say(b"data: after the revocation\n\n")
        running.stream.end(SessionRevoked("why"))
        await running.ending()

    assert b"after the revocation" not in running.body


class Uninterrupted(Spoken):
    """An upstream of which something comes at the moment at which its reader is interrupted."""

    def __init__(self, last: bytes) -> None:
        super().__init__()
        self._last = last

    async def read(self, within_s: float | None = None, taken: Taken | None = None) -> bytes | None:
        """Return the last, instead of being cancelled."""
        with suppress(asyncio.CancelledError):
            return await super().read(within_s, taken)
        return self._last


@pytest.mark.parametrize("last", [b"data: after the revocation\n\n", b""], ids=["chunk", "end"])
async def test_a_cut_wins_over_what_comes_at_the_same_moment(last: bytes) -> None:
    async with relaying(Setting(upstream=Uninterrupted(last))) as running:
        await running.browser.begun()
        await others_run()
        running.stream.end(SessionRevoked("why"))

        assert await running.ending() is Ending.BROKEN_OFF

    (event,) = parse(running.body)
    assert event.json["code"] == "session_revoked"


async def test_a_cut_json_answer_is_broken_off_and_not_ended() -> None:
    async with relaying(Setting(upstream=Spoken(headers=JSON))) as running:
        running.upstream.say(b'{"half": ')
        await running.browser.seen(1)
        running.stream.end(SessionRevoked("why"))

        with pytest.raises(BodyBroken):
            await running.ending()

    assert not running.browser.ended
    assert running.upstream.closed.is_set()


async def test_a_stream_that_fails_ends_with_an_error_frame_without_the_upstreams_words() -> None:
    async with relaying() as running:
        running.upstream.say(b"data: a\n\ndata: ha")
        await running.browser.seen(1)
        running.upstream.fail(AgentFailed("upstream-text"))

        assert await running.ending() is Ending.BROKEN_OFF

    last = parse(running.body)[-1]
    assert (last.type, last.json["code"]) == ("error", "agent_failed")
    assert b"upstream-text" not in running.body


async def test_a_failure_before_the_head_is_a_problem_document() -> None:
    upstream = Spoken(refusal=AgentFailed("upstream-text"))
    async with relaying(Setting(upstream=upstream)) as running:
        assert await running.ending() is Ending.REFUSED

    assert problem_of(running.browser.answer)["code"] == "agent_failed"
    assert "upstream-text" not in running.browser.answer.text


async def test_a_json_answer_that_fails_is_broken_off() -> None:
    async with relaying(Setting(upstream=Spoken(headers=JSON))) as running:
        running.upstream.say(b'{"half": ')
        await running.browser.seen(1)
        running.upstream.fail(AgentTimeout("silent"))

        with pytest.raises(BodyBroken):
            await running.ending()

    assert not running.browser.ended


async def test_a_browser_that_goes_away_in_mid_stream_closes_the_upstream() -> None:
    async with relaying() as running:
        running.upstream.say(b"data: a\n\n")
        await running.browser.seen(1)
        running.browser.leave()
        await closed(running)

        assert await running.ending() is Ending.BROWSER_GONE


async def test_a_browser_that_goes_away_before_the_head_closes_the_upstream() -> None:
    upstream = Spoken()
    upstream.open.clear()
    async with relaying(Setting(upstream=upstream)) as running:
        await entered(running)
        running.browser.leave()
        await closed(running)

        assert await running.ending() is Ending.BROWSER_GONE

    assert running.browser.offered == 0


async def test_a_browser_that_goes_away_without_having_taken_anything_closes_the_upstream() -> None:
    async with relaying() as running:
        running.browser.taking.clear()
        running.upstream.say(b"data: a\n\n")
        await running.browser.offers(1)
        running.browser.leave()
        await closed(running)

        assert await running.ending() is Ending.BROWSER_GONE


async def test_a_browser_that_a_server_tells_to_be_gone_closes_the_upstream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "LISTEN_AFTER_S", 0.0)
    flow = Flow(Outlet())
    before = asyncio.all_tasks()
    async with relaying(Setting(flow=flow)) as running:
        running.upstream.say(b"data: a\n\n")
        await running.browser.seen(1)
        await others_run()
        # Nobody waits for it: of thousands of streams each would have a task that does nothing.
        assert asyncio.all_tasks() - before == {running.task}
        flow.lost()
        await closed(running)

        assert await running.ending() is Ending.BROWSER_GONE


async def test_a_browser_that_had_gone_before_anybody_listened_closes_the_upstream() -> None:
    flow = Flow(Outlet())
    flow.lost()
    async with relaying(Setting(flow=flow)) as running:
        await closed(running)

        assert await running.ending() is Ending.BROWSER_GONE


async def test_who_has_answered_does_not_listen_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "LISTEN_AFTER_S", 0.0)
    flow = Flow(Outlet())
    async with relaying(Setting(flow=flow)) as running:
        running.upstream.say(b"data: a\n\n")
        await running.browser.seen(1)
        await others_run()
        running.upstream.end()
        await running.ending()
        flow.lost()

    assert running.stream.why is None


async def test_a_stream_ends_after_its_longest_time() -> None:
    async with relaying(Setting(total_s=0.3)) as running:
        running.upstream.say(b"data: a\n\n")

        assert await running.ending() is Ending.BROKEN_OFF

    assert running.upstream.closed.is_set()
    assert parse(running.body)[-1].json["code"] == "agent_timeout"


async def test_an_answer_of_too_many_bytes_is_given_up() -> None:
    async with relaying(Setting(answer_bytes=20)) as running:
        running.upstream.say(b"data: twelve\n\n", b"data: twelve\n\n")

        assert await running.ending() is Ending.BROKEN_OFF

    assert parse(running.body)[-1].json["code"] == "answer_too_large"


async def test_an_answer_that_does_not_come_in_time_is_a_504() -> None:
    upstream = Spoken()
    upstream.open.clear()
    async with relaying(Setting(upstream=upstream, idle_s=0.01)) as running:
        assert await running.ending() is Ending.REFUSED

    assert running.browser.answer.status == 504


@pytest.mark.parametrize(
    "taken", [pytest.param(0, id="not even the head"), pytest.param(1, id="only the head")]
)
async def test_a_cut_reaches_a_stream_whose_browser_takes_nothing(taken: int) -> None:
    async with relaying() as running:
        if taken:
            await running.browser.begun()
        running.browser.taking.clear()
        running.upstream.say(b"data: a\n\n")
        await running.browser.offers(1 + taken)
        running.stream.end(SessionRevoked("why"))
        async with asyncio.timeout(WAIT_S):
            await running.upstream.closed.wait()


async def test_a_cut_reaches_a_stream_whose_browser_takes_no_comment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "FIRST_COMMENT_S", 0.001)
    async with relaying() as running:
        await running.browser.begun()
        running.browser.taking.clear()
        await running.browser.offers(running.browser.offered + 1)
        running.stream.end(SessionRevoked("why"))
        async with asyncio.timeout(WAIT_S):
            await running.upstream.closed.wait()


async def test_a_last_word_that_is_not_taken_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "LAST_WORD_S", 0.01)
    async with relaying() as running:
        running.upstream.say(b"data: a\n\n")
        await running.browser.seen(1)
        running.browser.taking.clear()
        running.stream.end(SessionRevoked("why"))

        assert await running.ending() is Ending.BROKEN_OFF

    assert not running.browser.ended


async def test_a_cut_before_the_head_was_taken_sends_no_body_without_a_head() -> None:
    async with relaying() as running:
        running.browser.taking.clear()
        await running.browser.offers(1)
        running.stream.end(SessionRevoked("why"))
        await closed(running)
        running.browser.taking.set()
        await running.ending()

    assert running.browser.messages[0]["type"] == "http.response.start"


async def test_an_answer_that_comes_whole_passes_in_one_piece() -> None:
    upstream = Spoken(ended=True)
    upstream.say(b'data: 1\n\ndata: {"err')

    async with relaying(Setting(upstream=upstream)) as running:
        assert await running.ending() is Ending.COMPLETE

    # Its last event might have become an error, and is let go now that it is none.
    assert running.browser.pieces == [b'data: 1\n\ndata: {"err']
    assert running.browser.ended


async def test_what_came_before_the_agents_error_in_the_same_piece_is_passed_on() -> None:
    upstream = Spoken(ended=True)
    upstream.say(b'data: hello\n\ndata: {"error": "upstream-secret-text"}')

    async with relaying(Setting(upstream=upstream)) as running:
        assert await running.ending() is Ending.BROKEN_OFF

    hello, told = parse(running.body)
    assert hello.data == "hello"
    assert told.json["code"] == "agent_failed"
    assert b"upstream-secret-text" not in running.body


async def test_an_error_that_is_the_whole_of_the_last_piece_is_told_alone() -> None:
    upstream = Spoken(ended=True)
    upstream.say(b'data: {"error": "upstream-secret-text"}')

    async with relaying(Setting(upstream=upstream)) as running:
        assert await running.ending() is Ending.BROKEN_OFF

    (told,) = parse(running.body)
    assert told.json["code"] == "agent_failed"
