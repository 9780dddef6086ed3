"""Keys that prove us and sign for us, and the forms that they stand in."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey

from bff.provider.client_auth import Client, authenticated
from bff.provider.local_key import CredentialMalformed, local_signer
from bff.provider.request_object import SKEW_S, signed_request
from fakes.clock import NOW
from fakes.proxy.provider.tokens import ec_key, rsa_entry, rsa_key
from trust.registry.record import ClientAuthMethod
from trust.secret import Secret

ISSUER = "https://login.acme.test"


def private(key: RSAKey | ECKey | OctKey, **members: Any) -> Secret:
    return Secret(json.dumps({**key.as_dict(private=True), **members}))


@pytest.mark.parametrize("key", [rsa_key(), ec_key()], ids=["RSA", "EC"])
def test_a_key_that_can_sign_is_taken(key: RSAKey | ECKey) -> None:
    public = local_signer(private(key)).public_jwk

    assert {name: public[name] for name in key.as_dict(private=False)} == key.as_dict(private=False)


def test_a_key_is_read_once() -> None:
    """Reading an RSA key takes a tenth of a second, and every call to the provider needs it."""
    assert local_signer(private(rsa_key())) is local_signer(private(rsa_key()))


@pytest.mark.parametrize(
    ("credential", "why"),
    [
        pytest.param(private(ECKey.generate_key("P-384")), "P-384", id="another curve"),
        pytest.param(private(ec_key(), use="enc"), "may not sign", id="for encrypting"),
        pytest.param(private(ec_key(), key_ops=["verify"]), "may not sign", id="for verifying"),
        pytest.param(private(rsa_key(), alg="PS256"), "may not sign", id="for PS256"),
        pytest.param(Secret(json.dumps(rsa_entry(2048))), "no private", id="public"),
        pytest.param(private(OctKey.generate_key(256)), "no private", id="shared"),
        pytest.param(Secret("s3cret"), "no private", id="a password"),
        pytest.param(Secret('{"kty": '), "no private", id="half a JWK"),
        pytest.param(Secret(""), "no private", id="nothing"),
    ],
)
def test_a_key_that_cannot_sign_is_found_before_the_first_login(
    credential: Secret, why: str
) -> None:
    with pytest.raises(CredentialMalformed, match=why) as raised:
        local_signer(credential)

    assert "s3cret" not in str(raised.value)


def test_a_short_key_is_not_taken() -> None:
    short = generate_private_key(65537, 1024)  # noqa: S505 to be refused
    pem = short.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    with (
        pytest.warns(SecurityWarning, match="2048"),
        pytest.raises(CredentialMalformed, match="2048"),
    ):
        local_signer(Secret(pem))


@pytest.mark.parametrize("method", [ClientAuthMethod.POST, ClientAuthMethod.PRIVATE_KEY_JWT])
async def test_a_client_is_named_once(method: ClientAuthMethod) -> None:
    """RFC 6749 §3.2: a parameter that comes twice makes the request invalid."""
    client = Client(id="gatehouse", method=method, credential=private(ec_key()))

    body, _ = await authenticated(
        client, url=f"{ISSUER}/par", audience=ISSUER, form="client_id=gatehouse&a=1", now=NOW
    )

    names = [name for name, _ in parse_qsl(body)]
    assert names.count("client_id") == 1
    assert "a" in names


async def test_a_signed_request_speaks_json() -> None:
    client = Client(
        id="gatehouse",
        method=ClientAuthMethod.PRIVATE_KEY_JWT,
        credential=private(ec_key()),
    )

    made = await signed_request(
        client,
        {"max_age": "0", "state": "1"},
        issuer=ISSUER,
        now=NOW,
        random=bytes,
    )

    claims = jwt.decode(made, ec_key(), algorithms=["ES256"]).claims
    assert claims["max_age"] == 0, "a number (RFC 9101 §4)"
    assert isinstance(claims["max_age"], int)
    assert claims["state"] == "1"
    assert claims["nbf"] == claims["iat"] - SKEW_S == NOW - SKEW_S
    assert "sub" not in claims, "it could be taken for a client assertion (§10.8)"
