"""How we prove ourselves at the provider."""

import base64
import json
from urllib.parse import parse_qs, unquote_plus

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from bff.provider.client_auth import Client, authenticated
from fakes.clock import NOW
from fakes.proxy.provider.tokens import ec_key, rsa_key
from trust.registry.record import ClientAuthMethod
from trust.secret import Secret

URL = "https://login.acme.test/token"
ISSUER = "https://login.acme.test"
FORM = "grant_type=authorization_code&code=abc"
AWKWARD = "s:e%c r+e/t&=é"


def client(method: ClientAuthMethod, credential: str) -> Client:
    return Client(id="our:client", method=method, credential=Secret(credential))


def test_basic_encodes_both_parts_before_it_joins_them() -> None:
    body, headers = authenticated(
        client(ClientAuthMethod.BASIC, AWKWARD), url=URL, audience=ISSUER, form=FORM, now=NOW
    )

    scheme, _, given = headers["Authorization"].partition(" ")
    name, colon, secret = base64.b64decode(given).decode().partition(":")
    assert scheme == "Basic"
    assert colon
    assert (unquote_plus(name), unquote_plus(secret)) == ("our:client", AWKWARD)
    assert body == FORM


def test_post_puts_the_secret_into_the_form() -> None:
    body, headers = authenticated(
        client(ClientAuthMethod.POST, AWKWARD), url=URL, audience=ISSUER, form=FORM, now=NOW
    )

    form = parse_qs(body)
    assert form["client_id"] == ["our:client"]
    assert form["client_secret"] == [AWKWARD]
    assert form["code"] == ["abc"]
    assert "Authorization" not in headers


def private(key: RSAKey | ECKey) -> str:
    return json.dumps(key.as_dict(private=True))


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [pytest.param(rsa_key(), "RS256", id="RSA"), pytest.param(ec_key(), "ES256", id="EC")],
)
def test_a_key_proves_us_by_an_assertion_for_this_provider(
    key: RSAKey | ECKey, algorithm: str
) -> None:
    proven = client(ClientAuthMethod.PRIVATE_KEY_JWT, private(key))
    body, headers = authenticated(proven, url=URL, audience=ISSUER, form=FORM, now=NOW)

    form = parse_qs(body)
    token = jwt.decode(form["client_assertion"][0], key, algorithms=[algorithm])
    assert token.header["kid"] == key.kid
    assert token.claims["iss"] == token.claims["sub"] == "our:client"
    assert token.claims["aud"] == ISSUER
    assert token.claims["exp"] - token.claims["iat"] <= 3600
    assert form["client_assertion_type"] == [
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    ]
    assert form["code"] == ["abc"]
    assert "client_secret" not in form
    assert "Authorization" not in headers


def test_no_assertion_is_sent_twice() -> None:
    proven = client(ClientAuthMethod.PRIVATE_KEY_JWT, private(rsa_key()))
    seen: set[str] = set()
    for _ in range(3):
        body, _ = authenticated(proven, url=URL, audience=ISSUER, form=FORM, now=NOW)
        assertion = parse_qs(body)["client_assertion"][0]
        seen.add(jwt.decode(assertion, rsa_key(), algorithms=["RS256"]).claims["jti"])

    assert len(seen) == 3


def test_a_key_may_be_a_pem_without_a_name() -> None:
    pem = rsa_key().as_pem(private=True).decode()

    body, _ = authenticated(
        client(ClientAuthMethod.PRIVATE_KEY_JWT, pem), url=URL, audience=ISSUER, form=FORM, now=NOW
    )

    assertion = parse_qs(body)["client_assertion"][0]
    assert "kid" not in jwt.decode(assertion, rsa_key(), algorithms=["RS256"]).header


def test_a_client_is_printed_without_its_credential() -> None:
    assert "s3cret" not in repr(client(ClientAuthMethod.BASIC, "s3cret"))
