"""What Firefox, WebKit and Chromium say of a request, and what the policy makes of it.

`proxy.browser_policy` judges by it, so what a browser says is compared with what it was seen to say
when docs/browsers.md was written: a browser that says something else is a reason to look.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from browsers.forged import attacked
from browsers.measured import Rows, told
from browsers.scene import Scene
from browsers.tab import Tab
from journeys.visitor import SESSION
from journeys.wiretap import Heard

pytestmark = pytest.mark.journey

Compared = Callable[[str, Rows], None]

ASK = """
([method, path, mode]) => fetch(path, {method, mode, headers: {'X-CSRF': '1'}})
  .then((answer) => answer.status, (error) => error.name)
"""

SOCKET = "(address) => { new WebSocket(address) }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Requests of the app's own, named by what a person or the page did."""

    scene: Scene
    rows: Rows

    def note(self, deed: str, wanted: Callable[[Heard], bool]) -> None:
        """Wait for a request, and write down what it said."""
        self.rows[deed] = told(self.scene.tap.wait(wanted)[0])

    def begins(self) -> None:
        """Forget the requests so far: what follows is looked for among those to come."""
        self.scene.tap.heard.clear()


def of(path: str, method: str = "GET") -> Callable[[Heard], bool]:
    """Return what tells a request by its path, whatever its query."""
    return lambda heard: (heard.method, heard.path.partition("?")[0]) == (method, path)


def test_the_app_s_own_requests_say_what_the_policy_asks_for(
    scene: Scene, tab: Tab, compared: Compared
) -> None:
    walk = Walk(scene=scene, rows={})
    walk.begins()
    tab.go(f"{scene.app}/")
    walk.note("an address is typed", of("/"))
    walk.note("the page's module", lambda one: one.path.endswith(".js"))
    tab.see("[data-testid=login]")
    tab.click("[data-testid=login]")
    walk.note("a link to the login", of("/auth/login"))
    tab.see("input[name=password]")
    walk.begins()
    tab.write("input[name=login]", "alice@acme.test")
    tab.write("input[name=password]", f"{scene.local.secrets.password}\n")
    walk.note("the provider sends back", of("/auth/callback"))
    walk.note("the callback's page goes on", of("/"))
    tab.see("[data-testid=who]")
    walk.begins()
    tab.reload()
    tab.see("[data-testid=who]")
    walk.note("the page is loaded again", of("/"))
    walk.begins()
    calls = [("GET", "/auth/session", "cors"), ("POST", "/auth/logout/x", "cors")]
    calls += [("DELETE", "/api/chats/x", "cors"), ("POST", "/api/chats/x/stop", "same-origin")]
    for method, path, mode in calls:
        tab.run(ASK, [method, path, mode])
        walk.note(f"fetch, {method}, mode {mode}", of(path, method))
    tab.run(SOCKET, scene.socket)
    walk.note("a WebSocket", of("/api/agents/hello/ws"))

    compared("own requests", walk.rows)


def test_no_forged_request_of_another_page_s_is_answered(
    scene: Scene, tab: Tab, compared: Compared
) -> None:
    scene.log_in(tab)
    (before,) = (cookie.value for cookie in tab.cookies() if cookie.name == SESSION)
    scene.tap.heard.clear()

    requests = attacked(scene, tab)

    assert {heard.status for heard in requests.values() if heard} == {403}
    strangers = [heard for (who, _), heard in requests.items() if who == "stranger"]
    assert not any(SESSION in dict(heard.cookies) for heard in strangers if heard)
    tab.go(f"{scene.app}/")
    tab.see("[data-testid=who]", "Alice Archer")
    assert before in [cookie.value for cookie in tab.cookies()]
    every = {f"{forgery}: {who}": told(heard) for (who, forgery), heard in requests.items()}
    compared("forged requests", every)
