"""API Gateway's events as requests, and what is none."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.recorded import http_request, load, rest_request
from proxy.lambda_stream.event import EventMalformed, EventRefused, Form, HttpEvent, parse_event


def parsed(event: object) -> HttpEvent:
    return parse_event(json.dumps(event).encode())


def test_a_rest_apis_request_is_read() -> None:
    event = rest_request("POST", "/api/a%20b?q=1&q=2&e=", headers={"X-CSRF": "1"})
    found = parsed(event | {"body": "hi"})

    assert (found.form, found.method, found.path) == (Form.REST, "POST", "/api/a b")
    assert found.query == b"q=1&q=2&e="
    assert (b"x-csrf", b"1") in found.headers
    assert found.body == b"hi"
    assert found.client == event["requestContext"]["identity"]["sourceIp"]


def test_an_http_apis_request_is_read() -> None:
    event = http_request("PUT", "/api/x?q=%31", headers={"X-CSRF": "1"}, cookies=["a=1", "b=2"])
    found = parsed(event)

    assert (found.form, found.method, found.path) == (Form.HTTP, "PUT", "/api/x")
    assert found.query == b"q=%31"
    assert [value for name, value in found.headers if name == b"cookie"] == [b"a=1", b"b=2"]
    assert found.client == event["requestContext"]["http"]["sourceIp"]


def test_each_cookie_header_of_a_rest_api_stays_by_itself() -> None:
    found = parsed(rest_request("GET", "/", cookies=["a=1", "b=2"]))

    assert [value for name, value in found.headers if name == b"cookie"] == [b"a=1", b"b=2"]


@pytest.mark.parametrize("cookies", [[], ["a=1"]], ids=["alone", "beside cookies"])
def test_an_http_apis_headers_all_come(cookies: list[str]) -> None:
    event = http_request("GET", "/", headers={"X-CSRF": "1"}, cookies=cookies)
    found = parsed(event).headers

    assert (b"x-csrf", b"1") in found
    assert {name for name, _ in found} >= {name.lower().encode() for name in event["headers"]}


def test_a_cookie_is_not_told_twice_where_an_event_has_it_in_both_places() -> None:
    event = http_request("GET", "/", headers={"cookie": "a=1"}, cookies=["a=1"])

    assert [v for name, v in parsed(event).headers if name == b"cookie"] == [b"a=1"]


def test_headers_that_came_alone_are_read_from_either_place() -> None:
    event = rest_request("GET", "/") | {"multiValueHeaders": None, "headers": {"X-One": "1"}}

    assert parsed(event).headers == ((b"x-one", b"1"),)


def test_a_body_in_base64_is_decoded() -> None:
    encoded = base64.b64encode(b"\x00\xff").decode()

    assert parsed(rest_request("POST", "/") | {"body": encoded, "isBase64Encoded": True}).body == (
        b"\x00\xff"
    )


def test_a_scope_says_what_the_event_says_and_nothing_that_a_client_can_send() -> None:
    forwarded = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "1.1.1.1", "Host": "evil.test"}
    scope = parsed(http_request("GET", "/a", headers=forwarded)).scope()

    assert (scope["scheme"], scope["server"], scope["path"]) == ("https", None, "/a")
    assert scope["client"][0] not in {"1.1.1.1", "evil.test"}


def test_an_event_without_an_address_has_no_client() -> None:
    event = rest_request("GET", "/")
    event["requestContext"]["identity"] = None

    assert parsed(event).scope()["client"] is None


def test_half_a_surrogate_pair_is_no_failure() -> None:
    event = rest_request("GET", "/", headers={"X-Half": "\ud800"})

    assert (b"x-half", b"?") in parsed(event).headers


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": []},
        {"version": "2.0"},
        {"version": "2.0", "requestContext": {}},
        {"version": "2.0", "requestContext": {}, "httpMethod": "GET", "resource": "/", "path": "/"},
        [],
        7,
    ],
)
def test_what_is_no_request_is_refused(event: object) -> None:
    with pytest.raises(EventRefused):
        parsed(event)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"httpMethod": 7}, id="method"),
        pytest.param({"path": None}, id="path"),
        pytest.param({"requestContext": None}, id="context"),
        pytest.param({"requestContext": {"identity": ["x"]}}, id="identity"),
        pytest.param({"requestContext": {"identity": {"sourceIp": 1}}}, id="address"),
        pytest.param({"multiValueHeaders": {"cookie": "a=1"}}, id="a text instead of a list"),
        pytest.param({"multiValueHeaders": {"cookie": [1]}}, id="a number instead of a text"),
        pytest.param({"multiValueHeaders": ["cookie"]}, id="headers"),
        pytest.param({"headers": {"x-one": 1}}, id="header"),
        pytest.param({"body": ["a"]}, id="body"),
        pytest.param({"body": "é", "isBase64Encoded": True}, id="no base64"),
        pytest.param({"body": "YQ=", "isBase64Encoded": True}, id="padding"),
        pytest.param({"body": "YQ=\n=", "isBase64Encoded": True}, id="other characters"),
        pytest.param({"multiValueQueryStringParameters": 7}, id="query"),
    ],
)
def test_a_request_with_other_members_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(EventMalformed):
        parsed(rest_request("POST", "/") | change)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@pytest.mark.parametrize("name", ["rest_v1", "http_v2"])
@given(data=st.data())
def test_whatever_a_member_is_an_event_is_read_or_refused(name: str, data: st.DataObject) -> None:
    event = load(name)
    for member in data.draw(st.lists(st.sampled_from(sorted(event)), min_size=1, max_size=3)):
        event[member] = data.draw(_JSON)
    try:
        found = parsed(event)
    except (EventRefused, EventMalformed):
        return
    assert all(isinstance(part, bytes) for header in found.headers for part in header)
    assert found.path.isascii() or found.path
