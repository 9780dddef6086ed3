"""How the application shows that it is itself."""

import time
from pathlib import Path

import httpx
import pytest
from joserfc import jwk, jwt

from idp_client.process import CLIENT_SECRET, running
from idp_client.relying_party import CALLBACK, RelyingParty, basic

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def assertion(key: jwk.RSAKey, audience: str, **changes: object) -> str:
    """Return a client assertion (RFC 7523 §3)."""
    now = int(time.time())  # noqa: TID251 the provider compares it with its own clock
    claims = {
        "iss": "gatehouse-jwt",
        "sub": "gatehouse-jwt",
        "aud": audience,
        "jti": f"{now}-{time.monotonic_ns()}",
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


@pytest.fixture
def keyed(party: RelyingParty) -> RelyingParty:
    """Return the application as the client that signs."""
    party.headers = {}
    return party


def redeemed(party: RelyingParty, proof: str, code: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": party.verifier,
        "client_assertion_type": ASSERTION,
        "client_assertion": proof,
    }
    return party.post("/token", form)


def test_a_secret_may_come_in_the_form(party: RelyingParty) -> None:
    code = party.login()["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": party.verifier,
        "client_id": "gatehouse",
        "client_secret": CLIENT_SECRET,
    }

    assert httpx.post(f"{party.issuer}/token", data=form, timeout=5).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(basic(secret="wrong"), id="wrong-secret"),
        pytest.param(basic(client_id="somebody"), id="unknown-client"),
        pytest.param({}, id="nothing"),
    ],
)
def test_who_is_not_the_client_gets_nothing(party: RelyingParty, headers: dict[str, str]) -> None:
    code = party.login()["code"]
    party.headers = headers

    answer = party.redeem(code)

    assert answer.status_code in {400, 401}
    assert "access_token" not in answer.text


@pytest.mark.parametrize("audience", ["", "/token"])
def test_a_signed_assertion_works_once(
    keyed: RelyingParty, client_key: jwk.RSAKey, audience: str
) -> None:
    code = keyed.login(client_id="gatehouse-jwt")["code"]
    proof = assertion(client_key, f"{keyed.issuer}{audience}")

    answer = redeemed(keyed, proof, code)

    assert answer.status_code == 200
    assert keyed.verified(answer.json()["id_token"]).claims["aud"] == "gatehouse-jwt"
    assert redeemed(keyed, proof, code).json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": "http://127.0.0.1:1"}, id="for-another-provider"),
        pytest.param({"exp": 1}, id="over"),
        pytest.param({"iss": "gatehouse"}, id="of-another-client"),
    ],
)
def test_a_wrong_assertion_is_refused(
    keyed: RelyingParty, client_key: jwk.RSAKey, changes: dict[str, object]
) -> None:
    code = keyed.login(client_id="gatehouse-jwt")["code"]

    answer = redeemed(keyed, assertion(client_key, keyed.issuer, **changes), code)

    assert answer.json()["error"] == "invalid_client"


def test_an_assertion_of_a_foreign_key_is_refused(keyed: RelyingParty) -> None:
    code = keyed.login(client_id="gatehouse-jwt")["code"]
    foreign = jwk.RSAKey.generate_key(2048, {"kid": "client-key"})

    answer = redeemed(keyed, assertion(foreign, keyed.issuer), code)

    assert answer.json()["error"] == "invalid_client"


def test_every_given_origin_can_be_returned_to(log: Path, browser: httpx.Client) -> None:
    origins = ["http://localhost:8000", "http://localhost:8123"]
    options = [option for origin in origins for option in ("--bff", origin)]
    with running(log, "--port", "0", *options) as provider:
        party = RelyingParty(issuer=provider.issuer, browser=browser)

        for origin in origins:
            answer = browser.get(party.link(redirect_uri=f"{origin}/auth/callback"))
            assert answer.status_code == 303
        refused = browser.get(party.link(redirect_uri="http://localhost:8001/auth/callback"))

    assert refused.status_code == 400
