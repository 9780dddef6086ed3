"""Revoking and introspecting refresh tokens (RFC 7009, RFC 7662)."""

from idp_client.relying_party import RelyingParty


def test_a_live_refresh_token_is_told_to_its_client(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]

    told = party.post("/token/introspection", {"token": token}).json()

    assert told["active"] is True
    assert told["client_id"] == "gatehouse"
    assert told["sub"] == "alice"


def test_a_revoked_refresh_token_is_dead(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]

    answer = party.post("/token/revocation", {"token": token})

    assert answer.status_code == 200
    assert party.refresh(token).json()["error"] == "invalid_grant"
    assert party.post("/token/introspection", {"token": token}).json() == {"active": False}


def test_revoking_the_unknown_is_no_error(party: RelyingParty) -> None:
    assert party.post("/token/revocation", {"token": "nothing"}).status_code == 200


def test_nobody_else_revokes_or_introspects(party: RelyingParty) -> None:
    token = party.tokens()["refresh_token"]
    known, party.headers = party.headers, {}

    for path in ("/token/revocation", "/token/introspection"):
        assert party.post(path, {"token": token}).status_code in {400, 401}

    party.headers = known
    assert party.refresh(token).status_code == 200
