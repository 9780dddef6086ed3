"""Fuzzing: every operation of the OpenAPI document, with values that are right and that are not.

Whatever is sent: the answer is one that the document knows, no fault of ours, and holds nothing of
what was sent in a form that a browser would run. The values come from a seed, so that a failure
comes again.
"""

import json
import random
import re
from typing import cast
from urllib.parse import quote, quote_from_bytes

import pytest

from attacks.documented import Operation, faults, operations
from attacks.hostile_urls import HALF_CHARACTERS, HOSTILE_URLS
from fakes.proxy.asgi import Answer, Headers, problem_of
from fakes.proxy.browser import DOCUMENT, FETCH, PAGE, Browser
from fakes.proxy.house import House
from proxy.body import FORBIDDEN_MEMBERS
from proxy.browser_policy import is_navigation
from trust.session.cookie import MAX_COOKIE_CHARS

ROUNDS = 50
"""How often each operation is called."""

MARK = "<img/src=x onerror=alert(7351)>'\"`${7351}{{7351}}"
"""What must stand in no page and no refusal as it is."""

JUNK = [
    MARK,
    "",
    " ",
    "0",
    "-1",
    "null",
    "true",
    "[]",
    "%",
    "%00",
    "%2e%2e%2f",
    "../../etc/passwd",
    "..\\..\\",
    "a\r\nSet-Cookie: a=b",
    "a\x00b",
    "\u202e\u0000\uffff",
    "\U0001f469\u200d\U0001f4bb",
    "'; DROP TABLE sessions; --",
    "#",
    "SUBJECT#",
    "acme#SESSION#",
    "*",
    "?",
    "$(id)",
    "9" * 400,
    "a" * 5000,
    "{" * 200,
    "1e999",
    "NaN",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "A" * 43,
]

BODIES = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b'"text"',
    b"{",
    b"\xff\xfe{}",
    b'{"prompt": "' + b"a" * 70_000 + b'"}',
    b'{"prompt": NaN}',
    b'{"prompt": 1e999, "prompt": [{"a": "\\ud800"}]}',
    b'{"messages": [null, 1, {"role": "user", "content": {"a": []}}]}',
    b"[" * 50_000,
    b'{"a":' * 3000 + b"1" + b"}" * 3000,
    json.dumps({"prompt": MARK}).encode(),
    json.dumps(dict.fromkeys(FORBIDDEN_MEMBERS, MARK)).encode(),
    b"logout_token=",
    b"logout_token=a.b.c",
    b"logout_token=" + quote(MARK).encode(),
    b"logout_token=eyJhbGciOiJub25lIn0.e30.",
    b"logout_token=a&logout_token=b",
    b"logout_token=" + b"A" * 70_000,
    b"\x00" * 100,
]

RIGHT = {
    "return_to": "/chats?a=b%20c",
    "tenant": "acme",
    "prompt": "login",
    "acr_values": "urn:example:strong",
    "last_event_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV.1",
    "turn": "running",
    "max_age": "0",
    "state": "made-up",
    "code": "made-up",
    "error": "access_denied",
    "iss": "https://idp.example",
    "provider": "acme",
    "agent": "hello",
}

ONLY_BY_OTHERS = {
    "GET /auth/callback",
    "GET /auth/callback/{provider}",
    "POST /auth/backchannel-logout",
    # The house has no agents that speak MCP or A2A (tests/proxy/protocols/test_over_http.py).
    "DELETE /api/agents/{agent}/invocations",
    "GET /api/agents/{agent}/.well-known/agent-card.json",
}
"""What they take, a provider makes: nothing that is made up here is right."""


@pytest.fixture
def settings_changes() -> dict[str, str]:
    """Let one address try everything at once."""
    names = ("LOGINS", "CALLBACKS", "CALLS", "ADDRESS_CALLS", "TENANT_CALLS")
    return {f"BFF_LIMIT_{name}": "off" for name in names}


