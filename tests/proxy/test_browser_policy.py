"""The browser defence, cell by cell."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.browser_policy import Allowed, CrossSite, CsrfHeaderMissing, Refused, judge

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


def verdict(
    method: str, path: str, **given: str | None
) -> type[Allowed | CrossSite | CsrfHeaderMissing]:
    """Return what became of a request: Allowed, or the class of the refusal."""
    names = {"csrf": "x-csrf", "site": "sec-fetch-site", "dest": "sec-fetch-dest"}
    headers = {names.get(k, k): v for k, v in given.items() if v is not None}
    found = judge(method, path, headers, origin=ORIGIN)
    return type(found.error) if isinstance(found, Refused) else Allowed  # type: ignore[return-value] # both errors


def expected(csrf: str | None, site: str | None, origin: str | None, referer: str | None) -> type:
    """Say what the published table says."""
    if csrf != "1":
        return CsrfHeaderMissing
    if site is not None:
        return Allowed if site == "same-origin" else CrossSite
    if origin is not None:
        return Allowed if origin == ORIGIN else CrossSite
    return Allowed if referer == f"{ORIGIN}/chat" else CrossSite


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize("method", METHODS)
def test_every_cell_of_the_table(method: str, path: str) -> None:
    for csrf, site, origin, referer in product(HEADERS, SITES, ORIGINS, REFERERS):
        found = verdict(method, path, csrf=csrf, site=site, origin=origin, referer=referer)

        assert found is expected(csrf, site, origin, referer), (csrf, site, origin, referer)


@pytest.mark.parametrize("path", NAVIGATIONS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("site", SITES)
def test_a_navigation_needs_no_header_wherever_it_comes_from(
    method: str, path: str, site: str | None
) -> None:
    assert verdict(method, path, site=site, dest="document") is Allowed
    assert verdict(method, path, site=site) is Allowed


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


@given(site=st.text(max_size=20).filter(lambda site: site != "same-origin"))
def test_only_one_word_of_the_browser_opens_the_gate(site: str) -> None:
    assert verdict("POST", "/api/x", csrf="1", site=site, origin=ORIGIN) is CrossSite


@given(origin=st.text(max_size=40).filter(lambda origin: origin != ORIGIN))
def test_only_our_own_origin_opens_the_gate(origin: str) -> None:
    assert verdict("POST", "/api/x", csrf="1", origin=origin, referer=f"{ORIGIN}/") is CrossSite


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
