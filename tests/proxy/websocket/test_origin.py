"""Who may ask for a WebSocket: pages of ours, by headers that no page can change."""

import pytest

from proxy.browser_policy import Allowed, Refused
from proxy.websocket.origin import judge_handshake

OURS = "https://app.example"
CHROMIUM = {"origin": OURS}
FIREFOX = {
    "origin": OURS,
    "sec-fetch-site": "same-origin",
    "sec-fetch-mode": "websocket",
    "sec-fetch-dest": "empty",
}


@pytest.mark.parametrize(
    "headers",
    [
        CHROMIUM,
        FIREFOX,
        FIREFOX | {"sec-fetch-dest": "websocket"},
        CHROMIUM | {"sec-fetch-site": "same-origin"},
    ],
)
def test_a_page_of_ours_may_ask(headers: dict[str, str]) -> None:
    assert judge_handshake(headers, origin=OURS) == Allowed()


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param("https://evil.example", id="another site"),
        pytest.param("https://shop.app.example", id="a sibling below"),
        pytest.param("https://other.example", id="a sibling beside"),
        pytest.param("http://app.example", id="without TLS"),
        pytest.param("https://app.example:8443", id="another port"),
        pytest.param("https://app.example:443", id="a port that browsers leave out"),
        pytest.param("https://app.example.", id="a dot"),
        pytest.param("https://APP.example", id="no browser's spelling"),
        pytest.param("https://app.example/", id="a path"),
        pytest.param("wss://app.example", id="the socket's scheme"),
        pytest.param("null", id="hidden"),
        pytest.param("", id="empty"),
        pytest.param("https://app.example, https://app.example", id="twice"),
        pytest.param("https://app.example, https://evil.example", id="two"),
        pytest.param("https://app.example https://evil.example", id="a list of old"),
        pytest.param("https://app.example.evil.example", id="a longer name"),
    ],
)
def test_nobody_else_may_whatever_the_other_headers_say(origin: str) -> None:
    assert isinstance(judge_handshake(FIREFOX | {"origin": origin}, origin=OURS), Refused)


def test_an_origin_has_to_be_there() -> None:
    headers = {name: value for name, value in FIREFOX.items() if name != "origin"}

    assert isinstance(judge_handshake(headers, origin=OURS), Refused)
    referred = headers | {"referer": f"{OURS}/", "x-csrf": "1"}
    assert isinstance(judge_handshake(referred, origin=OURS), Refused)


@pytest.mark.parametrize("site", ["same-site", "cross-site", "none", "", "elsewhere"])
def test_what_the_browser_says_of_the_site_may_not_contradict_it(site: str) -> None:
    assert isinstance(judge_handshake(FIREFOX | {"sec-fetch-site": site}, origin=OURS), Refused)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-mode", "websocket, websocket"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-dest", "image"),
    ],
)
def test_what_is_no_websocket_in_the_browsers_words_is_none(name: str, value: str) -> None:
    assert isinstance(judge_handshake(FIREFOX | {name: value}, origin=OURS), Refused)