class Fuzzer:
    """Somebody who calls operations with whatever comes to mind, out of `seed`."""

    def __init__(self, house: House, *, seed: int) -> None:
        self.house = house
        self.dice = random.Random(seed)  # noqa: S311 it keeps no secret
        self.somebody = house.browser()
        self.nobody = house.browser()
        self.sent = ""

    async def call(self, operation: Operation) -> Answer:
        """Call an operation, rightly or wrongly."""
        chance = 0 if self.dice.random() < 0.3 else 0.35
        browser = self.nobody if self.dice.random() < chance / 3 else await self._logged_in()
        path, query = operation.path, list[bytes]()
        headers = self._headers(operation, chance)
        for parameter in operation.parameters:
            name, place = parameter["name"], parameter["in"]
            if place == "query" and (parameter["required"] or self.dice.random() < 0.5):
                query += [f"{name}=".encode() + await self._value(name, browser, chance)]
            elif place == "path":
                value = await self._value(name, browser, chance)
                path = path.replace(f"{{{name}}}", value.decode("ascii", "replace"))
        if self.dice.random() < chance / 3:
            pair = _encoded(self.dice.choice([MARK, self._junk()])) + b"=" + _encoded(self._junk())
            query += [pair] * self.dice.choice([1, 2])
        target = path.encode() + (b"?" + b"&".join(query) if query else b"")
        body = self._body(operation, chance)
        self.sent = f"{operation.name}: {target!r} {headers} {body[:200]!r}"
        wire = target.decode("latin-1")
        return await browser.fetch(operation.method.upper(), wire, headers=headers, body=body)

    async def _logged_in(self) -> Browser:
        if self.somebody.ticket is None:
            # A new one: a browser that is logged in again and again has a login that goes round.
            self.somebody = self.house.browser()
            await self.somebody.login()
        return self.somebody

    def _headers(self, operation: Operation, chance: float) -> list[tuple[str, str]]:
        navigates = operation.method == "get" and operation.path.startswith("/auth/")
        accept = self.dice.choice([PAGE, DOCUMENT, "*/*"])
        found = [("Accept", accept), ("Content-Type", self._content_type(operation, chance))]
        names = [parameter["name"] for parameter in operation.parameters]
        if "X-CSRF" in names or not navigates:
            found += [("X-CSRF", "1"), ("Sec-Fetch-Site", "same-origin")]
        if "Chat-Id" in names and self.dice.random() < chance:
            found += [("Chat-Id", _latin(self._junk()))]
        if self.dice.random() < chance * 2:
            found += [self.dice.choice(ODD_HEADERS)]
        return found

    def _content_type(self, operation: Operation, chance: float) -> str:
        if self.dice.random() < chance / 2:
            return self.dice.choice(["text/html", MARK, "application/json; charset=utf-7", ""])
        kinds = operation.says.get("requestBody", {}).get("content", {"application/json": {}})
        return str(next(iter(kinds)))

    async def _value(self, name: str, browser: Browser, chance: float) -> bytes:
        if self.dice.random() >= chance:
            return quote(await self._right(name, browser), safe="").encode()
        wrong = self._junk()
        if self.dice.random() < 0.2:
            # Not encoded, as no browser would send it.
            return re.sub(rb"[&#? \r\n]", b"", wrong.encode("utf-8", "surrogatepass"))
        return _encoded(wrong)

    async def _right(self, name: str, browser: Browser) -> str:
        if name == "session_id":
            listed = await browser.fetch("GET", "/auth/sessions")
            return self._one(listed, "sessions")
        if name == "chat_id":
            await browser.say("hello")
            return self._one(await browser.fetch("GET", "/api/chats"), "chats")
        return RIGHT[name]

    def _one(self, listed: Answer, name: str) -> str:
        found: list[str] = [one["id"] for one in listed.json.get(name, [])]
        return str(self.dice.choice(found or ["A" * 43]))

    def _junk(self) -> str:
        wrong = self.dice.choice([*JUNK, *HALF_CHARACTERS, self.dice.choice(HOSTILE_URLS)])
        return wrong + self.dice.choice(["", "", MARK, self.dice.choice(JUNK)])

    def _body(self, operation: Operation, chance: float) -> bytes:
        if "requestBody" not in operation.says:
            return self.dice.choice(BODIES) if self.dice.random() < chance / 2 else b""
        return self.dice.choice(BODIES) if self.dice.random() < chance else b'{"prompt": "hi"}'


ODD_HEADERS: Headers = (
    ("X-CSRF", "0"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Site", MARK),
    ("Sec-Fetch-Dest", "iframe"),
    ("Sec-Purpose", "prefetch"),
    ("Origin", "null"),
    ("Origin", "https://evil.example"),
    ("Referer", "http://[" + MARK),
    ("Cookie", "__Host-Http-session=v1.acme.x.y"),
    ("Cookie", f"__Host-Http-session={MARK}"),
    ("Cookie", "__Host-Http-login-a=b; __Host-Http-rounds=c; =; ;;"),
    ("Host", MARK),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-For", MARK),
    ("Forwarded", f'for="{MARK}"'),
    ("X-Request-Id", MARK),
    ("X-HTTP-Method-Override", "DELETE"),
    ("Authorization", f"Bearer {MARK}"),
    ("Content-Length", "-1"),
    ("Content-Length", "9" * 30),
    ("Content-Encoding", "gzip"),
    ("Transfer-Encoding", "chunked"),
    ("Accept", MARK),
    ("Accept-Language", MARK * 50),
    ("User-Agent", MARK * 50),
    ("Last-Event-Id", MARK),
    ("Range", "bytes=0-0"),
    ("If-None-Match", "*"),
    ("Expect", "100-continue"),
    ("Upgrade", "websocket"),
    ("Traceparent", MARK),
)


def _encoded(text: str) -> bytes:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="").encode()


