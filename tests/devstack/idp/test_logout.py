"""Logging out at the provider, and telling the application about it."""

from pathlib import Path
from urllib.parse import urlencode

import httpx

from idp_client.login_form import follow, form_of, login_page, sign_out, submit
from idp_client.logout_receiver import Receiver
from idp_client.process import running
from idp_client.relying_party import CALLBACK, HOME, RelyingParty

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def link(party: RelyingParty, **parameters: str) -> str:
    query = {"post_logout_redirect_uri": HOME, "state": "bye", "client_id": "gatehouse"}
    return f"{party.issuer}/session/end?{urlencode({**query, **parameters})}"


def test_a_logout_with_the_id_token_returns_and_ends_the_session(party: RelyingParty) -> None:
    tokens = party.tokens()

    landing = sign_out(party.browser, link(party, id_token_hint=tokens["id_token"]), until=HOME)

    assert str(landing) == f"{HOME}?state=bye"
    assert "Sign in" in login_page(party.browser, party.link(), until=CALLBACK).text


def test_the_page_submits_itself_only_for_the_session_s_own_id_token(party: RelyingParty) -> None:
    tokens = party.tokens()

    sure = party.browser.get(link(party, id_token_hint=tokens["id_token"]))
    unsure = party.browser.get(link(party))

    assert form_of(sure).fields["logout"] == "yes"
    assert ".submit()" in sure.text
    assert "logout" not in form_of(unsure).fields
    assert "<script" not in unsure.text
    assert "Stay signed in" in unsure.text


def test_another_person_s_id_token_does_not_log_out_unasked(
    party: RelyingParty,
) -> None:
    party.tokens()
    with httpx.Client(timeout=5) as other:
        carol = RelyingParty(issuer=party.issuer, browser=other)
        foreign = carol.tokens("carol@globex.test")["id_token"]

    page = party.browser.get(link(party, id_token_hint=foreign))

    assert ".submit()" not in page.text


def test_who_stays_signed_in_is_still_logged_in(party: RelyingParty) -> None:
    party.tokens()
    page = party.browser.get(f"{party.issuer}/session/end")

    submit(party.browser, page, {})

    answer = follow(party.browser, party.browser.get(party.link(prompt="none")), until=CALLBACK)
    assert "code" in httpx.URL(answer.headers["location"]).params


def test_a_foreign_place_to_return_to_is_refused(party: RelyingParty) -> None:
    token = party.tokens()["id_token"]

    answer = party.browser.get(
        link(party, id_token_hint=token, post_logout_redirect_uri="https://evil.example/")
    )

    assert answer.status_code == 400


def test_the_application_is_told_by_a_signed_logout_token(
    party: RelyingParty, receiver: Receiver
) -> None:
    tokens = party.tokens()
    session = party.verified(tokens["id_token"]).claims["sid"]

    sign_out(party.browser, link(party, id_token_hint=tokens["id_token"]), until=HOME)

    token = party.verified(receiver.token())
    assert token.header["typ"] == "logout+jwt"
    assert token.claims["iss"] == party.issuer
    assert token.claims["aud"] == "gatehouse"
    assert token.claims["sub"] == "alice"
    assert token.claims["sid"] == session
    assert token.claims["events"] == {EVENT: {}}
    assert token.claims["jti"]
    assert "nonce" not in token.claims
    assert receiver.is_empty


def test_a_refresh_token_survives_the_logout(party: RelyingParty, receiver: Receiver) -> None:
    tokens = party.tokens()

    sign_out(party.browser, link(party, id_token_hint=tokens["id_token"]), until=HOME)
    receiver.token()

    # As offline_access does in the field: the application has to revoke it.
    assert party.refresh(tokens["refresh_token"]).status_code == 200


def test_an_application_that_is_down_does_not_keep_the_person_logged_in(
    log: Path, browser: httpx.Client
) -> None:
    nowhere = "http://127.0.0.1:9/auth/backchannel-logout"
    with running(log, "--port", "0", "--backchannel", nowhere) as provider:
        party = RelyingParty(issuer=provider.issuer, browser=browser)
        token = party.tokens()["id_token"]

        landing = sign_out(browser, link(party, id_token_hint=token), until=HOME)

    assert str(landing).startswith(HOME)
    assert "back-channel logout of gatehouse was not delivered" in log.read_text()
