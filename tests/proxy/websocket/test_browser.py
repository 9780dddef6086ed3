"""The browser's side over ASGI: what a server says, and what it may say as well."""

import pytest

from fakes.websocket.page import Page
from proxy.websocket import browser
from proxy.websocket.browser import Browser, BrowserLeft
from proxy.websocket.closing import Closing


def opened(page: Page) -> Browser:
    return Browser(page.receive, page.send)


@pytest.mark.parametrize("message", ["", "a", b"", b"\x00"], ids=repr)
async def test_a_server_may_name_both_kinds_and_fill_one(message: str | bytes) -> None:
    page = Page()
    text = message if isinstance(message, str) else None
    raw = message if isinstance(message, bytes) else None
    page.said.put_nowait({"type": "websocket.receive", "text": None, "bytes": None})
    page.said.put_nowait({"type": "websocket.receive", "text": text, "bytes": raw})

    assert await opened(page).receive() == message


@pytest.mark.parametrize(("code", "known"), [(1001, 1001), (None, 1006), (4321, 4321)])
async def test_who_leaves_says_so_or_is_just_gone(code: int | None, known: int) -> None:
    page = Page()
    page.leave(code)
    page.leave(code)

    with pytest.raises(BrowserLeft) as left:
        await opened(page).receive()

    assert left.value.code == known
    assert (await opened(page).left()).code == known


async def test_before_the_handshake_is_answered_only_leaving_counts() -> None:
    page = Page()
    page.say("too early")
    page.leave(1000)

    assert (await opened(page).left()).code == 1000


@pytest.mark.parametrize("step", ["accept", "send"])
async def test_whoever_is_gone_when_something_is_sent_has_left(step: str) -> None:
    side = opened(Page(gone=True))

    with pytest.raises(BrowserLeft) as left:
        await (side.accept(None, {}) if step == "accept" else side.send("a"))

    assert left.value.code == 1006


async def test_nobody_has_to_be_there_to_be_told_of_the_end() -> None:
    await opened(Page(gone=True)).close(Closing(code=1000))


async def test_a_browser_that_takes_nothing_is_left_to_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(browser, "LAST_WORD_S", 0.01)
    page = Page()
    page.taking.clear()

    await opened(page).close(Closing(code=4401, reason="session_revoked"))

    assert page.sent == []
