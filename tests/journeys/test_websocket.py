"""A page that talks to an agent over a WebSocket, in a real browser, and pages that may not."""

import json
import os
import shlex
import sys
from collections.abc import Generator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar, cast

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from devstack.dev.plan import HERE, Plan
from devstack.dev.stack import Stack, stack
from journeys.hostile_site import hostile_site
from journeys.scene import APP, ARGUMENTS, ATTACKERS
from journeys.visitor import SESSION

pytestmark = pytest.mark.journey

ECHO = shlex.join([sys.executable, "-m", "devstack.aws.agentcore.echo"])
PATH = "/api/agents/hello/ws"

OPEN = """
(address) => new Promise((resolve) => {
  const socket = window.socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  window.heard = [];
  window.ended = new Promise((told) => {
    socket.onclose = (event) => { told([event.code, event.reason]); resolve('closed'); };
  });
  socket.onmessage = (event) => {
    const raw = event.data instanceof ArrayBuffer;
    window.heard.push(raw ? [...new Uint8Array(event.data)] : event.data);
  };
  socket.onopen = () => resolve('open');
})
"""
"""Opens a socket; tells whether it was opened or closed."""

SAY = "(text) => socket.send(text)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Plan):
    """A stack whose public origin is a host with siblings, served by the BFF itself."""

    @property
    def public_url(self) -> str:
        """The origin that the browser uses."""
        return f"http://{APP}:{self.bff_ports[0]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A stack with an echo for an agent, a browser, and somebody else's web server."""

    local: Stack
    browser: Browser
    port: int

    @property
    def address(self) -> str:
        """Where the agent's socket is."""
        return self.local.plan.public_url.replace("http", "ws") + PATH

    def talks(self) -> int:
        """Return how many WebSockets the local AWS was asked for."""
        calls = httpx.get(f"{self.local.plan.aws}/_local/calls").json()["calls"]
        wanted = "InvokeAgentRuntimeWithWebSocketStream"
        return sum(call["operation"] == wanted for call in calls)


