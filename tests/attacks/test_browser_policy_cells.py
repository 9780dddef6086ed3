"""The published browser policy, cell by cell, and as the running application keeps to it.

Whether a cell may pass is said here once more, as plain sentences about what a browser of an honest
person sends (`may_pass`), which know nothing of the code that decides. Each cell that is told apart
wrongly is named.
"""

import pytest

from fakes.proxy.asgi import Answer, Headers, ask
from fakes.proxy.browser import ORIGIN, Browser
from fakes.proxy.house import House
from proxy.browser_policy import Allowed, judge
from proxy.policy_table import AXES, METHODS, OURS, ROUTES, Case, cases

PAGES = ("Login and step-up", "Callback")
CALLS = ("API", "Invocation")
OPEN = ("Server to server", "Everything else")

BODY = b'{"prompt": "hi"}'
CODES = {"csrf_header_missing", "cross_site_request"}

THREE_SAY_SO = {
    # Sec-Fetch-Site, Origin, Referer
    ("same-origin", "ours", "any"),
    ("same-origin", "absent", "any"),
    ("absent", "ours", "any"),
    ("absent", "absent", "ours"),
}
"""What makes a call the app's own."""

NEVER_SENT = {
    ("same-origin", "sibling"),
    ("same-origin", "foreign"),
    ("same-origin", "null"),
    ("none", "sibling"),
    ("none", "foreign"),
    ("none", "null"),
    ("same-site", "ours"),
    ("cross-site", "ours"),
}
"""Pairs of Sec-Fetch-Site and Origin that no browser has reason to send."""


@pytest.fixture
def settings_changes() -> dict[str, str]:
    """Count nothing: here thousands of calls come from one address in one second."""
    names = ("LOGINS", "CALLBACKS", "ADDRESS_CALLS", "CALLS", "TENANT_CALLS")
    return {f"BFF_LIMIT_{name}": "off" for name in names}


def may_pass(route: str, case: Case) -> bool:
    """Say, in words of our own, whether a request may get past the browser policy."""
    method, csrf, site, origin, referer, sent_as = case.names
    if route in OPEN:
        return True
    if route in PAGES and method in {"GET", "HEAD"}:
        a_tab_goes_there = sent_as in {"page", "unsaid"}
        known = site in {"same-origin", "same-site", "cross-site", "none", "absent"}
        return a_tab_goes_there and known and (site, origin) not in NEVER_SENT
    a_script_can_send_it = sent_as in {"cors", "same-origin", "unsaid"}
    ours = {(site, origin, "any"), (site, origin, referer)} & THREE_SAY_SO
    return csrf == "1" and a_script_can_send_it and bool(ours)


def code_of(answer: Answer) -> str | None:
    """Return the policy's refusal; None: the request got past it."""
    if answer.status != 403:
        return None
    code = str(answer.json["code"])
    assert code in CODES
    return code


def fault(route: str, case: Case, answer: Answer) -> str | None:
    """Return what is wrong with the answer."""
    code = code_of(answer)
    if any(name.startswith("access-control-") for name, _ in answer.headers):
        return "grants something by CORS"
    if may_pass(route, case):
        return f"refused as {code}" if code else None
    if code is None:
        return "let through"
    if answer.every("set-cookie"):
        return "refused, and yet a cookie is set"
    guarded = route in CALLS or case.method not in {"GET", "HEAD"}
    unsigned = guarded and case.names[1] != "1"
    expected = "csrf_header_missing" if unsigned else "cross_site_request"
    return None if code == expected else f"refused as {code}"


async def faults_of(house: House, route: str, chosen: list[Case], cookies: Headers) -> list[str]:
    """Send the cases; return the names of those that are told apart wrongly."""
    found: list[str] = []
    for case in chosen:
        headers = [*case.headers.items(), *cookies]
        answer = await ask(house.app, case.method, ROUTES[route], headers, BODY)
        wrong = fault(route, case, answer)
        if wrong:
            found.append(f"{name_of(case)}: {wrong}")
    return found


def name_of(case: Case) -> str:
    """Return a cell's name."""
    named = zip(AXES, case.names, strict=True)
    return ", ".join(f"{axis.title} {value}" for axis, value in named)


def of_method(method: str, route: str, *, passing: bool) -> list[Case]:
    """Return cases of a method that may pass, or that may not: what is sent over the wire.

    Every fourth of those that are refused, with another one first for each method and route, and
    all that may pass, which are few where a header decides.
    """
    mine = (case for case in cases() if case.method == method)
    chosen = [case for case in mine if may_pass(route, case) is passing]
    first = (METHODS.index(method) + list(ROUTES).index(route)) % 4
    return chosen if passing else chosen[first::4]


def test_csrf_cells_are_about_this_house() -> None:
    assert OURS == ORIGIN


@pytest.mark.parametrize("route", ROUTES)
def test_csrf_every_single_cell_is_decided_as_it_is_said_here(route: str) -> None:
    decided = {
        case.names: isinstance(
            judge(case.method, ROUTES[route], case.headers, origin=OURS), Allowed
        )
        for case in cases()
    }

    assert decided == {case.names: may_pass(route, case) for case in cases()}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", [*PAGES, *CALLS])
async def test_csrf_no_cell_that_is_refused_does_anything(
    house: House, alice: Browser, route: str, method: str
) -> None:
    reads, begun = house.table.reads, house.provider.count("/par")

    faults = await faults_of(house, route, of_method(method, route, passing=False), alice.cookies())

    assert faults == []
    assert house.runtime.invocations == house.runtime.stops == []
    assert (house.table.reads, house.provider.count("/par")) == (reads, begun)
    assert house.provider.count("/revoke") == 0
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("route", [*PAGES, *CALLS, *OPEN])
async def test_csrf_every_cell_that_may_pass_does(
    house: House, alice: Browser, route: str, method: str
) -> None:
    chosen = of_method(method, route, passing=True)
    if route in OPEN:
        # No header decides there: some of the thousands of cells will do. 11 divides no axis.
        chosen = chosen[::11]

    assert chosen, "nothing of this method may pass: the table has a hole"
    # Nobody's cookies: what passes here ends a session, or begins a turn.
    assert await faults_of(house, route, chosen, ()) == []


HONEST = {
    "/auth/login": {
        "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-User": "?1",
        "Origin": OURS,
    },
    "/auth/sessions": {
        "X-CSRF": "1",
        "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Mode": "cors",
        "Sec-Fetch-Dest": "empty",
        "Origin": OURS,
    },
}


@pytest.mark.parametrize("path", HONEST)
async def test_csrf_an_honest_request_is_let_through(alice: Browser, path: str) -> None:
    answer = await alice.fetch("GET", path, headers=[*HONEST[path].items()])

    assert answer.status in {200, 303}


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, said in HONEST.items() for name in said]
)
@pytest.mark.parametrize("second", ["the same again", "first another", "then another", "nothing"])
async def test_csrf_by_a_header_that_comes_twice(
    alice: Browser, path: str, name: str, second: str
) -> None:
    # A proxy in between may have read the one, and we the other.
    value = HONEST[path][name]
    values = {
        "the same again": [value, value],
        "first another": ["cross-site", value],
        "then another": [value, "cross-site"],
        "nothing": [value, ""],
    }[second]
    others = [pair for pair in HONEST[path].items() if pair[0] != name]

    answer = await alice.fetch("GET", path, headers=[*others, *((name, v) for v in values)])

    expected = "csrf_header_missing" if name == "X-CSRF" else "cross_site_request"
    assert (answer.status, answer.json["code"]) == (403, expected)
    assert answer.every("set-cookie") == []
