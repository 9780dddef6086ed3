"""A browser that loses its answer and finds it again: reloads, other windows, bad lines."""

from collections.abc import Generator

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    StorageState,
    expect,
    sync_playwright,
)

from devstack.dev.stack import Stack
from journeys.test_in_a_browser import ARGUMENTS, ask, log_in
from journeys.torn_line import TornLine, torn_line

pytestmark = pytest.mark.journey

expect.set_options(timeout=15_000)

AGENT = "ledger"
"""Its turns outlive their browser on the usual stack (`journeys.conftest.local`)."""

LAST = 30
QUESTION = f"count to {LAST}"
"""Little more than a second of the offline model's."""

ENDLESS = "count to 1000"

LATE_MS = 20_000
"""After so long without any answer the page says so (spa/src/asking.ts)."""

SLOW_BYTES = 12_000
"""What a slow line carries in a second: less than the agent says in one."""


@pytest.fixture(scope="module")
def tearing(local: Stack) -> Generator[TornLine]:
    """The line by which this browser reaches the app."""
    with torn_line(local.plan.bff_ports[0]) as found:
        yield found


@pytest.fixture(scope="module")
def browser(chromium: str, local: Stack, tearing: TornLine) -> Generator[Browser]:
    """One Chromium for all of these journeys; for it the app is at the other end of the line."""
    app = local.plan.public_url.removeprefix("http://")
    rule = f"--host-resolver-rules=MAP {app} 127.0.0.1:{tearing.port}"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, rule])
        yield found
        found.close()


@pytest.fixture
def line(local: Stack, tearing: TornLine) -> TornLine:
    """The line, whole, to the first process."""
    tearing.mend()
    tearing.tears.clear()
    tearing.swallows.clear()
    tearing.bff_port = local.plan.bff_ports[0]
    return tearing


@pytest.fixture(scope="module")
def alice(browser: Browser, local: Stack) -> StorageState:
    """What Alice's browser has after her login."""
    context = browser.new_context(base_url=local.plan.public_url)
    context.set_default_timeout(15_000)
    page = context.new_page()
    log_in(page, local)
    found = context.storage_state()
    context.close()
    return found


