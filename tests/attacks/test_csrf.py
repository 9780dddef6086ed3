"""Cross-site request forgery: no other page acts in the name of a person who is logged in."""

import pytest

from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import SESSION, Browser
from fakes.proxy.house import House

CHAT = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

ACTIONS = [
    ("GET", "/auth/session"),
    ("GET", "/auth/sessions"),
    ("DELETE", "/auth/sessions"),
    ("DELETE", "/auth/sessions/x"),
    ("POST", "/auth/logout"),
    ("GET", "/api/agents"),
    ("GET", "/api/chats"),
    ("DELETE", f"/api/chats/{CHAT}"),
    ("POST", f"/api/chats/{CHAT}/stop"),
    ("POST", "/api/agents/hello/invocations"),
    ("GET", "/api/openapi.json"),
    ("GET", "/api/nothing"),
    ("HEAD", "/api/agents"),
    ("OPTIONS", "/api/agents"),
]

Headers = list[tuple[str, str]]

FORGERIES: dict[str, tuple[Headers, str]] = {
    "a plain form": ([("Origin", "https://evil.example")], "csrf_header_missing"),
    "a form of our own origin": (
        [("Origin", "https://app.example"), ("Sec-Fetch-Site", "same-origin")],
        "csrf_header_missing",
    ),
    "an image": (
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "image")],
        "csrf_header_missing",
    ),
    "a script of another site": (
        [("X-CSRF", "1"), ("Sec-Fetch-Site", "cross-site")],
        "cross_site_request",
    ),
    "a sibling domain": ([("X-CSRF", "1"), ("Sec-Fetch-Site", "same-site")], "cross_site_request"),
    "a bookmark": ([("X-CSRF", "1"), ("Sec-Fetch-Site", "none")], "cross_site_request"),
    "an old browser on another site": (
        [("X-CSRF", "1"), ("Origin", "https://evil.example")],
        "cross_site_request",
    ),
    "a sandboxed frame": ([("X-CSRF", "1"), ("Origin", "null")], "cross_site_request"),
    "no word of where from": ([("X-CSRF", "1")], "cross_site_request"),
    "a lie in a second header": (
        [("X-CSRF", "1"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-origin")],
        "cross_site_request",
    ),
    "an underscore for a hyphen": (
        [("X_CSRF", "1"), ("Sec-Fetch-Site", "same-origin")],
        "csrf_header_missing",
    ),
    "another value": (
        [("X-CSRF", "true"), ("Sec-Fetch-Site", "same-origin")],
        "csrf_header_missing",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_csrf_by(house: House, alice: Browser, forgery: str) -> None:
    headers, code = FORGERIES[forgery]
    for method, path in ACTIONS:
        answer = await alice.fetch(method, path, headers=headers, body=b'{"prompt": "hi"}')

        assert answer.status == 403, path
        assert problem_of(answer)["code"] == code, path
        assert answer.every("set-cookie") == []
        assert not [name for name, _ in answer.headers if name.startswith("access-control-")]
    assert house.runtime.invocations == house.runtime.stops == []
    assert house.provider.count("/revoke") == 0
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
async def test_csrf_by_a_form_whose_body_is_json(
    house: House, alice: Browser, kind: str | None
) -> None:
    headers = [] if kind is None else [("Content-Type", kind)]

    answer = await alice.fetch(
        "POST", "/api/agents/hello/invocations", headers=headers, body=b'{"prompt": "hi"}'
    )

    assert problem_of(answer)["code"] == "csrf_header_missing"
    assert house.runtime.invocations == []


@pytest.mark.parametrize("path", ["/auth/../auth/logout", "//auth/logout", "/AUTH/logout"])
async def test_csrf_by_another_spelling_of_the_path(alice: Browser, path: str) -> None:
    answer = await alice.fetch("POST", path, headers=())

    assert answer.status in {403, 404, 405}
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


@pytest.mark.parametrize(
    "path",
    ["/auth/backchannel-logout/../logout", "/auth/backchannel-logout", "/ssf/x", "/admin/x"],
)
async def test_csrf_by_way_of_the_calls_that_need_no_header(alice: Browser, path: str) -> None:
    answer = await alice.fetch("POST", path, headers=())

    assert answer.status in {400, 404, 405}
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


@pytest.mark.parametrize("override", ["X-HTTP-Method-Override", "X-Method-Override"])
async def test_csrf_by_a_method_that_is_another(alice: Browser, override: str) -> None:
    await alice.navigate("/auth/login", headers=[(override, "POST")])

    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_csrf_a_strict_cookie_stays_behind_anyway(alice: Browser) -> None:
    (rounds,) = alice.cookies(cross_site=True)
    assert SESSION not in rounds[1]
