"""Logging in at the provider's page."""

import httpx
import pytest

from idp_client.login_form import destination, follow, form_of, login_page, submit
from idp_client.process import PASSWORD
from idp_client.relying_party import ALICE, CALLBACK, RelyingParty


def page(party: RelyingParty, **changes: str) -> httpx.Response:
    return login_page(party.browser, party.link(**changes), until=CALLBACK)


def test_a_login_leads_back_with_code_state_and_issuer(party: RelyingParty) -> None:
    answer = party.login()

    assert answer["code"]
    assert answer["state"] == "a-state"
    assert answer["iss"] == party.issuer


def test_both_fields_of_the_page_have_a_label(party: RelyingParty) -> None:
    form = form_of(page(party))

    assert {"login", "password"} <= form.fields.keys()
    assert form.labelled == {"login", "password"}


def test_the_page_runs_no_foreign_script_and_is_not_kept(party: RelyingParty) -> None:
    headers = page(party).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    # A browser holds form-action against the redirect to the application, too.
    assert "form-action 'self' http://localhost:8000;" in policy
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("login", "password"),
    [
        pytest.param(ALICE, "wrong", id="wrong-password"),
        pytest.param("nobody@acme.test", PASSWORD, id="unknown-person"),
        pytest.param(ALICE, "", id="no-password"),
    ],
)
def test_a_wrong_entry_shows_the_page_again(party: RelyingParty, login: str, password: str) -> None:
    answer = submit(party.browser, page(party), {"login": login, "password": password})

    assert answer.status_code == 403
    assert "The e-mail address or the password is not right." in answer.text
    assert form_of(answer).fields["login"] == login
    assert password not in answer.text or not password


def test_the_page_that_came_again_still_logs_in(party: RelyingParty) -> None:
    again = submit(party.browser, page(party), {"login": ALICE, "password": "wrong"})
    answer = submit(party.browser, again, {"login": ALICE, "password": PASSWORD})

    landing = follow(party.browser, answer, until=CALLBACK)
    assert "code" in httpx.URL(destination(landing)).params


def test_the_case_of_an_address_does_not_matter(party: RelyingParty) -> None:
    assert "code" in party.login(" Alice@ACME.test ")


def test_a_person_can_cancel(party: RelyingParty) -> None:
    answer = submit(party.browser, page(party), {"cancel": "yes"})

    landing = follow(party.browser, answer, until=CALLBACK)
    assert httpx.URL(destination(landing)).params["error"] == "access_denied"


def test_a_hint_is_filled_in_as_text(party: RelyingParty) -> None:
    hint = "\"><script>alert('x')</script>"

    shown = page(party, login_hint=hint)

    assert form_of(shown).fields["login"] == hint
    assert "<script" not in shown.text


def test_a_page_of_another_browser_is_refused(party: RelyingParty) -> None:
    address = page(party).url

    answer = httpx.get(address, timeout=5)

    assert answer.status_code == 400
    assert "has expired" in answer.text


def test_a_giant_form_is_refused(party: RelyingParty) -> None:
    answer = submit(party.browser, page(party), {"login": ALICE, "password": "x" * 100_000})

    assert answer.status_code == 413


def test_prompt_none_without_a_session_asks_nothing(party: RelyingParty) -> None:
    landing = follow(party.browser, party.browser.get(party.link(prompt="none")), until=CALLBACK)

    assert httpx.URL(destination(landing)).params["error"] == "login_required"


@pytest.mark.parametrize("prompt", ["none", "consent", ""])
def test_who_is_logged_in_passes_without_a_page(party: RelyingParty, prompt: str) -> None:
    party.login()

    answer = party.browser.get(party.link(prompt=prompt))

    landing = follow(party.browser, answer, until=CALLBACK)
    assert "code" in httpx.URL(destination(landing)).params


def test_prompt_login_asks_again_and_says_why(party: RelyingParty) -> None:
    party.login()

    assert "Confirm that it is you" in page(party, prompt="login").text


def test_a_stronger_context_asks_for_the_password_once_more(party: RelyingParty) -> None:
    wanted = "urn:gatehouse:acr:confirmed"
    before = party.verified(party.tokens()["id_token"]).claims

    after = party.verified(party.tokens(acr_values=wanted)["id_token"]).claims

    assert before["acr"] == "urn:gatehouse:acr:password"
    assert after["acr"] == wanted


def test_another_person_can_take_over_the_browser(party: RelyingParty) -> None:
    party.login()
    answer = submit(
        party.browser,
        page(party, prompt="login"),
        {"login": "carol@globex.test", "password": PASSWORD},
    )

    # The provider ends the first person's session by a form that submits itself.
    between = follow(party.browser, answer, until=CALLBACK)
    landing = follow(party.browser, submit(party.browser, between, {}), until=CALLBACK)

    code = httpx.URL(destination(landing)).params["code"]
    tokens = party.redeem(code).json()
    assert party.verified(tokens["id_token"]).claims["sub"] == "carol"


def test_an_unregistered_redirect_is_answered_by_a_page(party: RelyingParty) -> None:
    answer = party.browser.get(
        party.link(redirect_uri="https://evil.example/"), headers={"Accept": "text/html"}
    )

    assert answer.status_code == 400
    assert "invalid_redirect_uri" in answer.text