@pytest.fixture
def context(
    browser: Browser, local: Stack, alice: StorageState, line: TornLine
) -> Generator[BrowserContext]:
    """Alice's browser, logged in."""
    del line
    found = browser.new_context(base_url=local.plan.public_url, storage_state=alice)
    found.set_default_timeout(15_000)
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A window of hers."""
    return context.new_page()


def begin(page: Page, question: str) -> None:
    """Ask the agent whose turns outlive their browser, and wait until it answers."""
    page.goto("/")
    page.get_by_test_id(f"agent-{AGENT}").check()
    ask(page, question)
    expect(answer(page)).to_contain_text("5")


def answer(page: Page) -> Locator:
    """Return the newest answer."""
    return page.locator("gh-message[data-role=assistant]").last


def is_whole(page: Page) -> None:
    """Look that the turn is over, and nothing is missing, and nothing is there twice."""
    numbers = [str(number) for number in range(1, LAST + 1)]
    expect(answer(page)).to_contain_text(f"{LAST}")
    expect(page.get_by_test_id("stop")).to_be_hidden()
    expect(page.get_by_test_id("send")).to_be_visible()
    expect(page.locator("gh-message")).to_have_count(2)
    assert answer(page).inner_text().split() == numbers
    assert page.locator("gh-message[data-role=user]").all_inner_texts() == [QUESTION]
    expect(page.locator("gh-failure:visible")).to_have_count(0)


def goes_on(page: Page) -> None:
    """Look that the endless answer is there from its beginning, and grows."""
    expect(page.locator("gh-message[data-role=user]")).to_have_text(ENDLESS)
    expect(answer(page)).to_contain_text("5")
    seen = answer(page).inner_text().split()
    expect(answer(page)).to_contain_text(f" {int(seen[-1]) + 3} ")
    seen = answer(page).inner_text().split()
    assert seen == [str(number) for number in range(1, len(seen) + 1)]


def test_a_reload_in_mid_answer_shows_it_and_goes_on(page: Page) -> None:
    begin(page, QUESTION)

    page.reload()

    # How much of it was left by then is the machine's to say: that it goes on live is seen below.
    is_whole(page)


def test_another_device_at_another_process_shows_it_and_stops_it(
    page: Page, browser: Browser, alice: StorageState, line: TornLine, local: Stack
) -> None:
    begin(page, ENDLESS)
    line.bff_port = local.plan.bff_ports[1]
    elsewhere = browser.new_context(storage_state=alice)
    other = elsewhere.new_page()

    other.goto(page.url)

    goes_on(other)
    other.get_by_test_id("stop").click()
    expect(other.get_by_test_id("stop")).to_be_hidden()
    expect(page.locator("gh-failure[data-code=turn_stopped]")).to_be_visible()
    expect(page.get_by_test_id("stop")).to_be_hidden()
    elsewhere.close()


def test_a_device_that_was_offline_in_mid_answer_misses_nothing(
    page: Page, context: BrowserContext
) -> None:
    begin(page, ENDLESS)

    context.set_offline(offline=True)
    expect(page.locator("gh-thread")).to_have_attribute("data-line", "down")
    expect(page.get_by_text("You are offline")).to_be_visible()
    context.set_offline(offline=False)

    expect(page.locator("gh-thread")).to_have_attribute("data-line", "up")
    goes_on(page)
    page.get_by_test_id("stop").click()
    expect(page.get_by_test_id("stop")).to_be_hidden()


def test_a_line_that_tears_in_mid_event_loses_and_repeats_nothing(
    page: Page, line: TornLine
) -> None:
    line.tears = [b'"delta":"9 "}']
    begin(page, QUESTION)

    expect(page.locator("gh-thread")).to_have_attribute("data-line", "lost")
    expect(page.get_by_text("Reconnecting")).to_be_visible()
    assert line.refusing
    line.mend()

    is_whole(page)
    assert not line.tears


def test_a_slow_line_brings_everything(page: Page, context: BrowserContext) -> None:
    page.goto("/")
    context.new_cdp_session(page).send(  # pyright: ignore[reportUnknownMemberType] partly typed
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 150,
            "downloadThroughput": SLOW_BYTES,
            "uploadThroughput": SLOW_BYTES,
        },
    )

    page.get_by_test_id(f"agent-{AGENT}").check()
    ask(page, QUESTION)

    is_whole(page)


@pytest.mark.parametrize("question", [QUESTION, ENDLESS])
def test_an_answer_that_was_swallowed_is_told_as_late_and_found(
    page: Page, line: TornLine, question: str
) -> None:
    page.clock.install()
    page.goto("/")
    page.get_by_test_id(f"agent-{AGENT}").check()
    line.swallows = [b"/invocations"]

    ask(page, question)
    expect(page.locator("gh-message[data-role=user]")).to_have_text(question)
    page.clock.fast_forward(LATE_MS)
    expect(page.get_by_text("No answer has begun yet")).to_be_visible()
    assert not line.swallows
    page.get_by_test_id("look").click()

    if question == QUESTION:
        is_whole(page)
        return
    goes_on(page)
    page.get_by_test_id("stop").click()
    expect(page.get_by_test_id("stop")).to_be_hidden()


def test_a_swallowed_answer_is_looked_for_again_and_with_the_keyboard_alone(
    page: Page, line: TornLine
) -> None:
    page.clock.install()
    page.goto("/")
    page.get_by_test_id(f"agent-{AGENT}").check()
    line.swallows = [b"/invocations", b"/invocations"]
    look = page.get_by_test_id("look")

    ask(page, QUESTION)
    page.clock.fast_forward(LATE_MS)
    # What is hidden takes no focus, and nobody would be told.
    expect(look).to_be_visible()
    look.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Looking for the answer")).to_be_visible()
    expect(look).to_be_focused()
    expect(look).to_have_attribute("aria-disabled", "true")
    page.clock.fast_forward(LATE_MS)
    expect(look).to_have_attribute("aria-disabled", "false")
    assert not line.swallows
    page.keyboard.press("Enter")

    is_whole(page)
    expect(page.get_by_role("region", name="Messages")).to_be_focused()


def test_a_page_whose_script_is_lost_on_the_way_says_what_to_do(page: Page) -> None:
    page.route("**/assets/*.js", lambda route: route.abort("connectionreset"), times=1)

    page.goto("/")
    expect(page.get_by_text("If nothing comes, reload the page.")).to_be_visible()
    page.reload()

    expect(page.get_by_test_id("prompt")).to_be_visible()
    expect(page.get_by_text("If nothing comes")).to_have_count(0)


def test_nobody_is_told_to_be_logged_out_by_a_line_that_is_away(
    page: Page, context: BrowserContext, line: TornLine
) -> None:
    page.goto("/")
    page.get_by_test_id(f"agent-{AGENT}").check()
    context.clear_cookies()
    ask(page, QUESTION)
    expect(page.get_by_test_id("check-login")).to_be_visible()

    line.cut()
    page.get_by_test_id("check-login").click()

    expect(page.get_by_text("Gatehouse could not be reached.").last).to_be_visible()
    expect(page.get_by_text("Nobody is logged in yet")).to_have_count(0)
    line.mend()
    page.get_by_test_id("check-login").click()
    expect(page.get_by_text("Nobody is logged in yet")).to_be_visible()
