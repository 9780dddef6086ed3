"""Open redirect: our name must not lend itself to an address that leads elsewhere.

The oracle is a browser's own URL parser, asked once for all addresses; an address that is accepted
must stay with us as it is, and when something on the way decodes it once or twice more.
"""

from collections.abc import Iterable
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bff.login.return_path import return_path
from bff.provider.errors import ReturnPathRefused
from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import DOCUMENT, ORIGIN, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.idp import query_of
from fakes.proxy.redirects import HOSTILE
from fakes.proxy.whatwg import origins


def accepted(raw: str) -> bool:
    """Tell whether an address may be returned to."""
    try:
        return_path(raw)
    except ReturnPathRefused:
        return False
    return True


def readings(raw: str) -> list[str]:
    """Return an address as it is, decoded once, and decoded twice."""
    return [raw, unquote(raw), unquote(unquote(raw))]


def leads_away(addresses: Iterable[str]) -> list[str]:
    """Return those of the accepted addresses that some reader takes for another place."""
    taken = [raw for raw in addresses if accepted(raw)]
    asked = [reading for raw in taken for reading in readings(raw)]
    found = origins(asked)
    return [asked[index] for index, origin in enumerate(found) if origin != ORIGIN]


def test_open_redirect_the_oracle_knows_evil_from_good() -> None:
    assert origins(["/a", "//evil.example", "/\\evil.example", "/\t/evil.example", "http://["]) == [
        ORIGIN,
        "https://evil.example",
        "https://evil.example",
        "https://evil.example",
        None,
    ]


def test_open_redirect_by_an_address_that_has_worked_before() -> None:
    assert len(set(HOSTILE)) >= 300
    evil = sum(origin != ORIGIN for origin in origins(HOSTILE))
    assert evil > len(HOSTILE) / 3, "the corpus is not hostile enough to prove anything"

    assert leads_away(HOSTILE) == []


def test_open_redirect_addresses_that_lead_away_at_once_are_refused() -> None:
    away = [
        raw
        for raw, origin in zip(HOSTILE, origins(HOSTILE), strict=True)
        if origin not in {ORIGIN, None}
    ]

    assert [raw for raw in away if accepted(raw)] == []


PIECES = st.sampled_from(
    [
        *(
            "/",
            "\\",
            "//",
            "%2f",
            "%5c",
            "%252f",
            "%255c",
            "%09",
            "%0a",
            "%00",
            "%",
            "%25",
            "\t",
            "\n",
        ),
        *(
            " ",
            ".",
            "..",
            "@",
            ":",
            "?",
            "#",
            "evil.example",
            "a",
            "https:",
            "javascript:",
            "\u3002",
        ),
    ]
)
ADDRESSES = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20)
PATHS = ADDRESSES.map(lambda rest: f"/{rest}")


def test_open_redirect_by_an_address_that_nobody_has_thought_of() -> None:
    seen: list[str] = []

    @settings(max_examples=1500, database=None)
    @given(ADDRESSES | PATHS)
    def collect(raw: str) -> None:
        # JSON cannot carry half a surrogate pair to the oracle; no HTTP request can either.
        if not any("\ud800" <= char <= "\udfff" for char in raw):
            seen.append(raw)

    collect()

    assert sum(map(accepted, seen)) > 20, "nothing was accepted, so nothing was proven"
    assert leads_away(seen) == []


@pytest.mark.parametrize(
    "raw",
    ["//evil.example", "/\\evil.example", "/%5cevil.example", "/%252f/evil.example", "https:evil"],
)
async def test_open_redirect_through_the_login(house: House, browser: Browser, raw: str) -> None:
    answer = await browser.navigate(f"/auth/login?{query_of({'return_to': raw})}", accept=DOCUMENT)

    assert problem_of(answer)["code"] in {"return_to_invalid", "parameter_repeated"}
    assert browser.attempts == []
    assert house.provider.count("/par") == 0


async def test_open_redirect_by_a_second_return_address(browser: Browser) -> None:
    query = "return_to=/a&return_to=//evil.example"

    for order in (query, "&".join(reversed(query.split("&"))), "return_to=/a&return_to=/a"):
        answer = await browser.navigate(f"/auth/login?{order}", accept=DOCUMENT)
        assert problem_of(answer)["code"] == "parameter_repeated"


async def test_open_redirect_after_the_logout(alice: Browser) -> None:
    answer = await alice.fetch("POST", "/auth/logout?return_to=https://evil.example")

    assert "evil" not in answer.text


async def test_open_redirect_by_a_host_of_the_attackers(alice: Browser) -> None:
    evil = [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")]

    login = await alice.navigate("/auth/login", headers=evil)
    logout = await alice.fetch("POST", "/auth/logout")

    assert "evil" not in (login.header("location") or "")
    assert "evil" not in logout.text
