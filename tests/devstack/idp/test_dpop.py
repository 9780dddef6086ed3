"""Tokens bound to a key (RFC 9449)."""

import httpx
import pytest
from joserfc import jwk

from idp_client.dpop import proof
from idp_client.relying_party import RelyingParty


@pytest.fixture
def key() -> jwk.ECKey:
    """Make a key to bind tokens to."""
    return jwk.ECKey.generate_key("P-256")


def proved(party: RelyingParty, key: jwk.ECKey) -> str:
    return proof(key, method="POST", url=f"{party.issuer}/token")


def me(party: RelyingParty, authorization: str, dpop: str) -> int:
    headers = {"Authorization": authorization, "DPoP": dpop}
    return httpx.get(f"{party.issuer}/me", headers=headers, timeout=5).status_code


def test_a_proof_binds_the_access_token_to_the_key(party: RelyingParty, key: jwk.ECKey) -> None:
    tokens = party.redeem(party.login()["code"], DPoP=proved(party, key)).json()

    assert tokens["token_type"] == "DPoP"
    claims = party.verified(tokens["access_token"]).claims
    assert claims["cnf"] == {"jkt": key.thumbprint()}


def test_a_proof_works_once(party: RelyingParty, key: jwk.ECKey) -> None:
    used = proved(party, key)
    first = party.redeem(party.login()["code"], DPoP=used).json()

    replay = party.refresh(first["refresh_token"], DPoP=used)
    fresh = party.refresh(first["refresh_token"], DPoP=proved(party, key))

    assert replay.json()["error"] == "invalid_grant"
    assert fresh.json()["token_type"] == "DPoP"


def test_a_proof_for_another_endpoint_is_refused(party: RelyingParty, key: jwk.ECKey) -> None:
    foreign = proof(key, method="POST", url=f"{party.issuer}/elsewhere")

    answer = party.redeem(party.login()["code"], DPoP=foreign)

    assert answer.json()["error"] == "invalid_dpop_proof"


def test_userinfo_wants_the_key_of_a_bound_token(party: RelyingParty, key: jwk.ECKey) -> None:
    token = party.redeem(party.login()["code"], DPoP=proved(party, key)).json()["access_token"]
    url = f"{party.issuer}/me"
    thief = jwk.ECKey.generate_key("P-256")

    right = proof(key, method="GET", url=url, access_token=token)
    elsewhere = proof(key, method="GET", url=f"{url}2", access_token=token)

    assert me(party, f"DPoP {token}", right) == 200
    assert me(party, f"Bearer {token}", right) == 401
    assert me(party, f"DPoP {token}", "") == 401
    assert me(party, f"DPoP {token}", elsewhere) == 401
    assert (
        me(party, f"DPoP {token}", proof(thief, method="GET", url=url, access_token=token)) == 401
    )
    assert me(party, f"DPoP {token}", proof(key, method="POST", url=url, access_token=token)) == 401
    assert me(party, f"DPoP {token}", proof(key, method="GET", url=url)) == 401
