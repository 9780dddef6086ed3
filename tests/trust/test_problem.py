"""What a client gets to read of an error."""

import json

import pytest

from trust.errors import (
    AccessError,
    LoginError,
    RequestError,
    SettingsError,
    TrustError,
    UpstreamError,
)
from trust.problem import problem, problem_body, problem_headers
from trust.session.errors import NotLoggedIn
from trust.store.table import StoreUnavailable

INNER = "arn:aws:iam::123456789012:role/secret-role said no"

ERRORS = [
    TrustError(INNER),
    RequestError(INNER),
    LoginError(INNER),
    AccessError(INNER),
    UpstreamError(INNER),
    SettingsError([INNER, INNER]),
    NotLoggedIn(INNER),
    StoreUnavailable(INNER),
]
EVERY_ERROR = pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)


@EVERY_ERROR
def test_nothing_of_the_message_goes_out(error: TrustError) -> None:
    error.__cause__ = ValueError(INNER)
    error.add_note(INNER)

    sent = problem_body(error, request_id="r-1").decode() + repr(problem_headers(error))

    assert "arn:" not in sent
    assert "secret-role" not in sent


@EVERY_ERROR
def test_the_document_says_what_a_client_may_act_on(error: TrustError) -> None:
    document = problem(error, request_id="r-1")

    assert document["type"] == f"urn:gatehouse:error:{error.code}"
    assert document["code"] == error.code
    assert document["status"] == error.status
    assert document["title"] == error.title
    assert document["request_id"] == "r-1"
    assert set(document) - {"retry_after", "login_url"} == {
        "type",
        "title",
        "status",
        "code",
        "request_id",
    }


def test_who_is_not_logged_in_learns_where_to() -> None:
    assert problem(NotLoggedIn(), request_id="r-1")["login_url"] == "/auth/login"


@pytest.mark.parametrize(
    "error", [AccessError(), RequestError(), UpstreamError()], ids=["403", "400", "502"]
)
def test_a_login_is_not_offered_where_it_would_not_help(error: TrustError) -> None:
    assert "login_url" not in problem(error, request_id="r-1")


def test_a_client_learns_when_to_try_again() -> None:
    error = StoreUnavailable()

    assert problem(error, request_id="r-1")["retry_after"] == 2
    assert problem_headers(error) == {
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        "retry-after": "2",
    }


def test_a_client_is_not_told_to_try_again_in_vain() -> None:
    assert "retry_after" not in problem(AccessError(), request_id="r-1")
    assert "retry-after" not in problem_headers(AccessError())


def test_the_body_is_the_document_in_json() -> None:
    error = NotLoggedIn()

    assert json.loads(problem_body(error, request_id="r-1")) == problem(error, request_id="r-1")


def test_faults_of_the_configuration_come_line_by_line() -> None:
    error = SettingsError(["BFF_A: is missing", "BFF_B: is no number"])

    assert error.faults == ["BFF_A: is missing", "BFF_B: is no number"]
    assert str(error) == "BFF_A: is missing\nBFF_B: is no number"