def _latin(text: str) -> str:
    return re.sub(r"[\r\n\x00]", "", text).encode("latin-1", "ignore").decode("latin-1")


def elsewhere(operation: Operation, answer: Answer) -> bool:
    """Tell whether a path with a slash, or nothing, in it reached no operation at all."""
    known = "{" in operation.path and answer.status in {404, 405}
    return known and problem_of(answer)["code"] in {"not_found", "method_not_allowed"}


def harmful(answer: Answer) -> list[str]:
    """Return what of an answer a browser could be made to run or to believe."""
    found: list[str] = []
    kind = (answer.header("content-type") or "").partition(";")[0]
    if "json" not in kind and kind != "text/event-stream" and "onerror=" in answer.text:
        found += ["a page has the mark in it"]
    if answer.status >= 400 and "alert" in answer.text:
        found += ["a refusal repeats what was sent"]
    if any("alert" in value or "evil" in value for _, value in answer.headers):
        found += ["a header repeats what was sent"]
    if answer.header("x-content-type-options") != "nosniff":
        found += ["a browser may guess at what it is"]
    return found


@pytest.mark.parametrize("seed", [1, 2])
async def test_fuzz_every_operation_answers_as_it_is_documented(house: House, seed: int) -> None:
    fuzzer = Fuzzer(house, seed=seed)
    every = operations(house.app.openapi())
    succeeded: set[str] = set()
    refused: set[str] = set()
    for operation in every * ROUNDS:
        answer = await fuzzer.call(operation)

        assert answer.status < 500, (fuzzer.sent, answer.text)
        assert harmful(answer) == [], (fuzzer.sent, answer.text)
        if elsewhere(operation, answer):
            continue
        assert operation.faults_of(answer) == [], (fuzzer.sent, answer.text)
        (succeeded if answer.status < 400 else refused).add(operation.name)

    # Otherwise only the first check of each was tried.
    names = {operation.name for operation in every}
    assert names - succeeded == ONLY_BY_OTHERS
    assert names - refused == {"GET /healthz", "GET /readyz"}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_fuzz_a_method_that_is_not_documented_is_refused(
    house: House, alice: Browser, method: str
) -> None:
    document = house.app.openapi()
    paths = cast("dict[str, dict[str, object]]", document["paths"])
    for path, item in paths.items():
        if method.lower() in item:
            continue
        answer = await alice.fetch(method, re.sub(r"\{\w+\}", "hello", path))

        if method == "GET" and path.startswith("/auth/") and answer.status == 200:
            pytest.fail(f"{path} is shown to somebody who goes there")
        problem = problem_of(answer)
        assert problem["code"] in {"method_not_allowed", "not_found"}, path
        assert faults(problem, {"$ref": "#/components/schemas/Problem"}, document) == []


async def test_fuzz_a_jar_that_is_too_full_is_told_as_it_is_documented(
    house: House, alice: Browser
) -> None:
    crowd = ("Cookie", f"a={'b' * MAX_COOKIE_CHARS}")
    told: set[str] = set()
    for operation in operations(house.app.openapi()):
        path = re.sub(r"\{\w+\}", "01ARZ3NDEKTSV4RRFFQ69G5FAV", operation.path)
        if is_navigation(path):
            target = f"{path}?prompt=none" if path == "/auth/login" else path
            answer = await alice.navigate(target, accept=DOCUMENT, headers=[crowd])
        else:
            answer = await alice.fetch(
                operation.method.upper(), path, headers=[*FETCH, crowd], body=b"{}"
            )

        assert operation.faults_of(answer) == [], operation.name
        if answer.status == 431:
            assert problem_of(answer)["code"] == "cookies_too_large"
            told.add(operation.name)

    looking = {one.name for one in operations(house.app.openapi()) if one.says.get("security")}
    by_themselves = {"GET /auth/login", "GET /auth/step-up", "GET /auth/session"}
    assert told == looking | by_themselves | {"POST /auth/logout"}
