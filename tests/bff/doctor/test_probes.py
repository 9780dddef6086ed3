"""The running BFF, asked over HTTP: ours gives good answers, and what is put before it shows."""

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bff.doctor import http
from bff.doctor.clause import Outcome, Verdict
from bff.doctor.examination import examine
from bff.doctor.facts import Answer, Answers, Facts, Probe, Unreached
from bff.doctor.http import HttpxBff
from bff.doctor.probes import QUESTIONS
from fakes.deployment import published
from fakes.proxy.browser import ORIGIN
from fakes.proxy.house import House

Header = tuple[bytes, bytes]


def silent(_: str) -> None:
    """Tell nobody anything."""


async def asked(app: ASGIApp, origin: str = ORIGIN) -> Answers:
    """Return the answers of an application."""
    bff = HttpxBff(origin, httpx.ASGITransport(app, raise_app_exceptions=False))
    try:
        return await bff.answers(silent)
    finally:
        await bff.close()


async def outcomes(house: House, app: ASGIApp) -> dict[str, Verdict]:
    """Return the verdicts on what an application answers, by clause."""
    answers = await asked(app)
    facts = Facts(settings=house.gate.settings, providers=(published(),), answers=answers)
    return {verdict.clause.id: verdict for verdict in examine(facts)}


def before(
    app: ASGIApp,
    *,
    request: Callable[[list[Header]], list[Header]] = list,
    answer: Callable[[list[Header]], list[Header]] = list,
) -> ASGIApp:
    """Return what a load balancer makes of an application."""

    async def balancer(scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = answer(list(message["headers"]))
            await send(message)

        await app({**scope, "headers": request(list(scope["headers"]))}, receive, sent)

    return balancer


def without(*prefixes: bytes) -> Callable[[list[Header]], list[Header]]:
    """Return what drops headers."""
    return lambda headers: [pair for pair in headers if not pair[0].lower().startswith(prefixes)]


def having(name: bytes, value: bytes) -> Callable[[list[Header]], list[Header]]:
    """Return what sets a header, whatever it was."""
    return lambda headers: [*without(name)(headers), (name, value)]


def adding(*pairs: Header) -> Callable[[list[Header]], list[Header]]:
    """Return what adds headers."""
    return lambda headers: [*headers, *pairs]


def changing(old: bytes, new: bytes) -> Callable[[list[Header]], list[Header]]:
    """Return what rewrites values."""
    return lambda headers: [(name, value.replace(old, new)) for name, value in headers]


async def test_our_own_bff_passes_every_probe(house: House) -> None:
    found = await outcomes(house, house.app)

    # The house answers plain http as well.
    wrong = {
        clause: verdict.seen
        for clause, verdict in found.items()
        if verdict.outcome is not Outcome.PASSED and verdict.evidence.value == "probe"
    }
    assert wrong == {"G4": "answers 200"}


async def test_without_pushed_requests_the_request_itself_is_looked_at(house: House) -> None:
    house.provider.par = False

    found = await outcomes(house, house.app)

    assert found["B1b"].seen == "response_type=code"
    assert found["S1"].seen == "BFF_PUBLIC_URL and /auth/callback"
    assert found["S5"].seen == "S256"


@pytest.mark.parametrize(
    ("clauses", "balancer"),
    [
        pytest.param({"G9"}, {"request": without(b"sec-fetch-", b"origin")}, id="no-metadata"),
        pytest.param({"B5b"}, {"request": having(b"x-csrf", b"1")}, id="adds-header"),
        pytest.param(
            {"G3"}, {"request": without(b"sec-fetch-dest", b"sec-fetch-mode")}, id="no-dest"
        ),
        pytest.param({"G1"}, {"answer": without(b"cache-control")}, id="caches"),
        pytest.param({"G2"}, {"answer": without(b"x-content-type")}, id="sniffs"),
        pytest.param({"S16"}, {"answer": without(b"referrer-policy")}, id="referrer"),
        pytest.param({"B2a"}, {"answer": changing(b"; Secure", b"")}, id="insecure"),
        pytest.param({"B2b"}, {"answer": changing(b"; HttpOnly", b"")}, id="scripted"),
        pytest.param({"B3a"}, {"answer": changing(b"=Strict", b"=None")}, id="not-strict"),
        pytest.param({"B3b"}, {"answer": changing(b"Path=/;", b"Path=/x;")}, id="path"),
        pytest.param(
            {"B3c"}, {"answer": changing(b"; HttpOnly", b"; HttpOnly; Domain=x")}, id="domain"
        ),
        pytest.param({"B3d"}, {"answer": changing(b"__Host-Http-", b"__Host-")}, id="prefix"),
        pytest.param(
            {"B5c"}, {"answer": adding((b"access-control-allow-origin", b"*"))}, id="cors"
        ),
        pytest.param({"G5"}, {"answer": without(b"strict-transport-security")}, id="hsts"),
        pytest.param({"B13", "G3"}, {"answer": without(b"content-security-policy")}, id="csp"),
    ],
)
async def test_what_something_in_front_breaks_is_found(
    house: House, clauses: set[str], balancer: dict[str, Callable[[list[Header]], list[Header]]]
) -> None:
    found = await outcomes(house, before(house.app, **balancer))

    broken = {one for one in clauses if found[one].outcome in {Outcome.FAILED, Outcome.WARNED}}
    assert broken == clauses


async def test_something_else_at_the_public_url_is_no_bff(house: House) -> None:
    async def parking(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b"<h1>Soon</h1>"})

    found = await outcomes(house, parking)

    assert found["G9"].outcome is Outcome.FAILED
    assert found["B5a"].outcome is Outcome.NOT_CHECKED


