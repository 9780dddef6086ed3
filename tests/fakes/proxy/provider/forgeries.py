"""ID tokens as forgers make them: wrong claims rightly signed, and right claims wrongly signed."""

import json
from collections.abc import Callable

import pytest

from bff.provider.compact import MAX_DEPTH
from bff.provider.id_token import LEEWAY_S, MAX_AGE_S, MAX_DATE
from fakes.clock import NOW
from fakes.proxy.provider.idp import CLIENT_ID
from fakes.proxy.provider.party import ISSUER
from fakes.proxy.provider.tokens import (
    Claims,
    SigningKey,
    ec_key,
    half_hash,
    public,
    rsa_key,
    signed,
    signed_by_hand,
    signed_parts,
    signed_text,
    signed_with_public_key,
    unsigned,
)

Forger = Callable[[Claims, SigningKey], str]
"""Makes a token of claims and the provider's key, or rather of something else."""

REFUSED_CLAIMS = [
    pytest.param({"iss": None}, id="no issuer"),
    pytest.param({"iss": ISSUER + "/"}, id="issuer with a slash more"),
    pytest.param({"iss": "https://login.evil.test"}, id="another issuer"),
    pytest.param({"iss": ""}, id="empty issuer"),
    pytest.param({"iss": [ISSUER]}, id="list of issuers"),
    pytest.param({"aud": None}, id="no audience"),
    pytest.param({"aud": "another-client"}, id="another audience"),
    pytest.param({"aud": ["another-client"]}, id="list of other audiences"),
    pytest.param({"aud": []}, id="empty list of audiences"),
    pytest.param({"aud": {CLIENT_ID: True}}, id="audience of a wrong type"),
    pytest.param({"aud": 7}, id="numeric audience"),
    pytest.param({"aud": [CLIENT_ID, "another-client"]}, id="two audiences and no azp"),
    pytest.param({"azp": "another-client"}, id="authorized party is another"),
    pytest.param(
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"}, id="two, azp is another"
    ),
    pytest.param({"sub": None}, id="no subject"),
    pytest.param({"sub": ""}, id="empty subject"),
    pytest.param({"sub": 7}, id="numeric subject"),
    pytest.param({"sub": "x" * 256}, id="endless subject"),
    pytest.param({"nonce": None}, id="no nonce"),
    pytest.param({"nonce": "another"}, id="another nonce"),
    pytest.param({"nonce": ""}, id="empty nonce"),
    pytest.param({"nonce": ["the-nonce-of-the-attempt"]}, id="list of nonces"),
    pytest.param({"exp": None}, id="no expiry"),
    pytest.param({"exp": NOW - LEEWAY_S}, id="expired beyond the leeway"),
    pytest.param({"exp": -1}, id="negative expiry"),
    pytest.param({"exp": str(NOW + 300)}, id="expiry as text"),
    pytest.param({"exp": True}, id="expiry as a boolean"),
    pytest.param({"exp": [NOW + 300]}, id="expiry as a list"),
    pytest.param({"exp": float("nan")}, id="expiry is not a number"),
    pytest.param({"nbf": NOW + LEEWAY_S + 1}, id="not yet valid"),
    pytest.param({"nbf": "now"}, id="not before as text"),
    pytest.param({"nbf": False}, id="not before as a boolean"),
    pytest.param({"iat": None}, id="no time of issue"),
    pytest.param({"iat": NOW + LEEWAY_S + 1}, id="issued in the future"),
    pytest.param({"iat": str(NOW)}, id="time of issue as text"),
    pytest.param({"iat": True}, id="time of issue as a boolean"),
    pytest.param({"iat": 1e300}, id="issued at 1e300"),
    pytest.param({"iat": float("inf")}, id="issued at infinity"),
    pytest.param({"auth_time": "yesterday"}, id="time of login as text"),
    pytest.param({"at_hash": half_hash("another-token")}, id="at_hash of another access token"),
    pytest.param({"at_hash": "x"}, id="at_hash that is none"),
    pytest.param({"amr": "pwd"}, id="amr that is no list"),
    pytest.param({"exp": 1e300}, id="expires at 1e300"),
    pytest.param({"exp": MAX_DATE + 2}, id="expires after the end of time"),
    pytest.param({"iat": -1}, id="issued before the beginning of time"),
    pytest.param({"iat": NOW - MAX_AGE_S - 1}, id="issued too long ago for an answer"),
    pytest.param({"auth_time": True}, id="time of login as a boolean"),
    pytest.param({"auth_time": float("inf")}, id="time of login at infinity"),
    pytest.param({"auth_time": -1}, id="negative time of login"),
    pytest.param({"nbf": 1e300}, id="valid from 1e300"),
    pytest.param({"sub": "ali\u0441e"}, id="subject that only looks like another"),
    pytest.param({"sub": "alice\n"}, id="subject with a line end"),
    pytest.param({"sub": ["alice"]}, id="list of subjects"),
    pytest.param({"azp": [CLIENT_ID]}, id="list of authorized parties"),
    pytest.param({"acr": 2}, id="numeric acr"),
    pytest.param({"sid": 7}, id="numeric sid"),
    pytest.param({"events": {}}, id="security event"),
    pytest.param({"aud": [CLIENT_ID, CLIENT_ID]}, id="us, twice"),
    pytest.param({"aud": [[CLIENT_ID]]}, id="nested audience"),
]
"""Changes to the claims of a right token, each of which makes it a wrong one."""


def unsigned_as(algorithm: str) -> Forger:
    """Return a forger of tokens that say this algorithm and are not signed."""

    def forge(claims: Claims, _: SigningKey) -> str:
        return unsigned(claims, algorithm)

    return forge


