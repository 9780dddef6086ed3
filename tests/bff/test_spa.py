"""The app in the browser: its files, their policy, and no others."""

from pathlib import Path

import pytest

from bff.spa import CONTENT_SECURITY_POLICY, load_spa
from fakes.proxy.browser import Browser
from fakes.proxy.house import INDEX, House

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}


def test_the_policy_is_strict() -> None:
    parts = [part.strip().partition(" ") for part in CONTENT_SECURITY_POLICY.split(";")]
    found = {name: value for name, _, value in parts}

    assert POLICY.items() <= found.items()
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("path", ["/", "/index.html", "/chats/7", "/authors", "/a.b/c", "//x"])
async def test_every_other_path_is_the_app(browser: Browser, path: str) -> None:
    answer = await browser.navigate(path)

    assert (answer.status, answer.body) == (200, INDEX)
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert answer.header("content-security-policy") == CONTENT_SECURITY_POLICY
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("referrer-policy") == "no-referrer"
    assert answer.header("cross-origin-opener-policy") == "same-origin"
    assert answer.header("cross-origin-resource-policy") == "same-origin"
    assert answer.header("cache-control") == "no-cache"
    assert answer.every("set-cookie") == []


async def test_an_asset_is_kept_for_ever(browser: Browser) -> None:
    answer = await browser.navigate("/assets/app.js")

    assert answer.body == b"export {}\n"
    assert (answer.header("content-type") or "").startswith(
        ("text/javascript", "application/javascript")
    )
    assert answer.header("cache-control") == "public, max-age=31536000, immutable"


TRAVERSALS = [
    "/../registry.toml",
    "/assets/../../registry.toml",
    "/..%2fregistry.toml",
    "/%2e%2e/registry.toml",
    "/%2e%2e%2fregistry.toml",
    "/..%5cregistry.toml",
    "/%252e%252e/registry.toml",
    "/....//registry.toml",
    "/assets/..;/registry.toml",
    "/registry.toml%00.html",
    "//etc/passwd",
    "/etc/passwd",
    "/%2fetc/passwd",
]


@pytest.mark.parametrize("path", TRAVERSALS)
async def test_no_path_leads_out_of_the_folder(browser: Browser, path: str) -> None:
    answer = await browser.navigate(path)

    assert answer.body == INDEX


@pytest.mark.parametrize("path", ["/", "/assets/app.js"])
async def test_head_is_answered_like_get_without_a_body(
    house: House, browser: Browser, path: str
) -> None:
    get = await browser.navigate(path)
    head = await browser.fetch("HEAD", path, headers=())

    assert head.status == 200
    assert head.header("content-length") == str(len(get.body))
    assert head.header("content-security-policy") == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_nothing_is_sent_to_the_app(browser: Browser, method: str) -> None:
    answer = await browser.fetch(method, "/", headers=())

    assert answer.status == 405


async def test_bytes_that_are_no_text_in_the_query_do_not_matter(browser: Browser) -> None:
    answer = await browser.navigate(b"/?\xff")

    assert answer.body == INDEX


async def test_bytes_that_are_no_text_in_the_path_do_not_matter(browser: Browser) -> None:
    assert (await browser.navigate("/%ff%fe")).body == INDEX


@pytest.mark.parametrize("names", [[], ["readme.txt"]])
def test_an_app_that_was_not_built_says_what_to_do(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("x")

    answer = load_spa(tmp_path).answer("/")

    assert answer.status_code == 503
    assert b"make spa" in answer.body
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_a_folder_that_is_not_there_is_an_app_that_was_not_built(tmp_path: Path) -> None:
    assert load_spa(tmp_path / "nowhere").answer("/").status_code == 503


def test_a_file_of_an_unknown_kind_is_bytes(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_bytes(INDEX)
    (tmp_path / "thing.unheard-of").write_bytes(b"x")

    answer = load_spa(tmp_path).answer("/thing.unheard-of")

    assert answer.headers["content-type"] == "application/octet-stream"
