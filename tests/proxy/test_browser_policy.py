"""The browser defence, by what odd headers a request can have.

Each cell of the published table is sent to the application in
tests/attacks/test_browser_policy_cells.py; here is what no browser in its senses sends.
"""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.browser_policy import (
    Allowed,
    CrossSite,
    CsrfHeaderMissing,
    Refused,
    is_of_another_site,
    judge,
)

ORIGIN = "https://app.example"

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "WHATEVER"]
GUARDED = ["/auth/session", "/auth/logout", "/auth/", "/api/agents", "/api/chats/x/stop", "/api/"]
NAVIGATIONS = ["/auth/login", "/auth/callback", "/auth/step-up"]
OPEN = [
    "/",
    "/index.html",
    "/assets/app.js",
    "/healthz",
    "/readyz",
    "/metrics",
    "/authors",
    "/apis",
]
SIGNED = ["/auth/backchannel-logout", "/ssf/events/okta", "/admin/tenants/acme"]

HEADERS = [None, "", "0", "1", "true", "1, 1", " 1", "1 "]
SITES = [
    None,
    "same-origin",
    "same-site",
    "cross-site",
    "none",
    "",
    "SAME-ORIGIN",
    "same-origin, x",
]
ORIGINS = [
    None,
    ORIGIN,
    "https://evil.example",
    "https://sub.app.example",
    "http://app.example",
    "https://app.example:443",
    "https://app.example.evil.example",
    "https://app.example/",
    "null",
    "",
]
REFERERS = [
    None,
    f"{ORIGIN}/chat",
    "https://evil.example/?https://app.example/",
    "https://app.example.evil/",
]


_NAMES = {
    "csrf": "x-csrf",
    "site": "sec-fetch-site",
    "mode": "sec-fetch-mode",
    "dest": "sec-fetch-dest",
    "user": "sec-fetch-user",
    "purpose": "sec-purpose",
    "old_purpose": "purpose",
}


def verdict(
    method: str, path: str, **given: str | None
) -> type[Allowed | CrossSite | CsrfHeaderMissing]:
    """Return what became of a request: Allowed, or the class of the refusal."""
    headers = {_NAMES.get(k, k): v for k, v in given.items() if v is not None}
    found = judge(method, path, headers, origin=ORIGIN)
    return type(found.error) if isinstance(found, Refused) else Allowed  # type: ignore[return-value] # both errors


def expected(csrf: str | None, site: str | None, origin: str | None, referer: str | None) -> type:
    """Say what the published table says."""
    if csrf != "1":
        return CsrfHeaderMissing
    if origin is not None and origin != ORIGIN:
        return CrossSite
    if site is not None:
        return Allowed if site == "same-origin" else CrossSite
    if origin is not None:
        return Allowed
    return Allowed if referer == f"{ORIGIN}/chat" else CrossSite


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize("method", METHODS)
def test_every_cell_of_the_table(method: str, path: str) -> None:
    for csrf, site, origin, referer in product(HEADERS, SITES, ORIGINS, REFERERS):
        found = verdict(method, path, csrf=csrf, site=site, origin=origin, referer=referer)

        assert found is expected(csrf, site, origin, referer), (csrf, site, origin, referer)


