"""Who gets in, decided from what was presented."""

import secrets

import pytest

from authorizer.decision import (
    Allow,
    Deny,
    Nobody,
    Refusal,
    session_verdict,
    ticket_in,
    token_in,
)
from trust.clock import NumericDate
from trust.coordinates import AppId, TenantId
from trust.secret import Secret
from trust.session.cookie import SESSION_COOKIE
from trust.session.ids import Ticket, new_session_id
from trust.session.record import Owner, session_key
from trust.store.table import Item

TICKET = Ticket(tenant=TenantId("acme"), subject="s" * 22, id=new_session_id())
COOKIE = f"{SESSION_COOKIE}={TICKET}"


@pytest.mark.parametrize(
    "cookies",
    [
        pytest.param([COOKIE], id="alone"),
        pytest.param([f"a=1; {COOKIE}; b=2"], id="among others"),
        pytest.param(["a=1", COOKIE], id="split, last"),
        pytest.param([COOKIE, "a=1"], id="split, first"),
        pytest.param(["a=1", f"b=2; {COOKIE}", "c=3"], id="split, in the middle"),
    ],
)
def test_the_session_cookie_is_found(cookies: list[str]) -> None:
    assert ticket_in(cookies) == TICKET


@pytest.mark.parametrize(
    "cookies",
    [
        pytest.param([], id="no header"),
        pytest.param(["a=1; b=2"], id="others"),
        pytest.param([f"session={TICKET}"], id="another name"),
        pytest.param([COOKIE.lower()], id="another spelling of the name"),
    ],
)
def test_no_session_cookie_is_nobody(cookies: list[str]) -> None:
    assert ticket_in(cookies) == Nobody()
    assert {ticket_in(cookies), Nobody()} == {Nobody()}


@pytest.mark.parametrize(
    "cookies",
    [
        pytest.param(["a=" + "x" * 65_536], id="64 KB of something else"),
        pytest.param([f"{COOKIE}; a=" + "x" * 65_536], id="64 KB after it"),
        pytest.param([f"{SESSION_COOKIE}={TICKET}" + "A" * 65_536], id="a 64 KB cookie"),
    ],
)
def test_cookies_that_are_too_large_to_be_read_are_refused_as_such(cookies: list[str]) -> None:
    found = ticket_in(cookies)

    assert isinstance(found, Deny)
    assert found.refusal is Refusal.COOKIES_TOO_LARGE


@pytest.mark.parametrize(
    "cookies",
    [
        pytest.param([f"{COOKIE}; {COOKIE}"], id="in one header"),
        pytest.param([COOKIE, COOKIE], id="in two headers"),
        pytest.param([f"{SESSION_COOKIE}=tossed", COOKIE], id="a garbled one first"),
        pytest.param([f"{COOKIE}; {SESSION_COOKIE}="], id="an empty one last"),
    ],
)
def test_a_duplicated_cookie_counts_for_nothing(cookies: list[str]) -> None:
    found = ticket_in(cookies)

    assert isinstance(found, Deny)
    assert found.refusal is Refusal.COOKIE_AMBIGUOUS


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="empty"),
        pytest.param("garbage", id="garbage"),
        pytest.param(f'"{TICKET}"', id="quoted"),
        pytest.param(str(TICKET).replace("v1", "v2"), id="another version"),
        pytest.param(str(TICKET).replace("acme", "ACME"), id="tenant in capitals"),
        pytest.param(str(TICKET).replace("acme", "acme#SUBJECT"), id="key injection"),
        pytest.param(str(TICKET).replace("acme", "ácme"), id="not ASCII"),
        pytest.param(f"{TICKET}\0", id="NUL"),
        pytest.param(f"{TICKET}A", id="too long"),
        pytest.param("x" * 8_000, id="8 kB"),
        pytest.param(f"{TICKET}" + "A" * 8_000, id="8 kB that begin well"),
    ],
)
def test_a_garbled_cookie_is_refused(value: str) -> None:
    found = ticket_in([f"{SESSION_COOKIE}={value}"])

    assert isinstance(found, Deny)
    assert found.refusal is Refusal.NOT_LOGGED_IN


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_bearer_token_is_found_whatever_its_schemes_spelling(scheme: str) -> None:
    found = token_in([f"{scheme} abc.def.ghi"])

    assert found == Secret("abc.def.ghi")


@pytest.mark.parametrize(
    "values", [pytest.param([], id="no header"), pytest.param(["Basic YTpi"], id="Basic")]
)
def test_no_bearer_token_is_nobody(values: list[str]) -> None:
    assert token_in(values) == Nobody()


@pytest.mark.parametrize("value", ["Bearer", "Bearer "])
def test_an_empty_bearer_token_is_a_token_all_the_same(value: str) -> None:
    assert token_in([value]) == Secret("")


def test_two_authorization_headers_count_for_nothing() -> None:
    found = token_in(["Bearer a", "Bearer b"])

    assert isinstance(found, Deny)
    assert found.refusal is Refusal.TOKEN_INVALID


def _row(expires_at: int | None) -> Item:
    owner = Owner(app=AppId("demo"), tenant=TICKET.tenant, subject=TICKET.subject)
    key = session_key(owner, secrets.token_hex(8))
    return Item(key=key, expires_at=None if expires_at is None else NumericDate(expires_at))


def test_a_live_session_lets_its_person_in() -> None:
    verdict = session_verdict(_row(10), TICKET, AppId("demo"))

    assert verdict == Allow(app=AppId("demo"), tenant=TICKET.tenant, subject=TICKET.subject)


@pytest.mark.parametrize("item", [None, _row(None)], ids=["no row", "a row without an end"])
def test_anything_but_a_live_session_lets_nobody_in(item: Item | None) -> None:
    verdict = session_verdict(item, TICKET, AppId("demo"))

    assert isinstance(verdict, Deny)
    assert verdict.refusal is Refusal.NOT_LOGGED_IN
