"""A person in a real browser: Chromium, the built app, the provider on another site."""

from collections.abc import Callable, Generator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from devstack.dev.stack import Stack
from journeys.visitor import Visitor

pytestmark = pytest.mark.journey

# Several stacks may be starting at the same moment.
expect.set_options(timeout=15_000)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Generator[Browser]:
    """One Chromium for all of these journeys."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, local: Stack) -> Generator[Page]:
    """A fresh profile; whatever our own pages complain of on the console fails the test."""
    context = browser.new_context(base_url=local.plan.public_url)
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        ours = not message.location["url"].startswith(local.plan.issuer)
        if message.type == "error" and ours:
            complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not complaints


def log_in(page: Page, local: Stack, login: str = "alice@acme.test") -> None:
    """Log in as a person does: a button, a form on another site, and back."""
    page.goto("/")
    page.get_by_test_id("login").click()
    sign_in(page, local, login)


def sign_in(page: Page, local: Stack, login: str) -> None:
    """Fill in the provider's form, and come back."""
    page.wait_for_url(f"{local.plan.issuer}/**")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(local.secrets.password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(f"{local.plan.public_url}/**")
    expect(page.get_by_test_id("who")).to_be_visible()


def ask(page: Page, text: str) -> None:
    """Write a message and send it with the keyboard."""
    page.get_by_test_id("prompt").fill(text)
    page.get_by_test_id("prompt").press("Enter")


def test_a_person_logs_in_and_is_greeted_by_name_and_tenant(page: Page, local: Stack) -> None:
    log_in(page, local)

    expect(page.get_by_test_id("who")).to_contain_text("Alice Archer")
    expect(page.get_by_test_id("who")).to_contain_text("Acme Corporation")


def test_the_cookie_is_strict_and_no_script_sees_it(page: Page, local: Stack) -> None:
    log_in(page, local)

    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    session = cookies["__Host-Http-session"]
    assert session["sameSite"] == "Strict"
    assert session["httpOnly"]
    assert session["secure"]
    assert page.evaluate("document.cookie") == ""


def test_nothing_is_kept_where_script_can_read_it(page: Page, local: Stack) -> None:
    log_in(page, local)
    ask(page, "hello")
    expect(page.locator("gh-message[data-role=assistant]").first).to_be_visible()

    kept = page.evaluate("[localStorage.length, sessionStorage.length]")
    databases = page.evaluate("indexedDB.databases().then((all) => all.length)")

    assert kept == [0, 0]
    assert databases == 0


def test_an_answer_grows_before_the_persons_eyes(page: Page, local: Stack) -> None:
    log_in(page, local)

    ask(page, "count to 60")

    answer = page.locator("gh-message[data-role=assistant]").last
    expect(answer).to_contain_text("1")
    early = answer.inner_text()
    expect(answer).to_contain_text("60")
    assert len(early) < len(answer.inner_text())


def test_a_tool_call_is_a_card_with_its_result(page: Page, local: Stack) -> None:
    log_in(page, local)

    ask(page, "note the meeting is on Friday")

    card = page.locator("gh-tool-card").first
    expect(card).to_have_attribute("data-state", "finished")
    expect(card).to_contain_text("write_note")


def test_stop_stops_the_turn(page: Page, local: Stack) -> None:
    log_in(page, local)
    ask(page, "count to 900")
    answer = page.locator("gh-message[data-role=assistant]").last
    expect(answer).to_contain_text("3")

    page.get_by_test_id("stop").click()

    expect(page.get_by_test_id("stop")).to_be_hidden()
    expect(answer).not_to_contain_text("900")


def test_a_reload_keeps_the_login_and_shows_the_chat_again(page: Page, local: Stack) -> None:
    log_in(page, local)
    ask(page, "hello, it is me")
    expect(page.get_by_test_id("stop")).to_be_hidden()
    expect(page.get_by_test_id("chat-item").first).to_contain_text("hello, it is me")

    page.reload()

    expect(page.get_by_test_id("who")).to_contain_text("Alice Archer")
    expect(page.locator("gh-message[data-role=user]").first).to_contain_text("hello, it is me")


def test_a_logout_ends_the_login_and_the_app_says_so(page: Page, local: Stack) -> None:
    log_in(page, local)

    page.get_by_test_id("logout").click()
    page.wait_for_url(f"{local.plan.issuer}/**")
    page.get_by_role("button").first.click()
    page.wait_for_url(f"{local.plan.public_url}/**")

    expect(page.get_by_test_id("login")).to_be_visible()
    assert "__Host-Http-session" not in {cookie["name"] for cookie in page.context.cookies()}


def test_a_person_sees_where_they_are_logged_in_and_ends_the_others(
    page: Page, local: Stack, visitor: Callable[[str], Visitor]
) -> None:
    log_in(page, local, "bob@acme.test")
    elsewhere = visitor("bob@acme.test")

    page.get_by_test_id("show-sessions").click()
    sessions = page.get_by_test_id("sessions").get_by_role("listitem")
    expect(sessions.filter(has_text="This browser")).to_have_count(1)
    page.get_by_test_id("end-other-sessions").click()

    expect(sessions).to_have_count(1)
    expect(page.get_by_test_id("end-other-sessions")).to_be_hidden()
    assert elsewhere.send("GET", "/auth/session").json() == {"authenticated": False}
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("sessions")).to_have_count(0)


