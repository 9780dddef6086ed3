"""Pages of the web by AgentCore's browser: which are read, and what becomes of failures."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.session import Session
from botocore.validate import validate_parameters
from deepresearch.browser import Browser, Web, readable
from deepresearch.library import Corpus, Page, PageMissing
from websockets.asyncio.server import ServerConnection, serve

ADDRESS = "https://example.org/page"
SHAPES = Session().get_service_model("bedrock-agentcore")


class Sessions:
    """AgentCore's sessions of a browser; each request is held against botocore's model of it."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.open: set[str] = set()

    def start_browser_session(self, **request: Any) -> dict[str, Any]:
        self._check("StartBrowserSession", request)
        self.open.add("session-1")
        streams = {"automationStream": {"streamEndpoint": self.endpoint}}
        return {"sessionId": "session-1", "streams": streams}

    def stop_browser_session(self, **request: Any) -> dict[str, Any]:
        self._check("StopBrowserSession", request)
        self.open.remove(request["sessionId"])
        return {}

    def _check(self, operation: str, request: dict[str, Any]) -> None:
        shape = SHAPES.operation_model(operation).input_shape
        assert shape is not None
        validate_parameters(request, shape)


class FakeBrowser:
    """A browser behind the DevTools protocol, with one page in it."""

    def __init__(self) -> None:
        self.methods: list[str] = []
        self.headers: dict[str, str] = {}
        self.lands_at = ADDRESS
        self.error = ""
        self.refuses = ""
        self.silent = False

    async def answer(self, socket: ServerConnection) -> None:
        """Answer the commands of one connection."""
        assert socket.request is not None
        self.headers = {name.lower(): value for name, value in socket.request.headers.raw_items()}
        async for message in socket:
            command = json.loads(message)
            self.methods.append(command["method"])
            if self.silent:
                continue
            if command["method"] == self.refuses:
                await socket.send(json.dumps({"id": command["id"], "error": {"message": "secret"}}))
                continue
            await socket.send(json.dumps({"method": "Target.something"}))
            result = self._result(command["method"])
            await socket.send(json.dumps({"id": command["id"], "result": result}))
            if command["method"] == "Page.navigate":
                await socket.send(json.dumps({"method": "Page.loadEventFired"}))

    def _result(self, method: str) -> dict[str, Any]:
        page = {"title": "A page", "address": self.lands_at, "text": "What it says. " * 5000}
        results: dict[str, dict[str, Any]] = {
            "Target.createTarget": {"targetId": "t"},
            "Target.attachToTarget": {"sessionId": "s"},
            "Page.navigate": {"errorText": self.error} if self.error else {},
            "Runtime.evaluate": {"result": {"value": json.dumps(page)}},
        }
        return results.get(method, {})


@pytest.fixture
def browser() -> FakeBrowser:
    """Return a browser that shows the page."""
    return FakeBrowser()


@pytest.fixture
async def sessions(browser: FakeBrowser) -> AsyncGenerator[Sessions]:
    """Return the sessions of that browser."""
    async with serve(browser.answer, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield Sessions(f"ws://127.0.0.1:{port}/browser-streams/b/sessions/s/automation")


@pytest.fixture
def web(sessions: Sessions) -> Web:
    """Return a library with that browser."""
    credentials = Credentials("ASIARUNTIMEROLE", "secret", "token")
    found = Browser(id="browser-1", region="eu-west-1", sessions=sessions, credentials=credentials)
    page = Page(address="corpus:a", title="Apples", text="Apples are red.")
    return Web(Corpus([page]), found)


async def test_a_page_of_the_web_is_read_in_a_session_of_its_own(
    web: Web, sessions: Sessions, browser: FakeBrowser
) -> None:
    page = await web.read(ADDRESS)

    assert (page.address, page.title) == (ADDRESS, "A page")
    assert len(page.text) == 20_000
    assert sessions.open == set()
    scope = "eu-west-1/bedrock-agentcore/aws4_request"
    assert scope in browser.headers["authorization"]
    assert browser.headers["x-amz-security-token"] == "token"


async def test_the_library_is_searched_and_read_as_before(web: Web, browser: FakeBrowser) -> None:
    assert [page.address for page in await web.search("apples")] == ["corpus:a"]
    assert (await web.read("corpus:a")).text == "Apples are red."
    assert browser.methods == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"error": "net::ERR_NAME_NOT_RESOLVED"}, "the page cannot be reached"),
        ({"refuses": "Page.navigate"}, "the page cannot be reached"),
        ({"lands_at": "https://169.254.169.254/"}, "it leads to a page that is not public"),
        ({"lands_at": "http://example.org/"}, "it leads to a page that is not public"),
    ],
)
async def test_a_page_that_fails_leaves_no_session_behind(
    web: Web, sessions: Sessions, browser: FakeBrowser, change: dict[str, str], reason: str
) -> None:
    for name, value in change.items():
        setattr(browser, name, value)

    with pytest.raises(PageMissing, match=reason):
        await web.read(ADDRESS)

    assert sessions.open == set()


async def test_a_browser_that_says_nothing_is_not_waited_for(
    web: Web, sessions: Sessions, browser: FakeBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.silent = True
    monkeypatch.setattr("deepresearch.browser.PAGE_S", 0.2)

    with pytest.raises(PageMissing, match="cannot be reached"):
        await asyncio.wait_for(web.read(ADDRESS), 10)

    assert sessions.open == set()


async def test_an_address_that_is_not_public_opens_no_session(
    web: Web, sessions: Sessions, browser: FakeBrowser
) -> None:
    with pytest.raises(PageMissing, match="only public https pages"):
        await web.read("http://example.org/")

    assert browser.methods == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("https://example.org/a?b=c", True),
        ("https://sub.example.org", True),
        ("http://example.org", False),
        ("https://example.org:8443/", False),
        ("https://user@example.org/", False),
        ("https://localhost/", False),
        ("https://printer.local/", False),
        ("https://db.internal/", False),
        ("https://127.0.0.1/", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://[::1]/", False),
        ("https://0x7f.1/", False),
        ("https://127.1/", False),
        ("https://2130706433/", False),
        ("https://[broken/", False),
        ("https://", False),
        ("file:///etc/passwd", False),
    ],
)
def test_only_public_https_names_are_read(address: str, public: object) -> None:
    assert readable(address) is public
