"""Token exchange (RFC 8693)."""

from pathlib import Path

import httpx
import pytest
from joserfc import jwk

from idp_client.dpop import proof
from idp_client.process import running
from idp_client.relying_party import RelyingParty

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
LEDGER = "urn:gatehouse:agent:ledger"


def request(subject: str, **changes: str) -> dict[str, str]:
    form = {
        "grant_type": GRANT,
        "subject_token": subject,
        "subject_token_type": ACCESS_TOKEN,
        "audience": LEDGER,
        **changes,
    }
    return {name: value for name, value in form.items() if value}


def test_an_exchanged_token_is_for_its_audience_and_names_the_actor(party: RelyingParty) -> None:
    subject = party.tokens()["access_token"]

    answer = party.post("/token", request(subject)).json()

    assert answer["issued_token_type"] == ACCESS_TOKEN
    assert "refresh_token" not in answer
    token = party.verified(answer["access_token"])
    assert token.header["typ"] == "at+jwt"
    assert token.claims["aud"] == LEDGER
    assert token.claims["sub"] == "alice"
    assert token.claims["tenant_id"] == "acme"
    assert token.claims["act"] == {"sub": "gatehouse"}


def test_an_exchanged_token_does_not_outlive_its_subject(log: Path, browser: httpx.Client) -> None:
    keys = ("--keys", str(log.with_name("keys.json")))
    with running(log, "--port", "0", "--access-ttl", "60", *keys) as first:
        party = RelyingParty(issuer=first.issuer, browser=browser)
        subject = party.tokens()["access_token"]
        port = str(httpx.URL(first.issuer).port)

    with running(log, "--port", port, "--access-ttl", "3600", *keys):
        answer = party.post("/token", request(subject)).json()
        claims = party.verified(answer["access_token"]).claims

        assert claims["exp"] <= party.verified(subject).claims["exp"]
        assert answer["expires_in"] <= 60


def test_a_token_of_another_issuer_is_refused(log: Path, browser: httpx.Client) -> None:
    keys = ("--keys", str(log.with_name("keys.json")))
    with running(log, "--port", "0", *keys) as one:
        subject = RelyingParty(issuer=one.issuer, browser=browser).tokens()["access_token"]
        # The same keys, so that the signature alone would pass.
        with running(log, "--port", "0", *keys) as other:
            party = RelyingParty(issuer=other.issuer, browser=browser)

            assert party.post("/token", request(subject)).json()["error"] == "invalid_request"


def test_an_exchanged_token_reads_no_userinfo(party: RelyingParty) -> None:
    subject = party.tokens()["access_token"]
    token = party.post("/token", request(subject)).json()["access_token"]

    answer = httpx.get(
        f"{party.issuer}/me", headers={"Authorization": f"Bearer {token}"}, timeout=5
    )

    assert answer.status_code == 401


def test_a_bound_token_is_not_exchanged_for_an_unbound_one(party: RelyingParty) -> None:
    key = jwk.ECKey.generate_key("P-256")
    proven = proof(key, method="POST", url=f"{party.issuer}/token")
    subject = party.redeem(party.login()["code"], DPoP=proven).json()["access_token"]

    assert party.post("/token", request(subject)).json()["error"] == "invalid_request"


def test_an_actor_s_token_names_the_actor(party: RelyingParty) -> None:
    subject = party.tokens()["access_token"]
    party.browser.cookies.clear()
    actor = party.tokens("bob@acme.test")["access_token"]

    form = request(subject, actor_token=actor, actor_token_type=ACCESS_TOKEN)
    token = party.post("/token", form).json()["access_token"]

    assert party.verified(token).claims["act"] == {"sub": "bob"}


def test_a_second_exchange_keeps_the_chain_of_actors(party: RelyingParty) -> None:
    subject = party.tokens()["access_token"]
    once = party.post("/token", request(subject)).json()["access_token"]

    twice = party.post("/token", request(once, audience="urn:gatehouse:agent:hello")).json()

    act = party.verified(twice["access_token"]).claims["act"]
    assert act == {"sub": "gatehouse", "act": {"sub": "gatehouse"}}


def test_the_scope_can_become_less(party: RelyingParty) -> None:
    subject = party.tokens()["access_token"]

    answer = party.post("/token", request(subject, scope="email")).json()

    assert answer["scope"] == "email"
    assert party.verified(answer["access_token"]).claims["scope"] == "email"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"scope": "openid admin"}, "invalid_scope", id="more-scope"),
        pytest.param({"audience": "urn:gatehouse:agent:../x"}, "invalid_target", id="bad-audience"),
        pytest.param({"audience": ""}, "invalid_target", id="no-audience"),
        pytest.param({"subject_token": "not.a.token"}, "invalid_request", id="junk"),
        pytest.param({"subject_token": ""}, "invalid_request", id="no-subject"),
        pytest.param(
            {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
            "invalid_request",
            id="id-token",
        ),
        pytest.param({"actor_token": "x"}, "invalid_request", id="actor-of-no-type"),
        pytest.param(
            {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
            "invalid_request",
            id="refresh-token-wanted",
        ),
    ],
)
def test_a_wrong_exchange_is_refused(
    party: RelyingParty, changes: dict[str, str], error: str
) -> None:
    subject = party.tokens()["access_token"]

    answer = party.post("/token", request(subject, **changes))

    assert answer.status_code == 400
    assert answer.json()["error"] == error


def test_an_id_token_passes_for_no_access_token(party: RelyingParty) -> None:
    answer = party.post("/token", request(party.tokens()["id_token"]))

    assert answer.json()["error"] == "invalid_request"


def test_who_is_not_a_client_exchanges_nothing(party: RelyingParty) -> None:
    subject = party.tokens()["access_token"]
    party.headers = {}

    answer = party.post("/token", request(subject))

    assert answer.status_code in {400, 401}
    assert "access_token" not in answer.text
