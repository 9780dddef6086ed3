"""A client of WebDriver BiDi, which Firefox speaks by itself; each profile is a user context."""

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from browsers.tab import WITHIN_S, BrowserRefused, Cookie, Tab

_ENTER = "\ue007"

_CALL = """
(given) => Promise.resolve((FUNCTION)(...JSON.parse(given))).then(
  (told) => JSON.stringify(told ?? null))
"""
"""By way of JSON: BiDi has a notation of its own for values, in which nothing here is at home."""

_INTO_VIEW = """
(selector) => {
  const options = {block: 'nearest', behavior: 'instant'};
  document.querySelector(selector).scrollIntoView(options);
}
"""


class Wire:
    """The connection: one command at a time; what the browser tells of itself is kept."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = count(1)
        self.told: list[Mapping[str, Any]] = []

    def ask(self, method: str, **parameters: Any) -> Any:
        """Give one command; return its result. Raises BrowserRefused."""
        number = next(self._numbers)
        order = {"id": number, "method": method, "params": parameters}
        try:
            self._connection.send(json.dumps(order))
            answer = self._answer(number)
        except (TimeoutError, WebSocketException) as error:
            raise BrowserRefused(f"{method}: {error!r}") from error
        if answer["type"] == "error":
            raise BrowserRefused(f"{method}: {answer['error']}: {answer['message']}")
        return answer["result"]

    def _answer(self, number: int) -> Mapping[str, Any]:
        while True:
            message = json.loads(self._connection.recv(timeout=2 * WITHIN_S))
            if message.get("id") == number:
                return dict(message)
            if message["type"] == "event":
                self.told.append(message)


class BidiTab(Tab):
    """A tab of a user context."""

    def __init__(self, wire: Wire, profile: str) -> None:
        self._wire = wire
        self._profile = profile
        made = wire.ask("browsingContext.create", type="tab", userContext=profile)
        self._context = made["context"]

    def go(self, url: str) -> None:
        self._ask("browsingContext.navigate", url=url, wait="complete")

    def run(self, function: str, *arguments: Any) -> Any:
        given = {"type": "string", "value": json.dumps(arguments)}
        answer = self._wire.ask(
            "script.callFunction",
            functionDeclaration=_CALL.replace("FUNCTION", function),
            arguments=[given],
            awaitPromise=True,
            target={"context": self._context},
        )
        if answer["type"] == "exception":
            raise BrowserRefused(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def click(self, selector: str) -> None:
        wanted = {"type": "css", "value": selector}
        found = self._ask("browsingContext.locateNodes", locator=wanted, maxNodeCount=1)["nodes"]
        if not found:
            raise BrowserRefused(f"there is no {selector}")
        self.run(_INTO_VIEW, selector)
        # The browser finds its middle when it gets there: a page that grows moves it meanwhile.
        origin = {"type": "element", "element": {"sharedId": found[0]["sharedId"]}}
        press = {"type": "pointerDown", "button": 0}
        move = {"type": "pointerMove", "x": 0, "y": 0, "origin": origin}
        steps = [move, press, {**press, "type": "pointerUp"}]
        self._act({"type": "pointer", "id": "mouse", "actions": steps})

    def write(self, selector: str, text: str) -> None:
        self.click(selector)
        keys = text.replace("\n", _ENTER)
        steps = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": steps})

    def reload(self) -> None:
        self._ask("browsingContext.reload", wait="complete")

    def cookies(self) -> Sequence[Cookie]:
        where = {"type": "context", "context": self._context}
        found = self._wire.ask("storage.getCookies", partition=where)["cookies"]
        return [_cookie(one) for one in found]

    def another(self) -> "BidiTab":
        return BidiTab(self._wire, self._profile)

    def close(self) -> None:
        self._ask("browsingContext.close")

    def complaints(self) -> Sequence[str]:
        self._wire.ask("session.status")
        entries = [event["params"] for event in self._wire.told]
        return [str(entry["text"]) for entry in entries if entry.get("level") == "error"]

    def _act(self, source: Mapping[str, Any]) -> None:
        self._ask("input.performActions", actions=[source])

    def _ask(self, method: str, **parameters: Any) -> Any:
        return self._wire.ask(method, context=self._context, **parameters)


@contextmanager
def wire(address: str) -> Generator[Wire]:
    """Connect to a browser, and hear what its pages write on the console."""
    # 16 MiB: a page's answer is a message.
    with connect(f"{address}/session", max_size=1 << 24, proxy=None) as connection:
        found = Wire(connection)
        wanted = {"alwaysMatch": {"acceptInsecureCerts": True}}
        found.ask("session.new", capabilities=wanted)
        found.ask("session.subscribe", events=["log.entryAdded"])
        yield found


@contextmanager
def profile(wire: Wire) -> Generator[BidiTab]:
    """Open a tab with cookies of its own; end it with all its tabs."""
    context = wire.ask("browser.createUserContext")["userContext"]
    wire.told.clear()
    try:
        yield BidiTab(wire, context)
    finally:
        wire.ask("browser.removeUserContext", userContext=context)


def _cookie(found: Mapping[str, Any]) -> Cookie:
    return Cookie(
        name=found["name"],
        value=found["value"]["value"],
        http_only=found["httpOnly"],
        secure=found["secure"],
        same_site=found["sameSite"],
    )
