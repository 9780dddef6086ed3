"""What every request passes first, and what every answer has on it."""

import gc

import pytest

from bff.connection import Connection
from bff.exchange import Exchange
from fakes.proxy.asgi import Answer, ask, problem_of
from fakes.proxy.browser import DOCUMENT, FETCH, Browser
from fakes.proxy.house import House
from fakes.proxy.runtime import JSON
from fakes.proxy.wire import Call
from fakes.served_line import ServedLine
from proxy.relay import BodyBroken
from proxy.request import Request

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

PUBLIC = [
    ("GET", "/auth/session"),
    ("GET", "/auth/login"),
    ("GET", "/auth/callback"),
    ("POST", "/auth/logout"),
    ("GET", "/auth/sessions"),
    ("DELETE", "/auth/sessions"),
    ("DELETE", "/auth/sessions/x"),
    ("GET", "/auth/nothing"),
    ("PATCH", "/auth/session"),
    ("GET", "/api/agents"),
    ("GET", "/api/chats"),
    ("DELETE", "/api/chats/x"),
    ("POST", "/api/chats/x/stop"),
    ("POST", "/api/agents/hello/invocations"),
    ("GET", "/api/agents/hello/invocations"),
    ("GET", "/api/nothing"),
    ("PUT", "/api/agents"),
    ("GET", "/api/openapi.json"),
    ("GET", "/admin/nothing"),
    ("GET", "/ssf/nothing"),
]


