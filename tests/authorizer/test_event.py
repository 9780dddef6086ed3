"""API Gateway's events: what the authorizer reads in them."""

import pytest

from authorizer.event import Event, EventMalformed, Payload, parse_event
from events.recorded import http_authorization, load, rest_authorization


def test_a_rest_event_names_its_stage_not_its_method() -> None:
    request = parse_event(rest_authorization())

    assert request.payload is Payload.REST
    assert request.stage == "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod"
    assert request.request_id == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def test_an_http_event_names_its_stage() -> None:
    request = parse_event(http_authorization())

    assert request.payload is Payload.HTTP
    assert request.stage.endswith(":abcdef1234/$default")


def test_payload_format_1_of_an_http_api_wants_a_policy() -> None:
    event = rest_authorization() | {"version": "1.0"}

    assert parse_event(event).payload is Payload.REST


@pytest.mark.parametrize(
    "arn",
    [
        pytest.param("arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:a1/v1/GET/", id="gov"),
        pytest.param("arn:aws:execute-api:us-east-1:123456789012:a1/v1/GET/a/b/c", id="deep path"),
        pytest.param("arn:aws:execute-api:us-east-1:123456789012:a1/v1/GET/a\nb", id="line end"),
    ],
)
def test_the_stage_is_read_whatever_the_path_is(arn: str) -> None:
    request = parse_event(rest_authorization() | {"methodArn": arn})

    assert request.stage.endswith(":123456789012:a1/v1")


def test_split_cookie_headers_stay_apart_and_in_order() -> None:
    cookies = ["a=1", "b=2; c=3"]

    assert parse_event(rest_authorization(cookies=cookies)).cookies == ("a=1", "b=2; c=3")
    assert parse_event(http_authorization(cookies=cookies)).cookies == ("a=1", "b=2; c=3")


def test_a_header_in_two_spellings_is_read_twice() -> None:
    """Else one of two session cookies would be hidden from the check that there is just one."""
    event = rest_authorization(cookies=["a=1"])
    event["multiValueHeaders"]["cookie"] = ["b=2"]

    assert parse_event(event).cookies == ("a=1", "b=2")


def test_headers_without_their_multiple_values_are_read() -> None:
    event = rest_authorization() | {"multiValueHeaders": None}
    event["headers"]["cookie"] = "a=1"

    assert parse_event(event).cookies == ("a=1",)


def test_an_http_event_without_its_list_has_its_cookies_in_the_header() -> None:
    event = http_authorization()
    event["headers"]["cookie"] = "a=1; b=2"

    assert parse_event(event).cookies == ("a=1; b=2",)


def test_cookies_in_list_and_header_are_not_counted_twice() -> None:
    event = http_authorization(cookies=["a=1"])
    event["headers"]["cookie"] = "a=1"

    assert parse_event(event).cookies == ("a=1",)


@pytest.mark.parametrize("header", [None, 7, ["a=1", None, 7]])
def test_a_header_that_is_no_text_is_none(header: object) -> None:
    event = rest_authorization()
    event["multiValueHeaders"]["Cookie"] = header

    assert parse_event(event).cookies == (("a=1",) if isinstance(header, list) else ())


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({}, id="nothing"),
        pytest.param(rest_authorization() | {"type": "TOKEN"}, id="token authorizer"),
        pytest.param(load("rest_v1"), id="a request, not an authorization"),
        pytest.param({"type": "REQUEST"}, id="no ARN"),
        pytest.param({"type": "REQUEST", "methodArn": 7}, id="ARN is no text"),
        pytest.param({"type": "REQUEST", "version": "2.0", "methodArn": "arn"}, id="no route ARN"),
        pytest.param(
            {
                "type": "REQUEST",
                "methodArn": "arn:aws:execute-api:us-east-1:123456789012:a1/*/GET/",
            },
            id="wildcard for a stage",
        ),
        pytest.param({"type": "REQUEST", "methodArn": "arn:aws:s3:::bucket/a/b/c"}, id="no API"),
    ],
)
def test_another_event_is_refused(event: Event) -> None:
    with pytest.raises(EventMalformed):
        parse_event(event)


def test_an_event_without_a_request_id_has_an_empty_one() -> None:
    event = rest_authorization() | {"requestContext": None}

    assert parse_event(event).request_id == ""
