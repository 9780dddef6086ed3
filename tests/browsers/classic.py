"""A client of W3C WebDriver over HTTP, for WebKitGTK and Chromium; each profile is a session."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import httpx

from browsers.tab import WITHIN_S, BrowserRefused, Cookie, Tab

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name under which an element's reference stands (WebDriver §12.2)."""

_ENTER = "\ue007"

_CALL = """
const [finished, ...rest] = [arguments[arguments.length - 1], ...arguments].slice(0, -1);
Promise.resolve().then(() => (FUNCTION)(...rest)).then(
  (told) => finished([true, told ?? null]), (error) => finished([false, String(error)]));
"""
"""Asynchronous, and not a promise of a synchronous script: all drivers know it."""


class ClassicTab(Tab):
    """A window of a session, which becomes the current one whenever it is used."""

    def __init__(self, session: httpx.Client, window: str) -> None:
        self._session = session
        self._window = window

    def go(self, url: str) -> None:
        self._ask("POST", "/url", {"url": url})

    def run(self, function: str, *arguments: Any) -> Any:
        script = _CALL.replace("FUNCTION", function)
        order = {"script": script, "args": list(arguments)}
        done, told = self._ask("POST", "/execute/async", order)
        if not done:
            raise BrowserRefused(told)
        return told

    def click(self, selector: str) -> None:
        self._ask("POST", f"/element/{self._element(selector)}/click", {})

    def write(self, selector: str, text: str) -> None:
        keys = {"text": text.replace("\n", _ENTER)}
        self._ask("POST", f"/element/{self._element(selector)}/value", keys)

    def reload(self) -> None:
        self._ask("POST", "/refresh", {})

    def cookies(self) -> Sequence[Cookie]:
        return [_cookie(found) for found in self._ask("GET", "/cookie")]

    def another(self) -> "ClassicTab":
        opened = self._ask("POST", "/window/new", {"type": "tab"})
        return ClassicTab(self._session, opened["handle"])

    def close(self) -> None:
        self._ask("DELETE", "/window")

    def complaints(self) -> Sequence[str]:
        return []

    def _element(self, selector: str) -> str:
        wanted = {"using": "css selector", "value": selector}
        return str(self._ask("POST", "/element", wanted)[_ELEMENT])

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        ask(self._session, "POST", "/window", {"handle": self._window})
        return ask(self._session, method, path, body)


def ask(session: httpx.Client, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
    """Give one command; return its value. Raises BrowserRefused."""
    try:
        answer = session.request(method, path, json=body)
    except httpx.HTTPError as error:
        raise BrowserRefused(f"{method} {path}: {error!r}") from error
    value = answer.json()["value"]
    if answer.is_error:
        raise BrowserRefused(f"{method} {path}: {value['error']}: {value['message']}")
    return value


@contextmanager
def session(driver: str, capabilities: Mapping[str, Any]) -> Generator[ClassicTab]:
    """Start a browser with a fresh profile; end it."""
    # WebKit does not notice that a page which left will never answer: then it is asked again.
    patience = {"script": 3000, "pageLoad": int(WITHIN_S * 1000), "implicit": 0}
    wanted = {"acceptInsecureCerts": True, "timeouts": patience, **capabilities}
    with httpx.Client(base_url=driver, timeout=2 * WITHIN_S, trust_env=False) as client:
        body = {"capabilities": {"alwaysMatch": wanted}}
        begun = cast("Mapping[str, Any]", ask(client, "POST", "/session", body))
        path = f"/session/{begun['sessionId']}"
        client.base_url = httpx.URL(driver + path)
        try:
            yield ClassicTab(client, ask(client, "GET", "/window", None))
        finally:
            client.delete("")


def _cookie(found: Mapping[str, Any]) -> Cookie:
    return Cookie(
        name=found["name"],
        value=found["value"],
        http_only=found["httpOnly"],
        secure=found["secure"],
        same_site=str(found.get("sameSite", "")).lower(),
    )
