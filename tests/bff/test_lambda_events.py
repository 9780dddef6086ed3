"""The application behind API Gateway, in both payload formats, on one warm function."""

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bff.lambda_events import LambdaGatehouse, build
from events.configured import AWS, PIXEL, configured, elsewhere, store_of
from events.gateway import Answer, Gateway, Http, Rest
from events.login import cookie_of, log_in
from events.provider import CODE, Provider, running_provider
from events.recorded import NAVIGATION, Event, http_request, load, rest_request
from proxy.lambda_stream.event import EventRefused
from trust.clock import SystemClock
from trust.errors import SettingsError
from trust.session.cookie import SESSION_COOKIE
from trust.session.ids import Ticket, hash_of


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return a running identity provider."""
    with running_provider() as running:
        yield running


@pytest.fixture
def function(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LambdaGatehouse]:
    """Return the function as it is after a cold start."""
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    gatehouse = build(configured(tmp_path, issuer=provider.issuer))
    yield gatehouse
    gatehouse.close()


@pytest.fixture(params=[Rest, Http], ids=["rest", "http"])
def gateway(request: pytest.FixtureRequest, function: LambdaGatehouse) -> Gateway:
    """Return the function behind either kind of API."""
    kind: Callable[[LambdaGatehouse], Gateway] = request.param
    return kind(function)


@pytest.fixture
def alice(tmp_path: Path, provider: Provider) -> Ticket:
    """Return the ticket of Alice, who is logged in."""
    now = SystemClock().now()
    return elsewhere(tmp_path, lambda book: log_in(book, now=now, issuer=provider.issuer))


def session_of(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200
    assert answer.is_text
    document: dict[str, Any] = json.loads(answer.body)
    return document


def code_of(answer: Answer) -> str:
    """Return the code of a problem document, which has to go out as text."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.is_text
    problem: dict[str, str] = json.loads(answer.body)
    return problem["code"]


def test_nobody_is_logged_in_without_a_cookie(gateway: Gateway) -> None:
    answer = gateway.ask("GET", "/auth/session")

    assert session_of(answer) == {"authenticated": False}
    assert answer.headers["cache-control"] == "no-store"


def test_a_session_is_answered(gateway: Gateway, alice: Ticket) -> None:
    found = session_of(gateway.ask("GET", "/auth/session", cookies=[cookie_of(alice)]))

    assert found["user"]["name"] == "Alice Archer"
    assert found["tenant"] == {"id": "acme", "name": "Acme Corporation"}


def test_split_cookies_are_read_in_every_order(gateway: Gateway, alice: Ticket) -> None:
    """Mangum's own handler makes one cookie `a` of `a=1` and what follows."""
    for cookies in itertools.permutations(["a=1", cookie_of(alice), "b=2"]):
        answer = gateway.ask("GET", "/auth/session", cookies=cookies)
        assert session_of(answer)["authenticated"] is True


def test_a_duplicated_session_cookie_is_refused(gateway: Gateway, alice: Ticket) -> None:
    tossed = f"{SESSION_COOKIE}=tossed"
    for cookies in itertools.permutations([cookie_of(alice), tossed, "a=1"]):
        answer = gateway.ask("GET", "/auth/session", cookies=cookies)
        assert code_of(answer) == "cookie_ambiguous"


def test_a_session_cookie_in_two_spellings_of_the_header_is_refused(
    function: LambdaGatehouse, alice: Ticket
) -> None:
    event = rest_request("GET", "/auth/session", cookies=[cookie_of(alice)])
    event["multiValueHeaders"]["cookie"] = [f"{SESSION_COOKIE}=tossed"]

    assert code_of(Rest(function).answer(event)) == "cookie_ambiguous"


def test_cookies_that_an_http_event_holds_twice_are_read_once(
    function: LambdaGatehouse, alice: Ticket
) -> None:
    event = load("http_v2") | {"cookies": [cookie_of(alice)]}
    event["headers"]["cookie"] = cookie_of(alice)

    assert session_of(Http(function).answer(event))["authenticated"] is True


def test_headers_without_their_multiple_values_are_read(
    function: LambdaGatehouse, alice: Ticket
) -> None:
    event = load("rest_v1") | {"multiValueHeaders": None}
    event["headers"]["Cookie"] = cookie_of(alice)

    assert session_of(Rest(function).answer(event))["authenticated"] is True


def test_a_header_that_is_spelled_differently_in_both_lists_is_read_once(
    function: LambdaGatehouse, alice: Ticket
) -> None:
    event = load("rest_v1")
    event["headers"]["Cookie"] = cookie_of(alice)
    event["multiValueHeaders"]["cookie"] = [cookie_of(alice)]

    assert session_of(Rest(function).answer(event))["authenticated"] is True


