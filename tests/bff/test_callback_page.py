"""The pages that end a login: what they run, and what cannot get into them."""

import html
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from bff.login.callback_page import failure_page, onward_page, page_policy
from bff.login.return_path import ReturnPath
from bff.provider.errors import TenantMismatch
from fakes.proxy.browser import DOCUMENT, Browser
from trust.session.errors import AuthenticationTooOld

NONCE = "bm9uY2U"
SCRIPT = re.compile(r"<script nonce=\"[A-Za-z0-9_-]+\">(.*?)</script>", re.DOTALL)

PIECES = ["</script>", "<script>", "<!--", "-->", "</", "<", ">", '"', "'", "&quot;", "&", "\\"]
HOSTILE = st.lists(
    st.sampled_from([*PIECES, "`", "\u2028", "\n", ";", "=", "x", " onclick=x", "%3C/script%3E"]),
    max_size=6,
).map("".join)


@given(HOSTILE)
def test_no_path_gets_out_of_the_script(text: str) -> None:
    # Stronger than needed: the page holds even for what `return_path` would never let through.
    path = ReturnPath("/" + text)

    page = onward_page(path, NONCE)

    (script,) = SCRIPT.findall(page)
    found = re.fullmatch(r"location\.replace\((\".*\")\)", script)
    assert found
    assert json.loads(found.group(1)) == path
    assert page.count("<script") == 1


@given(HOSTILE)
def test_no_path_gets_out_of_its_attribute(text: str) -> None:
    path = ReturnPath("/" + text)

    page = onward_page(path, NONCE)

    (link,) = re.findall(r'<a href="([^"]*)">', page)
    assert html.unescape(link) == path
    (refresh,) = re.findall(r'content="0;url=([^"]*)"', page)
    assert html.unescape(refresh) == path


def test_the_policy_lets_one_script_run_and_nothing_else() -> None:
    assert page_policy(NONCE) == (
        f"default-src 'none'; script-src 'nonce-{NONCE}'; style-src 'nonce-{NONCE}';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    )


async def test_the_page_after_a_login_runs_under_a_nonce_of_its_own(browser: Browser) -> None:
    pages = [await browser.login(), await browser.login()]

    nonces: set[str] = set()
    for page in pages:
        (nonce,) = re.findall(r'<script nonce="([A-Za-z0-9_-]{22})">', page.text)
        assert page.header("content-security-policy") == page_policy(nonce)
        assert page.header("referrer-policy") == "no-referrer"
        assert page.header("cache-control") == "no-store"
        assert page.header("x-content-type-options") == "nosniff"
        assert page.header("content-type") == "text/html; charset=utf-8"
        nonces.add(nonce)
    assert len(nonces) == 2


async def test_the_page_holds_no_code_and_no_state(browser: Browser) -> None:
    location = await browser.begin()
    answered = browser.provider.authorize(location)

    page = await browser.come_back(answered)

    assert answered["code"] not in page.text
    assert answered["state"] not in page.text


def test_a_failure_page_says_what_happened_and_what_to_do() -> None:
    page = failure_page(TenantMismatch("hidden"), request_id="r<1", nonce=NONCE)

    assert "Your account belongs to another organisation." in page
    assert "tenant_mismatch" in page
    assert "r&lt;1" in page
    assert 'href="/auth/login"' in page
    assert "hidden" not in page
    assert "<script" not in page


def test_who_was_cut_off_is_asked_for_the_password() -> None:
    page = failure_page(AuthenticationTooOld("why"), request_id="r", nonce=NONCE)

    assert 'href="/auth/login?prompt=login"' in page


async def test_a_failure_page_is_hardened_too(browser: Browser) -> None:
    page = await browser.navigate("/auth/callback?state=x")

    (nonce,) = re.findall(r'<style nonce="([A-Za-z0-9_-]{22})">', page.text)
    assert page.header("content-security-policy") == page_policy(nonce)
    assert page.status == 400


async def test_a_program_gets_a_document_for_a_page(browser: Browser) -> None:
    answer = await browser.navigate("/auth/callback?state=x", accept=DOCUMENT)

    assert answer.header("content-type") == "application/problem+json"
