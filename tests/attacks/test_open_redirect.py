"""Open redirect: our name must not lend itself to an address that leads elsewhere.

The oracle is a browser's own URL parser, asked once for all addresses; an address that is accepted
must stay with us as it is, and when something on the way decodes it once or twice more.
"""

import json
import re
import shutil
from collections.abc import Iterable
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attacks.hostile_urls import HALF_CHARACTERS, HOSTILE_URLS, NAMED_BEFORE, SLASHES, SPELLINGS
from bff.login.return_path import return_path
from bff.provider.errors import ReturnPathRefused
from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import DOCUMENT, FETCH, ORIGIN, Browser
from fakes.proxy.house import House
from fakes.proxy.whatwg import origins

needs_node = pytest.mark.skipif(
    shutil.which("node") is None,
    reason="not run: without node there is no browser's URL parser to compare with",
)

REFUSED = {"return_to_invalid", "parameter_repeated", "login_response_malformed"}


@pytest.fixture
def settings_changes() -> dict[str, str]:
    """Let one address try them all at once."""
    names = ("LOGINS", "CALLBACKS", "CALLS", "ADDRESS_CALLS", "TENANT_CALLS")
    return {f"BFF_LIMIT_{name}": "off" for name in names}


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


def in_a_query(name: str, raw: str) -> list[bytes]:
    """Return a query that carries the address: encoded as it should be, and as it is."""
    as_it_is = "".join(quote(char) if char in "&#+%" else char for char in raw)
    return [f"{name}={quote(raw, safe='')}".encode(), f"{name}={as_it_is}".encode()]


@needs_node
def test_open_redirect_the_oracle_knows_evil_from_good() -> None:
    assert origins(["/a", "//evil.example", "/\\evil.example", "/\t/evil.example", "http://["]) == [
        ORIGIN,
        "https://evil.example",
        "https://evil.example",
        "https://evil.example",
        None,
    ]


@needs_node
def test_open_redirect_by_an_address_that_has_worked_before() -> None:
    assert len(set(HOSTILE_URLS)) >= 1500
    evil = sum(origin != ORIGIN for origin in origins(HOSTILE_URLS))
    decoded = [unquote(unquote(raw)) for raw in HOSTILE_URLS]
    evil_later = sum(origin != ORIGIN for origin in origins(decoded))
    assert evil_later > evil > len(HOSTILE_URLS) / 3, "too tame a corpus to prove anything"

    assert leads_away(HOSTILE_URLS) == []


@needs_node
def test_open_redirect_addresses_that_lead_away_at_once_or_once_decoded_are_refused() -> None:
    for step in range(3):
        found = origins([readings(raw)[step] for raw in HOSTILE_URLS])
        away = [raw for raw, origin in zip(HOSTILE_URLS, found, strict=True) if origin != ORIGIN]

        assert [raw for raw in away if accepted(raw)] == []


def test_open_redirect_most_of_what_is_meant_badly_is_not_even_looked_at() -> None:
    # What remains is plain paths of ours with a word in them that means nothing there.
    assert sum(map(accepted, HOSTILE_URLS)) < len(HOSTILE_URLS) / 20


def test_open_redirect_half_characters_are_refused() -> None:
    assert [raw for raw in HALF_CHARACTERS if accepted(raw)] == []


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
            "%c0%af",
        ),
        *("\t", "\n", "\r", "\x00", " ", "\u200b", "\u202e", "\u3000", "%E2%80%8B", "%20"),
        *(".", "..", "%2e", "..;", "@", ":", "?", "#", ";", "a", "&", "="),
        *("https:", "javascript:", "evil.example", "app.example", "\u3002", "\uff0f", "\uff3c"),
        *SLASHES,
        *SPELLINGS,
        *NAMED_BEFORE,
    ]
)
ADDRESSES = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20)
PATHS = ADDRESSES.map(lambda rest: f"/{rest}")
TWICE = PATHS.map(lambda raw: quote(raw, safe="/", errors="replace"))


@needs_node
def test_open_redirect_by_an_address_that_nobody_has_thought_of() -> None:
    seen: list[str] = []

    @settings(max_examples=1000, database=None)
    @given(ADDRESSES | PATHS | TWICE)
    def collect(raw: str) -> None:
        # JSON cannot carry half a surrogate pair to the oracle; no HTTP request can either.
        if not any("\ud800" <= char <= "\udfff" for char in raw):
            seen.append(raw)

    collect()

    assert sum(map(accepted, seen)) > 20, "nothing was accepted, so nothing was proven"
    assert leads_away(seen) == []


def place_of(answer: Answer) -> str:
    """Return where a callback's page goes: by its script, by its link, and without scripts."""
    script = re.search(r"location\.replace\((\".*?\")\)", answer.text)
    assert script, answer.text
    place = str(json.loads(script[1]))
    assert answer.text.count(place.replace("&", "&amp;").replace("'", "&#x27;")) >= 2
    return place


@pytest.mark.parametrize("path", ["/auth/login", "/auth/step-up"])
async def test_open_redirect_by_the_login(house: House, browser: Browser, path: str) -> None:
    taken: list[str] = []
    for raw in [*HOSTILE_URLS, "/" + "a" * 3000]:
        for query in in_a_query("return_to", raw):
            answer = await browser.navigate(f"{path}?".encode() + query, accept=DOCUMENT)
            if answer.status == 303:
                assert answer.header("location") is not None
                assert str(answer.header("location")).startswith(f"{house.provider.issuer}/")
                assert "evil" not in str(answer.header("location"))
                taken.append(raw)
            else:
                assert problem_of(answer)["code"] in REFUSED, raw
    assert set(taken) == set(filter(accepted, HOSTILE_URLS))