def test_a_login_redirects_to_the_provider_with_a_cookie_of_its_own(
    gateway: Gateway, provider: Provider
) -> None:
    answer = gateway.ask("GET", "/auth/login?return_to=/chats%3Fa%3D1", headers=NAVIGATION)

    assert answer.status == 303
    assert answer.headers["location"].startswith(f"{provider.issuer}/authorize?")
    (cookie,) = answer.cookies
    assert cookie.startswith("__Host-Http-login-")
    for attribute in ("httponly", "secure", "path=/", "samesite=lax", "max-age=600"):
        assert attribute in cookie.lower()


def begun(gateway: Gateway, provider: Provider) -> tuple[str, str]:
    """Begin a login; return its state and its cookie."""
    answer = gateway.ask("GET", "/auth/login?return_to=/chats", headers=NAVIGATION)
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    provider.nonce = asked["nonce"][0]
    return asked["state"][0], answer.cookies[0].partition(";")[0]


def test_a_callback_answers_with_a_page_and_both_of_its_cookies(
    gateway: Gateway, provider: Provider
) -> None:
    state, cookie = begun(gateway, provider)

    target = f"/auth/callback?code={CODE}&state={state}"
    answer = gateway.ask("GET", target, headers=NAVIGATION, cookies=["a=1", cookie])

    assert answer.status == 200
    assert answer.is_text
    assert b'location.replace("/chats")' in answer.body
    session, attempt, _ = answer.cookies
    assert session.startswith(f"{SESSION_COOKIE}=v1.acme.")
    assert "samesite=strict" in session.lower()
    assert attempt.startswith(cookie.partition("=")[0])
    assert "Max-Age=0" in attempt
    ours = session.partition(";")[0]
    assert session_of(gateway.ask("GET", "/auth/session", cookies=[ours]))["authenticated"] is True


def test_a_parameter_that_came_twice_reaches_the_application_twice(
    gateway: Gateway, provider: Provider
) -> None:
    state, cookie = begun(gateway, provider)

    target = f"/auth/callback?code={CODE}&state=other&state={state}"
    program = {**NAVIGATION, "Accept": "application/json"}
    answer = gateway.ask("GET", target, headers=program, cookies=[cookie])

    assert code_of(answer) == "login_response_malformed"


def test_a_logout_ends_the_session_and_takes_the_cookie(
    gateway: Gateway, alice: Ticket, provider: Provider
) -> None:
    mine = [cookie_of(alice)]

    answer = gateway.ask("POST", "/auth/logout", cookies=mine)

    assert answer.status == 200
    assert json.loads(answer.body)["redirect"].startswith(f"{provider.issuer}/logout?")
    (taken,) = answer.cookies
    assert taken.startswith(f"{SESSION_COOKIE}=")
    assert "Max-Age=0" in taken
    after = session_of(gateway.ask("GET", "/auth/session", cookies=mine))
    assert after == {"authenticated": False}


def test_a_logout_elsewhere_is_seen_by_the_very_next_request(
    gateway: Gateway, alice: Ticket, tmp_path: Path
) -> None:
    mine = [cookie_of(alice)]
    assert session_of(gateway.ask("GET", "/auth/session", cookies=mine))["authenticated"] is True

    elsewhere(
        tmp_path,
        lambda book: book.end(book.owner(alice.tenant, alice.subject), hash_of(alice.id)),
    )

    assert session_of(gateway.ask("GET", "/auth/session", cookies=mine))["authenticated"] is False


def test_a_warm_function_outlives_a_store_that_fails(
    gateway: Gateway, alice: Ticket, tmp_path: Path
) -> None:
    def ask() -> Answer:
        return gateway.ask("GET", "/auth/session", cookies=[cookie_of(alice)])

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(store_of(tmp_path))) as db:
            db.execute(f"ALTER TABLE {old} RENAME TO {new}")

    assert session_of(ask())["authenticated"] is True
    assert session_of(ask())["authenticated"] is True
    rename("items", "gone")
    failed = ask()
    assert failed.status == 503
    assert code_of(failed) == "store_unavailable"
    assert not failed.cookies
    rename("gone", "items")

    assert session_of(ask())["authenticated"] is True


def test_a_body_arrives_decoded(gateway: Gateway, alice: Ticket) -> None:
    def said(body: bytes) -> str:
        mine = [cookie_of(alice)]
        return code_of(
            gateway.ask("POST", "/api/agents/hello/invocations", cookies=mine, body=body)
        )

    assert said(b'{"_agent_core_app_action": 1}') == "body_forbidden"
    assert said(b"\xff\x00") == "body_not_json"


