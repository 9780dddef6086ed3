"""A handshake is refused in HTTP's words where the server can, and closed where it cannot."""

import json

import pytest
from starlette.types import Message, Scope

from fakes.websocket.page import Page
from proxy.request import Request, read_request
from proxy.websocket import handover
from proxy.websocket.handover import as_request
from trust.errors import AccessError

EXTENSIONS: dict[str, dict[str, object]] = {"websocket.http.response": {}}


class Server(Page):
    """A server that tells of every end twice, as uvicorn does."""

    async def send(self, message: Message) -> None:
        """Take a message; a refusal ends the connection."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.leave(1006)
            self.leave(1006)


def handshake(page: Page, extensions: object = EXTENSIONS) -> Request:
    scope: Scope = {
        "type": "websocket",
        "path": "/api/agents/hello/ws",
        "headers": [(b"origin", b"https://app.example"), (b"cookie", b"a=b")],
        "extensions": extensions,
    }
    return read_request(*as_request(scope, page.receive, page.send))


async def test_it_is_a_get_and_the_scope_stays_what_it_was() -> None:
    request = handshake(Page())

    assert (request.method, request.path) == ("GET", "/api/agents/hello/ws")
    assert request.headers == {"origin": "https://app.example"}
    assert request.cookies == ("a=b",)


async def test_a_refusal_is_a_status_and_a_problem_document() -> None:
    server = Server()
    # Refused before anybody has asked for the first message.
    server.said.put_nowait({"type": "websocket.connect"})

    await handshake(server).refuse(AccessError("why"))

    start, body = server.sent
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
    assert body["type"] == "websocket.http.response.body"
    assert json.loads(body["body"])["code"] == "forbidden"
    # Both ends were waited for: uvicorn logs an error of who returns before.
    assert server.said.empty()


@pytest.mark.parametrize("extensions", [None, dict[str, object](), {"websocket.other": None}])
async def test_a_server_that_cannot_say_a_status_is_told_to_close(extensions: object) -> None:
    page = Page()

    await handshake(page, extensions).refuse(AccessError("why"))

    assert page.sent == [{"type": "websocket.close", "code": 1008, "reason": ""}]


async def test_a_server_that_tells_of_one_end_only_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handover, "PARTING_S", 0.01)
    page = Page()

    await handshake(page).refuse(AccessError("why"))

    assert len(page.sent) == 2


async def test_a_refusal_after_the_accept_is_an_internal_error() -> None:
    page = Page()
    request = handshake(page)
    await request.send({"type": "websocket.accept"})
    await request.send({"type": "websocket.send", "text": "a"})

    await request.refuse(AccessError("why"))

    assert page.messages == ["a"]
    assert page.closed == (1011, "")


async def test_after_the_close_nothing_is_said_any_more() -> None:
    page = Page()
    request = handshake(page)
    await request.send({"type": "websocket.accept"})
    await request.send({"type": "websocket.close", "code": 1000, "reason": "over"})

    await request.refuse(AccessError("why"))

    assert page.closed == (1000, "over")


@pytest.mark.parametrize("extensions", [EXTENSIONS, None])
async def test_a_browser_that_has_left_is_refused_in_silence(extensions: object) -> None:
    page = Page(gone=True)

    await handshake(page, extensions).refuse(AccessError("why"))

    assert page.sent == []
