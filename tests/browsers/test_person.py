"""A person in Firefox, in WebKit and in Chromium: the way through the app."""

from collections.abc import Generator

import pytest

from browsers.scene import Scene
from browsers.tab import Engine, Tab
from journeys.visitor import SESSION

pytestmark = pytest.mark.journey

ANSWER = "gh-message[data-role=assistant]"
QUESTION = "gh-message[data-role=user]"
LOGIN, WHO = "[data-testid=login]", "[data-testid=who]"
PROMPT, STOP = "[data-testid=prompt]", "[data-testid=stop]"

WATCH = """
() => {
  window.lengths = new Set();
  const look = () => {
    const last = [...document.querySelectorAll('gh-message[data-role=assistant]')].at(-1);
    if (last) window.lengths.add(last.textContent.length);
  };
  const all = {subtree: true, childList: true, characterData: true};
  new MutationObserver(look).observe(document.body, all);
}
"""

OPEN = """
(address) => new Promise((resolve) => {
  const socket = window.socket = new WebSocket(address);
  window.heard = [];
  window.ended = new Promise((told) => {
    socket.onclose = (event) => { told([event.code, event.reason]); resolve('closed'); };
  });
  socket.onmessage = (event) => window.heard.push(event.data);
  socket.onopen = () => resolve('open');
})
"""

LOG_OUT = """
() => fetch('/auth/logout', {method: 'POST', headers: {'X-CSRF': '1'}})
  .then((answer) => answer.status)
"""


@pytest.fixture(autouse=True)
def quiet(scene: Scene, tab: Tab) -> Generator[None]:
    """Whatever our own pages complain of on the console fails the test; WebKit's driver is deaf."""
    yield
    # The provider's own form has no picture for the tab, and forbids itself to look for one.
    others = (scene.local.plan.issuer, f":{scene.port}/")
    assert not [text for text in tab.complaints() if not any(one in text for one in others)]


def ask(tab: Tab, text: str) -> None:
    """Write a message and send it by Enter."""
    tab.see(PROMPT)
    tab.write(PROMPT, f"{text}\n")


def unseen(tab: Tab, selector: str) -> None:
    """Wait until an element is not shown."""
    tab.wait("(one) => !document.querySelector(one)?.checkVisibility()", selector)


def test_a_person_logs_in_and_is_greeted_by_name_and_tenant(scene: Scene, tab: Tab) -> None:
    scene.log_in(tab)

    greeting = tab.see(WHO, "Alice Archer")
    assert "Acme Corporation" in greeting


def test_the_cookie_is_strict_and_nothing_is_left_to_script(scene: Scene, tab: Tab) -> None:
    scene.log_in(tab)
    ask(tab, "hello")
    tab.see(ANSWER, "I heard: hello")

    (session,) = (cookie for cookie in tab.cookies() if cookie.name == SESSION)
    assert (session.http_only, session.secure, session.same_site) == (True, True, "strict")
    assert tab.run("() => [document.cookie, localStorage.length, sessionStorage.length]") == [
        *("", 0, 0)
    ]
    assert tab.run("() => indexedDB.databases().then((all) => all.length)") == 0
    assert tab.run("() => caches.keys().then((all) => all.length)") == 0


def test_an_answer_grows_before_the_persons_eyes(scene: Scene, tab: Tab) -> None:
    scene.log_in(tab)
    tab.run(WATCH)

    ask(tab, "count to 60")

    tab.see(ANSWER, "60")
    # Held back until its end, it would be there in one piece, perhaps in two.
    assert tab.run("() => lengths.size") > 5


def test_stop_stops_the_turn_and_the_next_one_runs(scene: Scene, tab: Tab) -> None:
    scene.log_in(tab)
    ask(tab, "count to 900")
    tab.see(ANSWER, "3")

    tab.click(STOP)

    # Until the server has heard of it, Enter sends nothing.
    tab.see("gh-thread", "You stopped this answer.")
    assert "900" not in tab.see(ANSWER)
    ask(tab, "and now this")
    tab.see(ANSWER, "I heard: and now this")


def test_a_reload_keeps_the_login_and_shows_the_chat_again(scene: Scene, tab: Tab) -> None:
    scene.log_in(tab)
    ask(tab, "hello, it is me")
    tab.see(ANSWER, "I heard: hello, it is me")
    tab.see("[data-testid=chat-item]", "hello, it is me")
    unseen(tab, STOP)

    tab.reload()

    tab.see(WHO, "Alice Archer")
    tab.see(QUESTION, "hello, it is me")


def shows_nothing(scene: Scene, engine: Engine, tab: Tab) -> None:
    """Check what there is to see of a chat that one has gone back to after a logout."""
    # Whether it came out of the browser's cache or not, the page asks who is logged in.
    scene.tap.wait(lambda heard: heard.path == "/auth/session")
    # WebKit's driver loses sight of a tab whose page loads itself anew as it comes back.
    if engine.name != "webkit":
        tab.see(LOGIN)
        assert "between you and me" not in tab.run("() => document.documentElement.outerHTML")
    asked = [heard for heard in scene.tap.heard if heard.path.startswith("/api/")]
    assert {heard.status for heard in asked} <= {401}


def test_a_logout_ends_the_login_and_the_way_back_shows_nothing(
    scene: Scene, engine: Engine, tab: Tab
) -> None:
    scene.log_in(tab)
    ask(tab, "between you and me")
    tab.see(ANSWER, "between you and me")
    unseen(tab, STOP)
    before = tab.run("() => history.length")

    tab.click("[data-testid=logout]")
    tab.wait("(issuer) => location.origin === issuer", scene.local.plan.issuer)
    tab.see("button")
    tab.click("button")
    tab.see(LOGIN)

    assert SESSION not in {cookie.name for cookie in tab.cookies()}
    scene.tap.heard.clear()
    tab.back(tab.run("() => history.length") - before)
    shows_nothing(scene, engine, tab)


def test_a_page_kept_by_the_browser_does_not_outlive_a_logout(
    scene: Scene, engine: Engine, tab: Tab
) -> None:
    scene.log_in(tab)
    ask(tab, "between you and me")
    tab.see(ANSWER, "between you and me")
    unseen(tab, STOP)
    scene.page_of("stranger", tab)
    other = tab.another()
    other.go(f"{scene.app}/")
    assert other.run(LOG_OUT) == 200
    scene.tap.heard.clear()

    tab.back()

    shows_nothing(scene, engine, tab)


def test_a_page_talks_to_an_agent_until_its_person_logs_out(scene: Scene, tab: Tab) -> None:
    scene.log_in(tab)

    assert tab.run(OPEN, scene.socket) == "open"
    tab.run("() => { socket.send('hé') }")
    assert tab.wait("() => heard.length && heard") == ["hé"]
    other = tab.another()
    other.go(f"{scene.app}/")
    assert other.run(LOG_OUT) == 200

    assert tab.run("() => ended") == [4401, "session_revoked"]
