"""Cookies as they are written, and attempts as they are found among others."""

import pytest
from starlette.responses import Response

from bff.cookies import attempts_in, clear_attempt, clear_session, set_attempt, set_session
from fakes.login import ALICE, new_session, ticket_of
from fakes.proxy.browser import ATTEMPT, parse_cookie


def lines(response: Response) -> list[str]:
    return response.headers.getlist("set-cookie")


def test_what_is_cleared_has_the_attributes_of_what_was_set() -> None:
    was_set, cleared = Response(), Response()
    ticket = ticket_of(new_session(ALICE))
    set_session(was_set, ticket)
    set_attempt(was_set, "id", "value")
    clear_session(cleared)
    clear_attempt(cleared, "id")

    for first, second in zip(lines(was_set), lines(cleared), strict=True):
        (name, one), (other_name, other) = parse_cookie(first), parse_cookie(second)
        assert name == other_name
        assert other.value == ""
        assert other.attributes["max-age"] == "0"
        for attribute in ("samesite", "path", "secure", "httponly"):
            assert one.attributes[attribute] == other.attributes[attribute]


def test_the_session_cookie_holds_the_ticket_and_has_no_end_of_its_own() -> None:
    response = Response()
    ticket = ticket_of(new_session(ALICE))
    set_session(response, ticket)

    (line,) = lines(response)
    _, cookie = parse_cookie(line)
    assert cookie.value == str(ticket)
    assert cookie.attributes.keys() == {"path", "secure", "httponly", "samesite"}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([], {}),
        (["a=1; b=2"], {}),
        ([f"{ATTEMPT}x=1"], {"x": "1"}),
        ([f"a=1; {ATTEMPT}x=1; {ATTEMPT}y=2"], {"x": "1", "y": "2"}),
        ([f"{ATTEMPT}x=1", f"{ATTEMPT}y=2"], {"x": "1", "y": "2"}),
        ([f"{ATTEMPT}x=1; {ATTEMPT}x=2; {ATTEMPT}y=3"], {"y": "3"}),
        ([f"{ATTEMPT}x=1", f"{ATTEMPT}x=1"], {}),
        ([f"{ATTEMPT}x=1; {ATTEMPT}x=1; {ATTEMPT}x=1"], {}),
        ([f"{ATTEMPT}=1"], {"": "1"}),
        ([f"{ATTEMPT}x"], {}),
        ([f"{ATTEMPT.lower()}x=1"], {}),
    ],
)
def test_attempts_are_found_and_ambiguous_ones_are_not(
    headers: list[str], found: dict[str, str]
) -> None:
    assert attempts_in(headers) == found