async def test_open_redirect_a_refused_address_begins_no_login(
    house: House, browser: Browser
) -> None:
    for raw in ("//evil.example", "/%252f/evil.example", "/%ff", "https:evil", "/\\evil.example"):
        answer = await browser.navigate(f"/auth/login?return_to={quote(raw)}", accept=DOCUMENT)
        assert problem_of(answer)["code"] == "return_to_invalid"

    assert browser.attempts == []
    assert house.provider.count("/par") == 0


async def test_open_redirect_half_characters_in_a_query_begin_no_login(browser: Browser) -> None:
    for raw in HALF_CHARACTERS:
        carried = raw.encode("utf-8", "surrogatepass")
        for query in (carried, quote(carried).encode()):
            target = b"/auth/login?return_to=" + query
            answer = await browser.navigate(target, accept=DOCUMENT)
            assert problem_of(answer)["code"] in REFUSED


@needs_node
async def test_open_redirect_by_the_page_after_the_login(house: House) -> None:
    hostile = [raw for raw in HOSTILE_URLS if accepted(raw)]
    places: list[str] = []
    for raw in hostile:
        browser = house.browser()
        places.append(place_of(await browser.login(return_to=raw)))

    assert places == hostile, "where it goes is what was accepted, and nothing else"
    assert set(origins(places)) == {ORIGIN}


async def test_open_redirect_by_a_second_return_address(browser: Browser) -> None:
    query = "return_to=/a&return_to=//evil.example"

    for order in (query, "&".join(reversed(query.split("&"))), "return_to=/a&return_to=/a"):
        answer = await browser.navigate(f"/auth/login?{order}", accept=DOCUMENT)
        assert problem_of(answer)["code"] == "parameter_repeated"


def _wire(*queries: bytes) -> str:
    # The fake sends each character as one byte.
    return b"&".join(queries).decode("latin-1")


WAYS_BACK = (
    *(
        "return_to",
        "returnTo",
        "return_url",
        "returnUrl",
        "redirect",
        "redirect_uri",
        "redirect_url",
    ),
    *("post_logout_redirect_uri", "rd", "next", "continue", "url", "target", "logout_uri", "state"),
)
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def way_back(redirect: str) -> list[str]:
    """Return where the provider is told to send the browser after a logout."""
    return parse_qs(urlsplit(redirect).query)["post_logout_redirect_uri"]


async def test_open_redirect_after_the_logout(house: House) -> None:
    # Several at a time, each as another parameter: every login costs, and every one ends here.
    count = len(WAYS_BACK)
    for start in range(0, len(HOSTILE_URLS), count):
        pairs = zip(WAYS_BACK, HOSTILE_URLS[start : start + count], strict=False)
        for query in zip(*(in_a_query(name, raw) for name, raw in pairs), strict=True):
            browser = house.browser()
            await browser.login()

            answer = await browser.fetch("POST", f"/auth/logout?{_wire(*query)}")

            assert answer.status == 200
            assert way_back(answer.json["redirect"]) == [f"{ORIGIN}/"]
            assert answer.json["redirect"].startswith(f"{house.provider.issuer}/")


@pytest.mark.parametrize("name", WAYS_BACK)
async def test_open_redirect_by_each_way_back_that_a_logout_may_know(
    house: House, name: str
) -> None:
    # One at a time, with one value: a reader of a single parameter would take it.
    for raw in ("//evil.example", "https://evil.example/", "/\\evil.example", "/a", "evil.example"):
        query = f"{name}={quote(raw, safe='')}"
        for target, headers, body in (
            (f"/auth/logout?{query}", FETCH, b""),
            ("/auth/logout", (*FETCH, FORM), query.encode()),
            ("/auth/logout", FETCH, json.dumps({name: raw}).encode()),
            ("/auth/logout", (*FETCH, ("Referer", f"https:{raw}")), b""),
        ):
            browser = house.browser()
            await browser.login()

            answer = await browser.fetch("POST", target, headers=headers, body=body)

            assert way_back(answer.json["redirect"]) == [f"{ORIGIN}/"]
            assert answer.header("location") is None


async def test_open_redirect_after_a_logout_of_nobody(browser: Browser) -> None:
    for raw in HOSTILE_URLS:
        for query in in_a_query("post_logout_redirect_uri", raw):
            answer = await browser.fetch("POST", f"/auth/logout?{_wire(query)}")

            assert (answer.status, answer.json) == (200, {"redirect": None})
            assert answer.header("location") is None


async def test_open_redirect_by_a_host_of_the_attackers(alice: Browser) -> None:
    evil = [("Host", "evil.example"), ("X-Forwarded-Host", "evil.example")]

    login = await alice.navigate("/auth/login", headers=evil)
    logout = await alice.fetch("POST", "/auth/logout", headers=[*FETCH, *evil])

    assert "evil" not in (login.header("location") or "")
    assert way_back(logout.json["redirect"]) == [f"{ORIGIN}/"]
