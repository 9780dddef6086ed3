"""The way to the agent: paths, hosts and proofs by which others were led astray."""

import json

import pytest

from fakes.proxy.asgi import ask, problem_of
from fakes.proxy.browser import FETCH, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.runtime import answers

BODY = b'{"prompt": "hi"}'

SPELLINGS = [
    "/api/agents/hello/../ledger/invocations",
    "/api/agents/hello%2f..%2fledger/invocations",
    "/api/agents/hello/..;/ledger/invocations",
    "/api/agents/%2e%2e/invocations",
    "/api/agents/..%5cledger/invocations",
    "//api/agents/hello/invocations",
    "/api//agents/hello/invocations",
    "/api/agents/hello/invocations/",
    "/api/agents/hello/invocations%00",
    "/api/agents/hello/invocations%0a",
    "/api/agents/hello/invocations%23",
    "/api/agents/hello/invocations%3fqualifier=other",
    "/api/agents/hello%20/invocations",
    "/api/agents/HELLO/invocations",
    "/api/agents/hello@evil.example/invocations",
    "/api/agents/http:%2f%2fevil.example/invocations",
    "/api/agents/arn%3aaws%3abedrock-agentcore/invocations",
    "/api/agents/*/invocations",
    "/api/agents//invocations",
    "/api/agents/hello/invocations/stop",
    "/api/agents/hello/commands",
    "/API/agents/hello/invocations",
]


@pytest.mark.parametrize("path", SPELLINGS)
async def test_proxy_path_spelled_in_another_way_reaches_no_agent(
    house: House, alice: Browser, path: str
) -> None:
    answer = await alice.fetch("POST", path, body=BODY)

    assert answer.status in {404, 405}
    assert house.runtime.invocations == []


async def test_proxy_path_in_absolute_form_is_no_way_to_another_host(
    house: House, alice: Browser
) -> None:
    """`POST http://evil.example/api/… HTTP/1.1`: the server hands on the path, as it stands."""
    answer = await alice.fetch("POST", "http://evil.example/api/agents/hello/invocations")

    assert answer.status in {403, 404, 405}
    assert house.runtime.invocations == []


@pytest.mark.parametrize(
    "host", ["evil.example", "app.example?/auth/session", "app.example/x", "a?/x", "", "[", "@"]
)
async def test_proxy_path_does_not_come_from_the_host_header(
    house: House, alice: Browser, host: str
) -> None:
    """CVE-2026-48710: a malformed Host became part of the path that was judged."""
    headers = [*FETCH, ("Host", host)]

    allowed = await alice.fetch("GET", "/auth/session", headers=headers)
    unknown = await alice.fetch("GET", "/api/nothing", headers=headers)
    bare = await alice.fetch("GET", "/api/agents", headers=[("Host", host)])

    assert allowed.json["authenticated"] is True
    assert unknown.status == 404
    assert problem_of(bare)["code"] == "csrf_header_missing"


async def test_proxy_path_query_and_fragment_never_reach_the_agent(
    house: House, alice: Browser
) -> None:
    house.runtime.default = answers(b"{}")

    answer = await alice.fetch(
        "POST", "/api/agents/hello/invocations?qualifier=evil&accountId=1", body=BODY
    )

    assert answer.status == 200
    (call,) = house.runtime.invocations
    assert "evil" not in json.dumps([call.path, *call.headers])


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Basic", "DPoP", "AWS4-HMAC-SHA256"])
async def test_proxy_path_by_a_token_without_a_session(
    house: House, browser: Browser, scheme: str
) -> None:
    """CVE-2022-29226: any token at all was taken for a proof."""
    headers = [*FETCH, ("Authorization", f"{scheme} eyJhbGciOiJub25lIn0.e30.")]

    answer = await browser.fetch(
        "POST", "/api/agents/hello/invocations", headers=headers, body=BODY
    )

    assert problem_of(answer)["code"] == "not_logged_in"
    assert house.runtime.invocations == []


async def test_proxy_path_a_token_beside_the_cookie_stays_here(
    house: House, alice: Browser
) -> None:
    house.runtime.default = answers(b"{}")

    await alice.say("hello", headers=[("Authorization", "Bearer somebody-elses")])

    (call,) = house.runtime.invocations
    assert "somebody-elses" not in json.dumps(call.headers)


@pytest.mark.parametrize(
    "agent", ["ELB-HealthChecker/2.0", "GoogleHC/1.0", "kube-probe/1.30", "Amazon CloudFront"]
)
async def test_proxy_path_no_user_agent_is_let_in_unasked(
    house: House, browser: Browser, agent: str
) -> None:
    """GHSA-5hvv-m4w4-gf6v: whoever said to be a health check was let through."""
    answer = await browser.fetch("GET", "/api/agents", headers=[*FETCH, ("User-Agent", agent)])

    assert problem_of(answer)["code"] == "not_logged_in"


@pytest.mark.parametrize(
    "header",
    ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Uri", "X-Original-Uri"],
)
async def test_proxy_path_is_not_rewritten_by_a_header(
    house: House, browser: Browser, header: str
) -> None:
    answer = await browser.fetch("GET", "/api/agents", headers=[*FETCH, (header, "/healthz")])

    assert problem_of(answer)["code"] == "not_logged_in"


@pytest.mark.parametrize("override", ["X-HTTP-Method-Override", "X-Method-Override", "_method"])
async def test_proxy_path_the_method_is_not_rewritten_by_a_header(
    house: House, alice: Browser, override: str
) -> None:
    answer = await alice.fetch("GET", "/auth/sessions", headers=[*FETCH, (override, "DELETE")])

    assert answer.status == 200
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_proxy_path_an_agents_cookie_and_headers_stay_with_the_agent(
    house: House, alice: Browser
) -> None:
    house.runtime.default = answers(
        b"{}",
        headers=(
            ("Content-Type", "application/json"),
            ("Set-Cookie", f"{SESSION}=v1.acme.x.y; Path=/; Secure"),
            ("Access-Control-Allow-Origin", "*"),
            ("Content-Security-Policy", "default-src *"),
            ("Clear-Site-Data", '"cookies"'),
            ("Location", "https://evil.example"),
            ("Refresh", "0;url=https://evil.example"),
            ("X-Request-Id", "forged"),
        ),
    )

    answer = await alice.say("hello")

    names = {name for name, _ in answer.headers}
    assert not names & {
        "set-cookie",
        "access-control-allow-origin",
        "clear-site-data",
        "location",
        "refresh",
    }
    assert "default-src *" not in str(answer.headers)
    assert answer.header("x-request-id") != "forged"


async def test_proxy_path_a_request_that_came_over_plain_http_is_served_as_it_is(
    house: House, alice: Browser
) -> None:
    """The scheme that a load balancer reports decides nothing: the public origin is configured."""
    headers = [*FETCH, *alice.cookies(), ("X-Forwarded-Proto", "http"), ("Host", "evil.example")]

    answer = await ask(house.app, "POST", "/auth/logout", headers)

    assert answer.status == 200
    assert "evil.example" not in answer.text