@pytest.fixture(scope="module")
def room(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Room]:
    """The stack, whose agent `hello` is an echo that may be spoken to over a WebSocket."""
    state = tmp_path_factory.mktemp("websocket")
    registry = state / "registry.toml"
    local = (HERE / "src" / "devstack" / "registry.toml").read_text()
    registry.write_text(local.replace("[agents.hello]", "[agents.hello]\nwebsocket = true"))
    plan = Named(
        state=state,
        aws_options=("--agent-command", ECHO),
        bff_env={"BFF_REGISTRY": f"file:{registry}"},
    )
    environment = dict(os.environ)  # noqa: TID251 the programs' path
    with (
        hostile_site() as port,
        sync_playwright() as playwright,
        stack(plan, env=environment) as running,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield Room(local=running, browser=browser, port=port)
        browser.close()


def logged_in(room: Room) -> Page:
    """Log Alice in, in a browser of her own; return the tab with the app."""
    context = room.browser.new_context(base_url=room.local.plan.public_url)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/")
    page.get_by_test_id("login").click()
    page.wait_for_url(f"{room.local.plan.issuer}/**")
    page.locator("input[name=login]").fill("alice@acme.test")
    page.locator("input[name=password]").fill(room.local.secrets.password)
    page.locator("input[name=password]").press("Enter")
    page.get_by_test_id("who").wait_for()
    return page


@pytest.fixture(scope="module")
def known(room: Room) -> StorageState:
    """The cookies of a login, for those who do not end it."""
    page = logged_in(room)
    found = page.context.storage_state()
    page.context.close()
    return found


@pytest.fixture
def alice(room: Room, known: StorageState) -> Generator[Page]:
    """The app in a tab of Alice's browser, who has logged in."""
    url = room.local.plan.public_url
    context = room.browser.new_context(base_url=url, storage_state=known)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/")
    yield page
    context.close()


def heard(page: Page, count: int) -> list[Any]:
    """Wait until so many messages have come; return them."""
    page.wait_for_function("(count) => heard.length >= count", arg=count)
    return cast("list[Any]", page.evaluate("heard"))


def test_a_page_talks_to_an_agent_until_its_person_logs_out(room: Room) -> None:
    alice = logged_in(room)
    assert alice.evaluate(OPEN, f"{room.address}?announce=1") == "open"
    (told,) = heard(alice, 1)
    alice.evaluate(SAY, "hé")
    alice.evaluate("() => socket.send(new Uint8Array([0, 255]))")
    assert heard(alice, 3)[1:] == ["hé", [0, 255]]

    alice.evaluate(SAY, "headers")
    names = json.loads(heard(alice, 4)[3])
    assert "x-amzn-bedrock-agentcore-runtime-custom-data-grant" in names
    assert not {"cookie", "origin", "authorization"} & set(names)

    chats = alice.evaluate(
        "() => fetch('/api/chats', {headers: {'X-CSRF': '1'}}).then((answer) => answer.json())"
    )
    assert json.loads(told) == {"type": "gatehouse.chat", "chat_id": chats["chats"][0]["id"]}

    # In another tab, so that this page does not leave.
    other = alice.context.new_page()
    other.goto("/")
    asked = other.evaluate(
        "() => { const at = Date.now(); return fetch('/auth/logout', {method: 'POST',"
        " headers: {'X-CSRF': '1'}}).then(() => at) }"
    )
    code, reason, at = alice.evaluate("() => ended.then((told) => [...told, Date.now()])")

    assert (code, reason) == (4401, "session_revoked")
    assert at - asked < 2000
    assert room.talks() == 1
    alice.context.close()


def test_a_chat_goes_on_in_the_same_process_and_the_agent_may_end_it(
    room: Room, alice: Page
) -> None:
    assert alice.evaluate(OPEN, f"{room.address}?announce=1") == "open"
    chat = json.loads(heard(alice, 1)[0])["chat_id"]
    alice.evaluate("() => socket.close(4005)")
    alice.evaluate("() => ended")

    assert alice.evaluate(OPEN, f"{room.address}?chat={chat}") == "open"
    alice.evaluate(SAY, "bye")

    assert alice.evaluate("() => ended") == [4000, ""]
    calls = httpx.get(f"{room.local.plan.aws}/_local/calls").json()["calls"]
    sessions = [call["runtime_session_id"] for call in calls if call["runtime_session_id"]]
    assert sessions[-1] == sessions[-2]


def page_of(room: Room, attacker: str, context: BrowserContext) -> Page:
    """Open a page of somebody else's in the victim's browser."""
    page = context.new_page()
    page.goto(f"http://{ATTACKERS[attacker]}:{room.port}/")
    return page


def refused(room: Room, page: Page) -> tuple[str, str]:
    """Let a page try to open the socket; return the Origin that was sent, and what came of it."""
    told: dict[str, Any] = {}

    def note(event: dict[str, Any]) -> None:
        told.update(event)

    wire = page.context.new_cdp_session(page)
    for name in ("WillSendHandshakeRequest", "FrameError"):
        wire.on(f"Network.webSocket{name}", note)
    wire.send("Network.enable")

    assert page.evaluate(OPEN, room.address) == "closed"
    assert page.evaluate("() => ended") == [1006, ""]
    return str(told["request"]["headers"]["Origin"]), str(told["errorMessage"])


def test_no_other_page_opens_a_socket_in_a_person_s_name(room: Room, alice: Page) -> None:
    before = room.talks()
    for attacker in ATTACKERS:
        origin, error = refused(room, page_of(room, attacker, alice.context))

        assert origin == f"http://{ATTACKERS[attacker]}:{room.port}"
        assert error.endswith("Unexpected response code: 403"), attacker

    assert room.talks() == before
    assert alice.evaluate(OPEN, room.address) == "open"


class _Ear(BaseHTTPRequestHandler):
    cookies: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Keep the cookies of a handshake, and refuse it."""
        self.cookies.append(self.headers.get("Cookie", ""))
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_cookie_alone_would_not_hold_off_a_sibling_s_socket(room: Room, alice: Page) -> None:
    """Cookies know no ports: what the browser sends to another one it sends to the app as well."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Ear) as ear:
        serving = Thread(target=ear.serve_forever, daemon=True)
        serving.start()
        for attacker in ATTACKERS:
            page = page_of(room, attacker, alice.context)
            assert page.evaluate(OPEN, f"ws://{APP}:{ear.server_address[1]}/") == "closed"
        ear.shutdown()
        serving.join()

    sent = [SESSION in cookies for cookies in _Ear.cookies]
    assert dict(zip(ATTACKERS, sent, strict=True)) == {
        "stranger": False,
        "sibling": True,
        "neighbour": True,
    }