def test_a_person_without_a_mouse_can_log_in_ask_and_read(page: Page, local: Stack) -> None:
    page.goto("/")
    page.get_by_test_id("login").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{local.plan.issuer}/**")
    page.locator("input[name=login]").focus()
    page.keyboard.type("bob@acme.test")
    page.keyboard.press("Tab")
    page.keyboard.type(local.secrets.password)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("who")).to_contain_text("Bob Baker")
    # Until the agents are listed the page is still being built, and nobody types into that.
    expect(page.get_by_role("radio").first).to_be_checked()
    page.get_by_test_id("prompt").focus()
    page.keyboard.type("hello")
    expect(page.get_by_test_id("prompt")).to_have_value("hello")
    page.keyboard.press("Enter")

    expect(page.locator("gh-message[data-role=assistant]").first).to_be_visible()


def test_two_tabs_log_in_without_disturbing_each_other(page: Page, local: Stack) -> None:
    second = page.context.new_page()
    for tab in (page, second):
        tab.goto("/")
        tab.get_by_test_id("login").click()
        tab.wait_for_url(f"{local.plan.issuer}/**")
    for tab in (second, page):
        if tab.locator("input[name=login]").count():
            tab.locator("input[name=login]").fill("alice@acme.test")
            tab.locator("input[name=password]").fill(local.secrets.password)
            tab.locator("input[name=password]").press("Enter")
        tab.wait_for_url(f"{local.plan.public_url}/**")

        expect(tab.get_by_test_id("who")).to_contain_text("Alice Archer")


def test_the_back_button_after_a_login_does_not_break_anything(page: Page, local: Stack) -> None:
    log_in(page, local)

    page.go_back()
    page.goto("/")

    expect(page.get_by_test_id("who")).to_contain_text("Alice Archer")


def test_who_logs_in_by_another_window_is_shown_in_every_window(page: Page, local: Stack) -> None:
    log_in(page, local)
    page.get_by_test_id("prompt").fill("Alice's own words")
    # The provider knows Alice, too: else it would not ask.
    page.context.clear_cookies(domain="127.0.0.1")
    other = page.context.new_page()

    other.goto("/auth/login")
    sign_in(other, local, "carol@globex.test")

    expect(other.get_by_test_id("who")).to_contain_text("Carol Chen")
    expect(page.get_by_test_id("who")).to_contain_text("Carol Chen")
    expect(page.get_by_test_id("prompt")).to_be_empty()
