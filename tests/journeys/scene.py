"""The scene of attacks in a real browser: the real stack on a host that has siblings.

`app.gate.localhost` is the app. To a browser `evil.gate.localhost` is the same site, as two hosts
of one company are, so it sends Strict cookies along; 127.0.0.1 is another site.
"""

import os
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from devstack.dev.plan import Plan
from devstack.dev.stack import Stack, stack
from idp_client.login_form import sign_in
from journeys.hostile_site import hostile_site
from journeys.visitor import SESSION, TIMEOUT_S, Visitor
from journeys.wiretap import Wiretap, wiretap

APP = "app.gate.localhost"
SITE = "gate.localhost"
ATTACKERS = {
    "stranger": "127.0.0.1",
    "sibling": "evil.gate.localhost",
    "neighbour": APP,
}
"""Who attacks, and the host of their page; a neighbour has another port of the app's own host."""

ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--no-first-run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped(Plan):
    """A stack whose public origin is a host with siblings, by way of a wiretap."""

    tap_port: int

    @property
    def public_url(self) -> str:
        """The origin that the browser uses."""
        return f"http://{APP}:{self.tap_port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A stack, its wiretap, Alice's cookies, and somebody else's web server."""

    local: Stack
    tap: Wiretap
    browser: Browser
    cookies: StorageState
    port: int

    @property
    def app(self) -> str:
        """The app's origin."""
        return self.local.plan.public_url

    def carol(self) -> tuple[Visitor, str]:
        """Let the attacker log in, up to the address at which her login would be finished."""
        carol = Visitor(origin=self.app, via=self.local.plan.bffs[0])
        start = carol.navigate("/auth/login").headers["location"]
        login, password = "carol@globex.test", self.local.secrets.password
        with httpx.Client(timeout=TIMEOUT_S) as provider:
            back = sign_in(provider, start, login=login, password=password, until=self.app)
        return carol, str(back)

    def setting(self, attacker: str, line: str) -> str:
        """Return the address of a page that sets a cookie by its header."""
        return f"http://{ATTACKERS[attacker]}:{self.port}/?cookie={quote(line)}"

    def page_of(self, attacker: str, context: BrowserContext) -> Page:
        """Open a page of somebody else's in the victim's browser."""
        page = context.new_page()
        page.goto(f"http://{ATTACKERS[attacker]}:{self.port}/")
        page.evaluate("(app) => { window.APP = app }", self.app)
        return page


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """Alice's browser, the app open in a tab; `had`: what she had before anybody attacked."""

    context: BrowserContext
    page: Page

    def call(self, *paths: str) -> list[Any]:
        """Ask the API as the app does, all at once."""
        script = (
            "(paths) => Promise.all(paths.map((path) =>"
            " fetch(path, {headers: {'X-CSRF': '1'}}).then((answer) => answer.json())))"
        )
        return cast("list[Any]", self.page.evaluate(script, list(paths)))

    def email(self) -> str:
        """Return who she is here."""
        (session,) = self.call("/auth/session")
        return str(session["user"]["email"])

    def has(self) -> list[Any]:
        """Return who she is here, what sessions and what chats she has."""
        me, every, chats = self.call("/auth/session", "/auth/sessions", "/api/chats")
        sessions = [session["id"] for session in every["sessions"]]
        return [me["user"]["email"], sessions, chats["chats"], self.ticket]

    @property
    def ticket(self) -> list[str]:
        """The session cookies that she has for the app."""
        found = self.context.cookies(self.page.url)
        return [str(cookie.get("value")) for cookie in found if cookie.get("name") == SESSION]


@pytest.fixture(scope="module")
def scene(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Scene]:
    """The stack, with Alice logged in once."""
    environment = dict(os.environ)  # noqa: TID251 the programs' path
    with wiretap() as tap, hostile_site() as port, sync_playwright() as playwright:
        plan = Tapped(
            state=tmp_path_factory.mktemp("siblings"),
            tap_port=tap.port,
            aws_options=("--spares", "0"),
        )
        tap.bff_port = plan.bff_ports[0]
        with stack(plan, env=environment) as local:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            cookies = _logged_in(browser, local)
            yield Scene(local=local, tap=tap, browser=browser, cookies=cookies, port=port)
            browser.close()


def _logged_in(browser: Browser, local: Stack) -> StorageState:
    context = browser.new_context(base_url=local.plan.public_url)
    page = context.new_page()
    page.goto("/")
    page.get_by_test_id("login").click()
    page.wait_for_url(f"{local.plan.issuer}/**")
    page.locator("input[name=login]").fill("alice@acme.test")
    page.locator("input[name=password]").fill(local.secrets.password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(f"{local.plan.public_url}/**")
    page.get_by_test_id("who").wait_for()
    found = context.storage_state()
    # At the provider nobody is logged in: a login that an attacker begins must stop at its form.
    ours = [cookie for cookie in found.get("cookies", []) if cookie.get("domain") == APP]
    context.close()
    return cast("StorageState", {"cookies": ours, "origins": []})


@pytest.fixture
def victim(scene: Scene) -> Generator[Victim]:
    """Alice; whatever was done in her browser, afterwards everything is as it was."""
    context = scene.browser.new_context(storage_state=scene.cookies, base_url=scene.app)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/")
    alice = Victim(context=context, page=page)
    before = alice.has()
    assert before[0] == "alice@acme.test"
    scene.tap.heard.clear()
    try:
        yield alice
        assert alice.has() == before
    finally:
        # All at once: a page alone, closed while it is on its way, may never say that it is.
        context.close()