@pytest.mark.parametrize("path", NAVIGATIONS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("site", [None, "same-origin", "same-site", "cross-site", "none"])
def test_a_navigation_needs_no_header_wherever_it_comes_from(
    method: str, path: str, site: str | None
) -> None:
    assert verdict(method, path, site=site, mode="navigate", dest="document") is Allowed
    assert verdict(method, path, site=site, mode="navigate", dest="document", user="?1") is Allowed
    assert verdict(method, path, site=site, dest="document") is Allowed
    assert verdict(method, path, site=site) is Allowed


@pytest.mark.parametrize("path", NAVIGATIONS)
@pytest.mark.parametrize("site", ["", "SAME-ORIGIN", "elsewhere", "none, none", " none", "null"])
def test_a_site_that_nobody_knows_is_not_taken_for_another(path: str, site: str) -> None:
    assert verdict("GET", path, site=site) is CrossSite
    assert verdict("GET", path, site=site, origin=ORIGIN) is CrossSite


@pytest.mark.parametrize(
    ("site", "origin", "found"),
    [
        ("same-origin", ORIGIN, Allowed),
        ("same-origin", "https://evil.example", CrossSite),
        ("same-origin", "null", CrossSite),
        ("none", ORIGIN, Allowed),
        ("none", "https://evil.example", CrossSite),
        ("none", "null", CrossSite),
        ("same-site", ORIGIN, CrossSite),
        ("same-site", "https://sub.app.example", Allowed),
        ("cross-site", ORIGIN, CrossSite),
        # A provider's form, whose answer sends the browser here.
        ("cross-site", "https://idp.example", Allowed),
        ("cross-site", "null", Allowed),
        (None, ORIGIN, Allowed),
        (None, "https://idp.example:8443", Allowed),
        (None, "null", Allowed),
    ],
)
def test_a_navigations_origin_may_not_contradict_its_site(
    site: str | None, origin: str, found: type
) -> None:
    assert verdict("GET", "/auth/callback", site=site, origin=origin) is found
    assert verdict("GET", "/auth/callback/acme", site=site, origin=origin) is found


@pytest.mark.parametrize("site", [None, "cross-site", "same-origin"])
@pytest.mark.parametrize(
    "origin",
    ["", "idp.example", "https://", "https://a.example, https://b.example", "https://a.example/"],
)
def test_a_navigations_origin_is_one_origin(site: str | None, origin: str) -> None:
    assert verdict("GET", "/auth/login", site=site, origin=origin) is CrossSite
    assert verdict("GET", "/auth/login", site=site, origin=f"{origin} null") is CrossSite


@pytest.mark.parametrize("mode", ["cors", "no-cors", "same-origin", "websocket", "", "Navigate"])
def test_no_login_is_begun_by_a_fetch(mode: str) -> None:
    assert verdict("GET", "/auth/login", mode=mode) is CrossSite
    assert verdict("GET", "/auth/login", mode=mode, dest="document") is CrossSite
    assert verdict("GET", "/auth/login", mode=f"navigate, {mode}") is CrossSite


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", "prefetch;anonymous-client"])
def test_no_login_is_begun_before_somebody_goes_there(purpose: str) -> None:
    assert verdict("GET", "/auth/login", purpose=purpose) is CrossSite
    assert verdict("GET", "/auth/login", old_purpose=purpose) is CrossSite
    assert verdict("GET", "/auth/login", purpose="", old_purpose="") is Allowed


SCRIPTED = {"csrf": "1", "site": "same-origin", "origin": ORIGIN}


@pytest.mark.parametrize("mode", [None, "cors", "same-origin"])
@pytest.mark.parametrize("dest", [None, "empty"])
@pytest.mark.parametrize("path", GUARDED)
def test_a_script_of_ours_may_fetch(path: str, mode: str | None, dest: str | None) -> None:
    assert verdict("POST", path, mode=mode, dest=dest, **SCRIPTED) is Allowed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mode", "navigate"),
        ("mode", "no-cors"),
        ("mode", "websocket"),
        ("mode", "cors, cors"),
        ("mode", ""),
        ("dest", "document"),
        ("dest", "iframe"),
        ("dest", "image"),
        ("dest", "serviceworker"),
        ("dest", "empty, empty"),
        ("dest", ""),
        ("user", "?1"),
        ("user", "?0"),
        ("user", ""),
    ],
)
@pytest.mark.parametrize("path", GUARDED)
def test_nothing_but_a_script_can_have_sent_the_header(path: str, name: str, value: str) -> None:
    assert verdict("POST", path, **SCRIPTED, **{name: value}) is CrossSite


