"""A person's browser without a screen: it keeps cookies and sends headers as browsers do."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from idp_client.login_form import sign_in

SESSION = "__Host-Http-session"
TIMEOUT_S = 30.0


@dataclass(kw_only=True)
class Visitor:
    """Somebody at the public origin, perhaps served by another process (`via`)."""

    origin: str
    via: str = ""
    cookies: dict[str, str] = field(default_factory=dict[str, str])

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request of the app's own, and keep the cookies of the answer."""
        headers = {
            "x-csrf": "1",
            "sec-fetch-site": "same-origin",
            **self._cookie(),
            **options.pop("headers", {}),
        }
        with httpx.Client(timeout=TIMEOUT_S) as client:
            answer = client.request(method, self._url(path), headers=headers, **options)
        self.keep(answer)
        return answer

    def navigate(self, url: str) -> httpx.Response:
        """Go somewhere, as by a click; redirects are not followed."""
        path = url.removeprefix(self.origin)
        headers = {"accept": "text/html", "sec-fetch-mode": "navigate", **self._cookie()}
        with httpx.Client(timeout=TIMEOUT_S) as client:
            answer = client.get(self._url(path), headers=headers)
        self.keep(answer)
        return answer

    def keep(self, answer: httpx.Response) -> None:
        """Do with Set-Cookie what a browser does."""
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            if "max-age=0" in line.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def log_in(self, login: str, password: str, *, path: str = "/auth/login") -> httpx.Response:
        """Log in at the provider; return the callback's answer."""
        start = self.navigate(path).headers["location"]
        with httpx.Client(timeout=TIMEOUT_S) as provider:
            back = sign_in(provider, start, login=login, password=password, until=self.origin)
        return self.navigate(str(back))

    def ask(self, text: str, *, agent: str = "hello", **headers: str) -> httpx.Response:
        """Send a message and wait for the whole answer."""
        return self.send(
            "POST", f"/api/agents/{agent}/invocations", json=run_input(text), headers=headers
        )

    @contextmanager
    def asking(
        self, text: str, *, agent: str = "hello", **headers: str
    ) -> Generator[httpx.Response]:
        """Send a message and look at the answer while it comes."""
        every = {"x-csrf": "1", "sec-fetch-site": "same-origin", **self._cookie(), **headers}
        url = self._url(f"/api/agents/{agent}/invocations")
        with (
            httpx.Client(timeout=TIMEOUT_S) as client,
            client.stream("POST", url, json=run_input(text), headers=every) as answer,
        ):
            yield answer

    def _url(self, path: str) -> str:
        return (self.via or self.origin) + path

    def _cookie(self) -> dict[str, str]:
        if not self.cookies:
            return {}
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}


def run_input(text: str) -> dict[str, Any]:
    """Return an AG-UI RunAgentInput with one message; none if there is no text."""
    message = {"id": "m1", "role": "user", "content": text}
    return {
        "threadId": "t1",
        "runId": "r1",
        "state": {},
        "messages": [message] if text else [],
        "tools": [],
        "context": [],
        "forwardedProps": {},
    }


def events_in(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the data of the events of a complete stream."""
    blocks = answer.text.replace("\r\n", "\n").split("\n\n")
    lines = [line for block in blocks for line in block.split("\n")]
    return [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def said(answer: httpx.Response) -> str:
    """Return the text of an AG-UI answer."""
    return "".join(
        event["delta"] for event in events_in(answer) if event["type"] == "TEXT_MESSAGE_CONTENT"
    )