def hardened(answer: Answer) -> None:
    """Check what every answer of the API has on it."""
    assert answer.header("cache-control") == "no-store"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("referrer-policy") == "no-referrer"
    policy = answer.header("content-security-policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert len(answer.header("x-request-id") or "") == 16
    assert not [name for name, _ in answer.headers if name.startswith("access-control-")]
    assert answer.header("server") is None


@pytest.mark.parametrize(("method", "path"), PUBLIC)
async def test_every_answer_of_the_api_is_hardened(
    alice: Browser, browser: Browser, method: str, path: str
) -> None:
    for headers in (FETCH, ()):
        hardened(await alice.fetch(method, path, headers=headers))
        hardened(await browser.fetch(method, path, headers=headers))


@pytest.mark.parametrize(
    ("method", "path"), [call for call in PUBLIC if "login" not in call[1]][4:]
)
async def test_without_a_login_every_call_is_refused_as_a_problem(
    house: House, method: str, path: str
) -> None:
    stranger = house.browser()

    answer = await stranger.fetch(method, path)

    if path == "/api/openapi.json":
        assert answer.status == 200
        return
    assert answer.status in {401, 404, 405}
    problem_of(answer)


async def test_an_unknown_path_of_the_api_is_a_problem(alice: Browser) -> None:
    for path in ("/api/nothing", "/auth/nothing", "/admin/x", "/ssf/x"):
        answer = await alice.fetch("GET", path)
        assert (answer.status, problem_of(answer)["code"]) == (404, "not_found")


async def test_an_unknown_method_is_a_problem_that_names_the_known_ones(alice: Browser) -> None:
    answer = await alice.fetch("PATCH", "/api/agents")

    assert (answer.status, problem_of(answer)["code"]) == (405, "method_not_allowed")
    assert answer.header("allow")


async def test_a_parameter_of_a_wrong_form_is_a_problem(house: House, alice: Browser) -> None:
    async def counted(number: int) -> dict[str, int]:
        return {"number": number}

    house.app.post("/api/test/{number}")(counted)

    answer = await alice.fetch("POST", "/api/test/upstream-text")

    assert (answer.status, problem_of(answer)["code"]) == (422, "parameter_invalid")
    assert b"upstream-text" not in answer.body


async def test_an_unknown_exception_is_a_problem_without_its_text(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret-text")

    monkeypatch.setattr(house.gate.ledger, "sessions", broken)

    answer = await alice.fetch("GET", "/auth/sessions")

    assert answer.status == 500
    assert problem_of(answer)["code"] == "internal_error"
    hardened(answer)
    assert b"secret-text" not in answer.body


async def test_an_unknown_exception_never_shows_its_text(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret-text")

    monkeypatch.setattr(house.gate.ledger, "sessions", broken)
    monkeypatch.setattr(house.gate.turns.chats, "begin", broken)

    for answer in (await alice.fetch("GET", "/auth/sessions"), await alice.say("hello")):
        assert answer.status == 500
        assert b"secret-text" not in answer.body
        hardened(answer)


async def test_an_unknown_exception_on_the_streaming_path_is_a_problem(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret-text")

    monkeypatch.setattr(house.gate.turns.chats, "begin", broken)

    answer = await alice.say("hello")

    assert (answer.status, problem_of(answer)["code"]) == (500, "internal_error")
    (line,) = house.canary.events("request.crashed")
    assert str(answer.header("x-request-id")) in line


async def test_an_agent_that_tears_its_answer_is_no_bug_of_ours(
    house: House, alice: Browser
) -> None:
    async def tears(call: Call) -> None:
        call.begin(headers=JSON)
        call.chunk(b'{"half": ')
        call.drop()

    house.runtime.script = [tears]

    with pytest.raises(BodyBroken):
        await alice.say("hello")

    assert len(house.canary.events("turn.failed")) == 1
    assert house.canary.events("request.crashed") == []


async def test_a_gatehouse_that_cannot_be_opened_says_so_to_every_request(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bff import app as app_module
    from bff.app import create_app
    from trust.store.table import StoreUnavailable

    async def closed(*_: object) -> None:
        raise StoreUnavailable("secret-text")

    monkeypatch.setattr(app_module, "open_gate", closed)
    app = create_app(house.app.settings, house.environment)

    for path in ("/auth/session", "/", "/api/agents/hello/invocations"):
        answer = await ask(app, "GET", path, FETCH)
        assert (answer.status, problem_of(answer)["code"]) == (503, "store_unavailable")
        assert b"secret-text" not in answer.body


async def test_a_gatehouse_is_opened_once_however_many_ask(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    from bff import app as app_module
    from bff.app import create_app

    opened = 0

    async def slowly(*_: object) -> object:
        nonlocal opened
        opened += 1
        await asyncio.sleep(0)
        return house.gate

    monkeypatch.setattr(app_module, "open_gate", slowly)
    app = create_app(house.app.settings, house.environment)
    await asyncio.gather(*(ask(app, "GET", "/auth/session", FETCH) for _ in range(5)))

    assert opened == 1


async def test_a_host_header_does_not_move_the_path(house: House, alice: Browser) -> None:
    # CVE-2026-48710: a query inside of Host used to become part of the request's path.
    for host in ("evil?/healthz", "evil/auth/login?", "evil#", "evil\\@x"):
        answer = await alice.fetch("GET", "/api/nothing", headers=[*FETCH, ("Host", host)])
        assert answer.status == 404
        answer = await alice.fetch("GET", "/auth/session", headers=[("Host", host)])
        assert problem_of(answer)["code"] == "csrf_header_missing"


async def test_a_preflight_gets_no_leave(alice: Browser) -> None:
    headers = [
        ("Origin", "https://evil.example"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "x-csrf"),
    ]
    for path in ("/api/agents", "/auth/logout", "/api/agents/hello/invocations", "/"):
        answer = await alice.fetch("OPTIONS", path, headers=headers)
        assert answer.status in {403, 405}
        assert not [name for name, _ in answer.headers if name.startswith("access-control-")]


async def test_a_framework_has_no_pages_of_its_own(house: House) -> None:
    browser = house.browser()
    for path in ("/docs", "/redoc", "/openapi.json"):
        answer = await browser.navigate(path)
        assert b"<title>Gatehouse</title>" in answer.body


async def test_a_refused_login_page_is_a_problem_for_a_program(browser: Browser) -> None:
    answer = await browser.navigate(
        "/auth/login", accept=DOCUMENT, headers=[("Sec-Fetch-Dest", "iframe")]
    )

    assert answer.status == 403
    assert problem_of(answer)["code"] == "cross_site_request"


async def test_a_browser_that_was_here_comes_back_by_https_only(browser: Browser) -> None:
    for path in ("/", "/auth/session", "/healthz"):
        answer = await browser.fetch("GET", path)
        assert answer.header("strict-transport-security") == "max-age=31536000"


def exchanges_in_memory() -> int:
    # By its type alone: a weak reference whose object is gone has no other answer than an error.
    return sum(type(one) in {Request, Exchange} for one in gc.get_objects())


async def test_a_request_is_gone_with_its_answer_without_the_garbage_collector(
    house: House,
) -> None:
    line = ServedLine(Connection, house.app)
    await line.says(HEALTH)
    before = exchanges_in_memory()
    gc.disable()
    try:
        await line.says(HEALTH, HEALTH)
        after = exchanges_in_memory()
    finally:
        gc.enable()

    assert line.sent.count(b"HTTP/1.1 200 OK") == 3
    assert after == before
