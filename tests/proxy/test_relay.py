"""The relay: what comes in goes out, at once, and nothing is kept."""

import pytest

from fakes.proxy.answer import Spoken
from fakes.proxy.asgi import others_run
from fakes.proxy.relaying import CHAT, Setting, relaying
from proxy.relay import Ending


async def test_each_chunk_is_passed_on_before_the_next_is_sent() -> None:
    async with relaying() as running:
        for number in range(1, 20):
            running.upstream.say(b"data: %d\n\n" % number)
            # Only what has been seen lets the upstream go on: nothing can have been held back.
            pieces = await running.browser.seen(number)
            assert pieces[-1] == b"data: %d\n\n" % number
        running.upstream.end()

        assert await running.ending() is Ending.COMPLETE

    assert running.browser.answer.status == 200


async def test_chunks_of_whole_events_are_neither_merged_nor_split() -> None:
    chunks = [b"data: a\n\n", b"\n", b"data: b\n\ndata: c\n\n", b"x" * 100_000, b"more"]
    async with relaying() as running:
        running.upstream.say(*chunks)
        running.upstream.end()
        await running.ending()

    assert running.browser.pieces == chunks


async def test_the_next_chunk_is_asked_for_when_the_browser_has_taken_the_last() -> None:
    async with relaying() as running:
        running.upstream.say(b"data: 1\n\n")
        await running.browser.seen(1)
        running.browser.taking.clear()
        running.upstream.say(b"data: 2\n\n", b"data: 3\n\n", b"data: 4\n\n")
        # Head, first chunk, and the second which is not taken.
        await running.browser.offers(3)
        await others_run()

        assert running.upstream.asked == 2

        running.browser.taking.set()
        await running.browser.seen(4)


async def test_a_head_that_is_not_taken_keeps_the_relay_from_reading() -> None:
    async with relaying() as running:
        running.browser.taking.clear()
        running.upstream.say(b"data: 1\n\n")
        await running.browser.offers(1)
        await others_run()

        assert running.upstream.asked == 0


async def test_the_head_names_the_chat_and_forbids_buffering_and_caching() -> None:
    async with relaying() as running:
        running.upstream.end()
        await running.ending()

    answer = running.browser.answer
    assert answer.header("content-type") == "text/event-stream"
    assert answer.header("chat-id") == CHAT
    assert answer.header("x-accel-buffering") == "no"
    assert answer.header("cache-control") == "no-store"
    assert answer.header("x-content-type-options") == "nosniff"


async def test_none_of_the_upstreams_headers_is_passed_on_but_the_media_type() -> None:
    headers = {
        "content-type": "application/json",
        "set-cookie": "__Host-Http-session=planted",
        "location": "https://evil.example",
        "access-control-allow-origin": "*",
        "x-amzn-requestid": "hidden",
        "x-amzn-bedrock-agentcore-runtime-session-id": "hidden",
        "clear-site-data": '"*"',
    }
    async with relaying(Setting(upstream=Spoken(headers=headers))) as running:
        running.upstream.end()
        await running.ending()

    names = {name for name, _ in running.browser.answer.headers}
    assert not names & (headers.keys() - {"content-type"})


async def test_the_length_of_events_is_not_told_since_some_may_be_put_in() -> None:
    headers = {"content-type": "text/event-stream", "content-length": "9"}
    async with relaying(Setting(upstream=Spoken(headers=headers))) as running:
        running.upstream.say(b"data: 1\n\n")
        running.upstream.end()
        await running.ending()

    assert running.browser.answer.header("content-length") is None


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        ("application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json; charset=utf-8"),
        ("text/event-stream; charset=utf-8", "text/event-stream; charset=utf-8"),
        ("text/event-stream; charset=utf-8;", "text/event-stream; charset=utf-8;"),
        ("text/event-stream, text/event-stream", "text/event-stream"),
        ("text/event-stream, text/html", "application/octet-stream"),
        ("text/html", "application/octet-stream"),
        ("TEXT/HTML; charset=utf-8", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/json, text/html", "application/octet-stream"),
        ("multipart/x-mixed-replace; boundary=x", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
async def test_only_json_and_events_keep_their_name(given: str, passed_on: str) -> None:
    async with relaying(Setting(upstream=Spoken(headers={"content-type": given}))) as running:
        running.upstream.say(b"<script>alert(1)</script>")
        running.upstream.end()
        await running.ending()

    assert running.browser.answer.header("content-type") == passed_on


async def test_an_answer_without_a_media_type_is_bytes() -> None:
    async with relaying(Setting(upstream=Spoken(headers={}))) as running:
        running.upstream.end()
        await running.ending()

    assert running.browser.answer.header("content-type") == "application/octet-stream"


async def test_a_status_of_success_is_kept() -> None:
    async with relaying(Setting(upstream=Spoken(status=202))) as running:
        running.upstream.end()
        await running.ending()

    assert running.browser.answer.status == 202


async def test_the_upstream_is_closed_at_the_end() -> None:
    async with relaying() as running:
        running.upstream.end()
        await running.ending()

        assert running.upstream.closed.is_set()