def by_a_stranger(claims: Claims, _: SigningKey) -> str:
    """Sign with a stranger's key under the provider's key id."""
    return signed(claims, rsa_key("a-stranger"), kid="rsa-1")


def with_the_public_key(claims: Claims, _: SigningKey) -> str:
    """Make a shared secret of the public key, which everybody has."""
    return signed_with_public_key(claims, rsa_key())


def changed_after_signing(claims: Claims, key: SigningKey) -> str:
    """Put other claims under a right signature."""
    head, _, mac = signed(claims, key).split(".")
    body = signed(claims | {"sub": "mallory"}, key).split(".")[1]
    return f"{head}.{body}.{mac}"


def without_signature(claims: Claims, key: SigningKey) -> str:
    """Cut the signature off."""
    return signed(claims, key).rpartition(".")[0] + "."


def twice_signed(claims: Claims, key: SigningKey) -> str:
    """Add a fourth part."""
    return signed(claims, key) + ".x"


def by_the_wrong_kind_of_key(claims: Claims, _: SigningKey) -> str:
    """Sign with another kind of key under the same id."""
    return signed(claims, ec_key(), kid="rsa-1")


def with_a_critical_extension(claims: Claims, key: SigningKey) -> str:
    """Demand that an extension is understood which nobody knows."""
    return signed_by_hand({"alg": "RS256", "kid": "rsa-1", "crit": ["x"], "x": 1}, claims, key)


def with_header(**members: object) -> Forger:
    """Return a forger with these members in the header."""

    def forge(claims: Claims, key: SigningKey) -> str:
        return signed_by_hand({"alg": "RS256", "kid": "rsa-1", **members}, claims, key)

    return forge


def by_a_key_of_its_own(claims: Claims, _: SigningKey) -> str:
    """Bring the key along, and say where more are."""
    (own,) = public(rsa_key("a-stranger"))
    header = {"alg": "RS256", "kid": "rsa-1", "jwk": own, "jku": "https://evil.test/jwks"}
    return signed_by_hand(header, claims, rsa_key("a-stranger"))


def with_two_subjects(claims: Claims, key: SigningKey) -> str:
    """Name two subjects: readers differ in which of them counts."""
    text = json.dumps(claims).replace('"sub"', '"sub": "mallory", "sub"')
    return signed_text({"alg": "RS256", "kid": "rsa-1"}, text, key)


def with_two_algorithms(claims: Claims, key: SigningKey) -> str:
    """Name two algorithms."""
    head = b'{"alg": "none", "kid": "rsa-1", "alg": "RS256"}'
    return signed_parts(head, json.dumps(claims).encode(), key)


def with_a_deep_claim(claims: Claims, key: SigningKey) -> str:
    """Nest a claim deeper than a reader may follow; the claims are a level themselves."""
    deep = nested(MAX_DEPTH)
    return signed_by_hand({"alg": "RS256", "kid": "rsa-1"}, claims | {"deep": deep}, key)


def nested(levels: int) -> object:
    """Return lists within lists."""
    deep: object = "x"
    for _ in range(levels):
        deep = [deep]
    return deep


def with_padding(claims: Claims, key: SigningKey) -> str:
    """Add padding, which compact tokens have none of."""
    return signed(claims, key) + "="


def in_another_alphabet(claims: Claims, key: SigningKey) -> str:
    """Write base64 where base64url is meant."""
    return signed(claims, key).replace("_", "/").replace("-", "+") + "/"


def with_white_space(claims: Claims, key: SigningKey) -> str:
    """Add a line end."""
    return signed(claims, key) + "\n"


FORGERIES = [
    pytest.param(with_header(typ="logout+jwt"), id="a logout token"),
    pytest.param(with_header(typ="at+jwt"), id="an access token"),
    pytest.param(with_header(typ="application/secevent+jwt"), id="a security event token"),
    pytest.param(with_header(typ=7), id="numeric typ"),
    pytest.param(with_header(b64=False), id="payload that is not encoded"),
    pytest.param(with_header(b64=True), id="b64, though true"),
    pytest.param(with_header(crit=[]), id="empty list of critical extensions"),
    pytest.param(with_header(kid=["rsa-1"]), id="list of key ids"),
    pytest.param(by_a_key_of_its_own, id="brings its own key along"),
    pytest.param(with_two_subjects, id="two subjects"),
    pytest.param(with_two_algorithms, id="two algorithms"),
    pytest.param(with_a_deep_claim, id="deep claim"),
    pytest.param(with_padding, id="padding"),
    pytest.param(in_another_alphabet, id="another alphabet"),
    pytest.param(with_white_space, id="line end behind it"),
    pytest.param(unsigned_as("none"), id="alg none"),
    pytest.param(unsigned_as("None"), id="alg None"),
    pytest.param(unsigned_as("NONE"), id="alg NONE"),
    pytest.param(unsigned_as("RS256"), id="RS256 and no signature"),
    pytest.param(unsigned_as("HS256"), id="HS256 and no signature"),
    pytest.param(with_the_public_key, id="HS256 with the public key"),
    pytest.param(by_a_stranger, id="a stranger's key under our key's name"),
    pytest.param(by_the_wrong_kind_of_key, id="ES256 under the name of an RSA key"),
    pytest.param(changed_after_signing, id="changed after signing"),
    pytest.param(without_signature, id="signature cut off"),
    pytest.param(twice_signed, id="four parts"),
    pytest.param(with_a_critical_extension, id="unknown critical extension"),
]
"""Makers of tokens that no provider made."""