async def test_the_probes_leave_nothing_behind(house: House) -> None:
    await asked(house.app)

    assert list(house.runtime.sessions) == []
    assert house.provider.count("/token") == 0
    assert house.provider.cookies == []


async def test_every_probe_is_asked_once_and_told_before(house: House) -> None:
    told: list[str] = []
    bff = HttpxBff(ORIGIN, httpx.ASGITransport(house.app))

    answers = await bff.answers(told.append)

    await bff.close()
    assert sorted(told) == sorted(probe.value for probe in Probe)
    assert answers.keys() == set(Probe)
    assert QUESTIONS.keys() == set(Probe) - {Probe.PLAIN}


async def test_a_public_url_that_is_http_has_no_plain_sibling(house: House) -> None:
    assert Probe.PLAIN not in await asked(house.app, "http://localhost:8000")


@pytest.mark.parametrize(
    ("origin", "host"), [("https://app.example:8443", "app.example"), ("https://[::1]:1", "[::1]")]
)
async def test_plain_http_is_looked_for_where_a_browser_would_go(origin: str, host: str) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(f"{request.url.scheme}://{request.url.netloc.decode()}")
        return httpx.Response(404, stream=httpx.ByteStream(b""))

    bff = HttpxBff(origin, httpx.MockTransport(answer))
    await bff.answers(silent)
    await bff.close()

    assert seen[-1] == f"http://{host}"


async def _of(transport: httpx.AsyncBaseTransport) -> Answers:
    bff = HttpxBff(ORIGIN, transport)
    try:
        return await bff.answers(silent)
    finally:
        await bff.close()


async def test_a_bff_that_is_away_is_asked_once() -> None:
    calls: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        calls.append(str(request.url))
        raise httpx.ConnectError("connection refused\x1b[31m")

    answers = await _of(httpx.MockTransport(refuse))

    assert len(calls) == 1
    assert set(answers.values()) == {
        Unreached(why="the BFF does not answer: connection refused?[31m")
    }


async def test_a_bff_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT_S", 0.01)

    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    answers = await _of(httpx.MockTransport(hang))

    assert answers[Probe.SESSION] == Unreached(why="the BFF does not answer: TimeoutError")


async def test_too_many_requests_are_no_refusals() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        status = 429 if request.url.path.startswith("/auth") else 200
        return httpx.Response(status, stream=httpx.ByteStream(b""))

    answers = await _of(httpx.MockTransport(answer))

    found = answers[Probe.LOGIN_AWAY]
    assert isinstance(found, Unreached)
    assert "429" in found.why


async def test_of_an_endless_body_no_more_is_read_than_is_looked_at() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 30_000

    answers = await _of(httpx.MockTransport(lambda _: httpx.Response(200, stream=Endless())))

    found = answers[Probe.APP]
    assert isinstance(found, Answer)
    assert len(found.body) == http.MAX_BYTES
