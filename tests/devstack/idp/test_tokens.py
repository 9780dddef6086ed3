"""What a code is worth, and what the tokens say."""

import httpx
import pytest

from idp_client.login_form import destination, follow, login_page, submit
from idp_client.process import PASSWORD
from idp_client.relying_party import ALICE, CALLBACK, RelyingParty

PEOPLE = [
    pytest.param("alice@acme.test", "alice", "Alice Archer", "acme", id="alice"),
    pytest.param("bob@acme.test", "bob", "Bob Baker", "acme", id="bob"),
    pytest.param("carol@globex.test", "carol", "Carol Chen", "globex", id="carol"),
]


def me(party: RelyingParty, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{party.issuer}/me", headers=headers, timeout=5)


@pytest.mark.parametrize(("login", "sub", "name", "tenant"), PEOPLE)
def test_the_id_token_says_who_it_is(
    party: RelyingParty, login: str, sub: str, name: str, tenant: str
) -> None:
    claims = party.verified(party.tokens(login)["id_token"]).claims

    expected = {
        "iss": party.issuer,
        "aud": "gatehouse",
        "sub": sub,
        "name": name,
        "email": login,
        "email_verified": True,
        "tenant_id": tenant,
        "nonce": "a-nonce",
        "acr": "urn:gatehouse:acr:password",
    }
    assert {key: claims[key] for key in expected} == expected
    assert claims["sid"]
    assert claims["auth_time"] <= claims["iat"] < claims["exp"]


def test_the_access_token_is_signed_and_names_tenant_and_audience(party: RelyingParty) -> None:
    tokens = party.tokens("carol@globex.test")

    token = party.verified(tokens["access_token"])

    assert token.header["typ"] == "at+jwt"
    assert token.header["alg"] == "RS256"
    assert token.claims["iss"] == party.issuer
    assert token.claims["aud"] == "urn:gatehouse:agents"
    assert token.claims["tenant_id"] == "globex"
    assert token.claims["sub"] == "carol"
    assert token.claims["scope"] == "openid profile email"
    assert token.claims["exp"] - token.claims["iat"] == 300
    assert tokens["token_type"] == "Bearer"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"code_challenge": "", "code_challenge_method": ""}, id="none"),
        pytest.param({"code_challenge_method": "plain"}, id="plain"),
    ],
)
def test_a_request_without_a_hashed_challenge_is_refused(
    party: RelyingParty, changes: dict[str, str]
) -> None:
    answer = party.browser.get(party.link(**changes))

    landing = httpx.URL(destination(answer)).params
    assert landing["error"] == "invalid_request"
    assert landing["iss"] == party.issuer


def test_a_wrong_verifier_is_refused(party: RelyingParty) -> None:
    answer = party.redeem(party.login()["code"], verifier="x" * 43)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"


def test_a_code_works_once_and_its_replay_ends_what_it_gave(party: RelyingParty) -> None:
    code = party.login()["code"]
    refresh_token = party.redeem(code).json()["refresh_token"]

    assert party.redeem(code).json()["error"] == "invalid_grant"
    assert party.refresh(refresh_token).json()["error"] == "invalid_grant"


def test_userinfo_answers_a_signed_access_token(party: RelyingParty) -> None:
    token = party.tokens()["access_token"]

    answer = me(party, token)

    assert answer.json() == {
        "sub": "alice",
        "tenant_id": "acme",
        "name": "Alice Archer",
        "email": ALICE,
        "email_verified": True,
    }


def test_userinfo_tells_no_more_than_the_scope(party: RelyingParty) -> None:
    token = party.tokens(scope="openid")["access_token"]

    answer = me(party, token)

    assert answer.json() == {"sub": "alice", "tenant_id": "acme"}


def test_userinfo_refuses_a_changed_token_and_an_id_token(party: RelyingParty) -> None:
    tokens = party.tokens()
    head, claims, signature = tokens["access_token"].split(".")
    forged = [f"{head}.{claims}.{signature[:-6]}AAAAAA", tokens["id_token"], "not-a-token"]

    for token in forged:
        answer = me(party, token)

        assert answer.status_code == 401
        assert "invalid_token" in answer.headers["www-authenticate"]


def test_userinfo_needs_the_scope_openid(party: RelyingParty) -> None:
    held = party.tokens()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": held, "scope": "email"}
    token = party.post("/token", form).json()["access_token"]

    answer = me(party, token)

    assert answer.status_code == 403
    assert answer.json()["error"] == "insufficient_scope"


def test_a_resource_nobody_knows_is_refused(party: RelyingParty) -> None:
    answer = party.browser.get(party.link(resource="urn:somebody:else"))

    assert httpx.URL(destination(answer)).params["error"] == "invalid_target"


def test_no_web_page_gets_a_token(party: RelyingParty) -> None:
    answer = party.redeem(party.login()["code"], Origin="http://localhost:8000")

    assert "access_token" not in answer.text
    assert "access-control-allow-origin" not in answer.headers


def test_a_pushed_request_logs_in_and_works_once(party: RelyingParty) -> None:
    pushed = party.post("/request", party.request()).json()["request_uri"]
    start = f"{party.issuer}/auth?client_id=gatehouse&request_uri={pushed}"

    page = login_page(party.browser, start, until=CALLBACK)
    answer = submit(party.browser, page, {"login": ALICE, "password": PASSWORD})
    landing = httpx.URL(destination(follow(party.browser, answer, until=CALLBACK)))

    assert party.redeem(landing.params["code"]).status_code == 200
    again = httpx.URL(destination(party.browser.get(start))).params
    assert again["error"] == "invalid_request_uri"


def test_a_pushed_request_needs_the_client(party: RelyingParty) -> None:
    answer = party.post("/request", party.request(), Authorization="Basic Z2F0ZWhvdXNlOng=")

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


def test_the_metadata_names_what_the_tests_use(party: RelyingParty) -> None:
    document = httpx.get(f"{party.issuer}/.well-known/openid-configuration", timeout=5).json()

    assert document["issuer"] == party.issuer
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["response_types_supported"] == ["code"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert document["backchannel_logout_session_supported"] is True
    assert document["pushed_authorization_request_endpoint"] == f"{party.issuer}/request"
    assert document["end_session_endpoint"] == f"{party.issuer}/session/end"
    assert document["revocation_endpoint"] == f"{party.issuer}/token/revocation"
    assert document["introspection_endpoint"] == f"{party.issuer}/token/introspection"
    assert document["dpop_signing_alg_values_supported"]
