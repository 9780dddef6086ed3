"""From Cookie headers to the session's ticket, or to what is wrong with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.login import cookie_of, new_session, ticket_of
from trust.session.cookie import (
    MAX_COOKIE_CHARS,
    SESSION_COOKIE,
    CookieProblem,
    cookie_pairs,
    read_ticket,
)

SESSION = new_session()
TICKET = ticket_of(SESSION)
(COOKIE,) = cookie_of(SESSION)
VALUE = COOKIE.partition("=")[2]
OTHER_COOKIE = cookie_of(new_session())[0]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([COOKIE], id="alone"),
        pytest.param([f"a=b; {COOKIE}; c=d"], id="among-others"),
        pytest.param([f"a=b;{COOKIE};c=d"], id="without-spaces"),
        pytest.param([f"  a=b ;\t {COOKIE}\t "], id="with-white-space"),
        pytest.param(["a=b", COOKIE, "c=d"], id="split-over-headers"),
        pytest.param([f"; ;=; {COOKIE};"], id="empty-parts"),
        pytest.param([f"flag; {COOKIE}"], id="a-part-without-equals"),
        pytest.param([f"{SESSION_COOKIE}-old=x; x{SESSION_COOKIE}=y; {COOKIE}"], id="alike-names"),
        pytest.param([f"{SESSION_COOKIE.lower()}=x; {COOKIE}"], id="name-in-another-case"),
        pytest.param([f"a={SESSION_COOKIE}=x; {COOKIE}"], id="name-inside-a-value"),
    ],
)
def test_the_ticket_is_found(headers: list[str]) -> None:
    assert read_ticket(headers) == TICKET


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="no-header"),
        pytest.param([""], id="empty-header"),
        pytest.param(["a=b; c=d"], id="others-only"),
        pytest.param([SESSION_COOKIE], id="without-equals"),
        pytest.param([f"={VALUE}"], id="without-a-name"),
        pytest.param([f"session={VALUE}"], id="another-name"),
        pytest.param([f"__Host-session={VALUE}"], id="another-prefix"),
        pytest.param([COOKIE.replace("=", ":", 1)], id="another-separator"),
    ],
)
def test_a_cookie_that_is_not_there_is_absent(headers: list[str]) -> None:
    assert read_ticket(headers) is CookieProblem.ABSENT


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([f"{COOKIE}; {COOKIE}"], id="the-same-twice"),
        pytest.param([f"{COOKIE}; {OTHER_COOKIE}"], id="tossed-after"),
        pytest.param([f"{OTHER_COOKIE}; {COOKIE}"], id="tossed-in-front"),
        pytest.param([COOKIE, OTHER_COOKIE], id="in-two-headers"),
        pytest.param([f"{SESSION_COOKIE}=garbage; {COOKIE}"], id="one-is-garbled"),
        pytest.param([f"{COOKIE}; {SESSION_COOKIE}="], id="one-is-empty"),
    ],
)
def test_of_two_cookies_none_counts(headers: list[str]) -> None:
    assert read_ticket(headers) is CookieProblem.DUPLICATED


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="empty"),
        pytest.param(f'"{VALUE}"', id="quoted"),
        pytest.param("garbage", id="garbage"),
        pytest.param(VALUE[:-1], id="cut"),
        pytest.param(VALUE + "\x00", id="nul"),
        pytest.param(VALUE.replace(".", "é", 1), id="not-ascii"),
        pytest.param(f"{VALUE}, a=b", id="joined-by-a-comma"),
        pytest.param("x" * 7000, id="long"),
    ],
)
def test_a_value_that_we_did_not_write_is_garbled(value: str) -> None:
    assert read_ticket([f"{SESSION_COOKIE}={value}"]) is CookieProblem.GARBLED


def filler(characters: int) -> str:
    """Return a header of other cookies, of this length, that ends with `; `."""
    return "f=" + "x" * (characters - 4) + "; "


def test_the_longest_header_is_read_to_its_end() -> None:
    header = filler(MAX_COOKIE_CHARS - len(COOKIE)) + COOKIE

    assert len(header) == MAX_COOKIE_CHARS
    assert read_ticket([header]) == TICKET


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([filler(MAX_COOKIE_CHARS + 1 - len(COOKIE)) + COOKIE], id="by-one"),
        pytest.param([f"{SESSION_COOKIE}={'x' * 65536}"], id="the-session-itself"),
        pytest.param([f"{OTHER_COOKIE}; {filler(MAX_COOKIE_CHARS)}{COOKIE}"], id="between-two"),
        pytest.param([COOKIE, filler(MAX_COOKIE_CHARS + 1)], id="another-header"),
        pytest.param([filler(MAX_COOKIE_CHARS + 1)], id="others-only"),
    ],
)
def test_a_jar_that_was_filled_up_says_nothing_of_the_session(headers: list[str]) -> None:
    assert read_ticket(headers) is CookieProblem.TOO_LARGE


def test_all_cookies_come_in_order() -> None:
    assert cookie_pairs(["a=1; b=2", " a = 3 ;c=x=y;d"]) == [
        ("a", "1"),
        ("b", "2"),
        ("a", "3"),
        ("c", "x=y"),
    ]


@given(st.lists(st.text(max_size=100), max_size=4))
def test_no_header_makes_reading_fail(headers: list[str]) -> None:
    assert isinstance(read_ticket(headers), CookieProblem)
