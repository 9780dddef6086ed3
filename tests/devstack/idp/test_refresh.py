"""Refresh tokens: new ones for old ones, and what happens to a thief (RFC 9700 §4.14)."""

from pathlib import Path

import httpx

from idp_client.process import running
from idp_client.relying_party import RelyingParty


def test_a_refresh_gives_new_tokens_of_the_same_person(party: RelyingParty) -> None:
    first = party.tokens("bob@acme.test")

    second = party.refresh(first["refresh_token"]).json()

    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    before = party.verified(first["id_token"]).claims
    after = party.verified(second["id_token"]).claims
    for name in ("sub", "tenant_id", "sid", "auth_time", "acr", "email"):
        assert after[name] == before[name]
    assert party.verified(second["access_token"]).claims["tenant_id"] == "acme"


def test_an_old_refresh_token_used_again_ends_the_family(party: RelyingParty) -> None:
    stolen = party.tokens()["refresh_token"]
    current = party.refresh(stolen).json()["refresh_token"]

    replay = party.refresh(stolen)

    assert replay.status_code == 400
    assert replay.json()["error"] == "invalid_grant"
    assert party.refresh(current).json()["error"] == "invalid_grant"


def test_reuse_ends_one_login_and_not_the_person_s_other_ones(party: RelyingParty) -> None:
    stolen = party.tokens()["refresh_token"]
    code = httpx.URL(party.browser.get(party.link()).headers["location"]).params["code"]
    other = party.redeem(code).json()["refresh_token"]
    party.refresh(stolen)
    party.refresh(stolen)

    assert party.refresh(other).status_code == 200


def test_a_refresh_token_of_another_client_is_refused(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]

    answer = party.refresh(token, Authorization="Basic bm9ib2R5Om5vdGhpbmc=")

    assert answer.status_code == 401
    assert party.refresh(token).status_code == 200


def test_without_rotation_the_refresh_token_stays(log: Path, browser: httpx.Client) -> None:
    with running(log, "--port", "0", "--no-rotation") as provider:
        party = RelyingParty(issuer=provider.issuer, browser=browser)
        token = party.tokens()["refresh_token"]

        assert party.refresh(token).json()["refresh_token"] == token
        assert party.refresh(token).status_code == 200


def test_lifetimes_are_as_asked_for(log: Path, browser: httpx.Client) -> None:
    with running(log, "--port", "0", "--access-ttl", "7", "--refresh-ttl", "1000") as provider:
        party = RelyingParty(issuer=provider.issuer, browser=browser)
        tokens = party.tokens()
        claims = party.verified(tokens["access_token"]).claims
        told = party.post("/token/introspection", {"token": tokens["refresh_token"]}).json()

    assert claims["exp"] - claims["iat"] == 7
    assert told["exp"] - told["iat"] == 1000


def test_without_refresh_tokens_a_login_gives_none(log: Path, browser: httpx.Client) -> None:
    with running(log, "--port", "0", "--no-refresh-tokens") as provider:
        party = RelyingParty(issuer=provider.issuer, browser=browser)

        assert "refresh_token" not in party.tokens()