def test_the_agents_are_for_those_who_are_logged_in(gateway: Gateway, alice: Ticket) -> None:
    assert code_of(gateway.ask("GET", "/api/agents")) == "not_logged_in"

    found = json.loads(gateway.ask("GET", "/api/agents", cookies=[cookie_of(alice)]).body)
    assert [agent["name"] for agent in found["agents"]] == ["hello"]


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("Sec-Fetch-Site", ["cross-site", "same-origin"], "cross_site_request"),
        ("Sec-Fetch-Site", ["same-origin", "cross-site"], "cross_site_request"),
        ("X-CSRF", ["0", "1"], "csrf_header_missing"),
    ],
)
def test_of_a_header_that_came_twice_neither_value_is_picked(
    function: LambdaGatehouse, name: str, values: list[str], code: str
) -> None:
    event = rest_request("GET", "/auth/session", headers={name: values})

    assert code_of(Rest(function).answer(event)) == code


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("X-Forwarded-Port", "80, 443", id="two ports"),
        pytest.param("X-Forwarded-Port", "x", id="no port"),
        pytest.param("X-Forwarded-Proto", "http", id="plain http"),
        pytest.param("Host", "[::1]:80", id="IPv6"),
        pytest.param("Host", "a:b:c", id="no host"),
        pytest.param("Host", "a?/x", id="a host with a path"),
        pytest.param("X-Anything", "\ud800", id="half a character"),
        pytest.param("X-Anything", "ä", id="not ASCII"),
    ],
)
def test_a_hostile_header_breaks_nothing(gateway: Gateway, name: str, value: str) -> None:
    answer = gateway.ask("GET", "/auth/session", headers={name: value})

    assert session_of(answer) == {"authenticated": False}


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"body": "e30", "isBase64Encoded": True}, id="a body that is cut off"),
        pytest.param({"body": "!e30=", "isBase64Encoded": True}, id="a body that is no base64"),
        pytest.param({"body": 5, "isBase64Encoded": False}, id="a body that is no text"),
        pytest.param({"headers": {"X-One": None}, "multiValueHeaders": {}}, id="no value"),
        pytest.param({"requestContext": {"http": {}}, "httpMethod": None}, id="no method"),
    ],
)
def test_an_event_that_cannot_be_read_is_refused_and_the_next_one_answered(
    gateway: Gateway, odd: Event
) -> None:
    event = (rest_request if isinstance(gateway, Rest) else http_request)("GET", "/auth/session")

    refused = gateway.answer(event | odd)
    assert refused.status == 400
    assert code_of(refused) == "event_malformed"
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert gateway.answer(event).status != 400


def test_half_a_character_in_a_query_breaks_nothing(gateway: Gateway) -> None:
    if isinstance(gateway, Rest):
        event = rest_request("GET", "/") | {"multiValueQueryStringParameters": {"a": ["\ud800"]}}
    else:
        event = http_request("GET", "/") | {"rawQueryString": "a=\ud800"}

    assert gateway.answer(event).status == 200


@pytest.mark.parametrize("path", ["/api/nothing", "/auth/nothing", "/api/%00", "/auth/%2e%2e/x"])
def test_an_unknown_path_of_the_api_is_not_found(gateway: Gateway, path: str) -> None:
    answer = gateway.ask("GET", path)

    assert answer.status == 404
    assert code_of(answer) == "not_found"


@pytest.mark.parametrize(
    ("path", "media_type", "is_text"),
    [
        ("/", "text/html; charset=utf-8", True),
        ("", "text/html; charset=utf-8", True),
        ("/chats/1", "text/html; charset=utf-8", True),
        ("/%2e%2e/etc/passwd", "text/html; charset=utf-8", True),
        ("/assets/main.js", "text/javascript; charset=utf-8", True),
        ("/assets/icon.svg", "image/svg+xml", True),
        ("/assets/pixel.png", "image/png", False),
    ],
)
def test_the_apps_files_are_served(
    gateway: Gateway, path: str, media_type: str, *, is_text: bool
) -> None:
    answer = gateway.ask("GET", path)

    assert answer.status == 200
    assert answer.headers["content-type"] == media_type
    assert answer.is_text is is_text
    assert (answer.body == PIXEL) is not is_text


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"source": "aws.events", "detail": {}}, id="a timer"),
        pytest.param(
            {"requestContext": {"elb": {}}, "httpMethod": "GET", "path": "/", "headers": {}},
            id="a load balancer",
        ),
        pytest.param({"Records": [{"cf": {}}]}, id="CloudFront"),
        pytest.param(load("authorizer_http_v2") | {"requestContext": {}}, id="no request"),
    ],
)
def test_an_event_of_something_else_is_refused(function: LambdaGatehouse, event: Event) -> None:
    with pytest.raises(EventRefused):
        function(event, None)  # type: ignore[arg-type] # the context is not read


def test_a_configuration_with_faults_builds_nothing() -> None:
    with pytest.raises(SettingsError):
        build({})