@pytest.mark.parametrize("user", ["?0", "", "1", "?1, ?1", "true"])
def test_a_person_went_there_or_the_browser_says_nothing(user: str) -> None:
    assert verdict("GET", "/auth/login", user=user) is CrossSite


@pytest.mark.parametrize("path", NAVIGATIONS)
@pytest.mark.parametrize("dest", ["iframe", "frame", "embed", "object"])
def test_no_login_runs_inside_a_frame(path: str, dest: str) -> None:
    assert verdict("GET", path, dest=dest) is CrossSite
    assert verdict("GET", path, dest=dest, csrf="1", site="same-origin") is CrossSite


@pytest.mark.parametrize("dest", ["fencedframe", "image", "script", "style", "empty"])
def test_no_login_is_begun_by_what_is_no_navigation(dest: str) -> None:
    assert verdict("GET", "/auth/login", dest=dest) is CrossSite


@pytest.mark.parametrize("path", NAVIGATIONS)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_navigations_path_by_another_method_is_guarded(method: str, path: str) -> None:
    assert verdict(method, path, dest="document") is CsrfHeaderMissing


@pytest.mark.parametrize(
    "path", ["/auth/login/", "/auth/login2", "/auth/callback2", "/auth/Login", "/auth//login"]
)
def test_what_only_looks_like_a_navigation_is_guarded(path: str) -> None:
    assert verdict("GET", path, dest="document") is CsrfHeaderMissing


@pytest.mark.parametrize("path", OPEN + SIGNED)
@pytest.mark.parametrize("method", METHODS)
def test_what_takes_no_cookie_is_outside_the_policy(method: str, path: str) -> None:
    assert verdict(method, path, site="cross-site", origin="https://evil.example") is Allowed


@pytest.mark.parametrize("site", [None, "same-origin", "none", "same-site", "cross-site", "x"])
def test_only_our_own_pages_and_the_person_are_not_another_site(site: str | None) -> None:
    headers = {} if site is None else {"sec-fetch-site": site}

    assert is_of_another_site(headers) is (site not in {None, "same-origin", "none"})


@given(site=st.text(max_size=20).filter(lambda site: site != "same-origin"))
def test_only_one_word_of_the_browser_opens_the_gate(site: str) -> None:
    assert verdict("POST", "/api/x", csrf="1", site=site, origin=ORIGIN) is CrossSite


@given(origin=st.text(max_size=40).filter(lambda origin: origin != ORIGIN))
def test_only_our_own_origin_opens_the_gate(origin: str) -> None:
    assert verdict("POST", "/api/x", csrf="1", origin=origin, referer=f"{ORIGIN}/") is CrossSite
    assert verdict("POST", "/api/x", csrf="1", origin=origin, site="same-origin") is CrossSite


@pytest.mark.parametrize(
    ("referer", "found"),
    [
        (f"{ORIGIN}/", Allowed),
        (f"{ORIGIN}/a/b?c#d", Allowed),
        (f"{ORIGIN}", Allowed),
        (f"{ORIGIN}@evil.example/", CrossSite),
        ("https://user@app.example/", CrossSite),
        (f"{ORIGIN}:443/", CrossSite),
        (f"{ORIGIN}.evil.example/", CrossSite),
        ("//app.example/", CrossSite),
        ("/", CrossSite),
        ("", CrossSite),
    ],
)
def test_the_referers_origin_counts_and_nothing_else_of_it(referer: str, found: type) -> None:
    assert verdict("POST", "/api/x", csrf="1", referer=referer) is found


@pytest.mark.parametrize("referer", ["http://[", "https://app.example]/", "http://a\u2100b/"])
def test_a_referer_that_is_no_address_is_refused(referer: str) -> None:
    assert verdict("POST", "/api/x", csrf="1", referer=referer) is CrossSite
