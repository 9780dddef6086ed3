"""How we prove ourselves at the provider."""

import base64
import json
from urllib.parse import parse_qs, unquote_plus

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from bff.provider.client_auth import Client, authenticated
from bff.provider.local_key import local_signer
from fakes.clock import NOW
from fakes.proxy.provider.tokens import ec_key, rsa_key
from fakes.secrets import identity
from trust.registry.record import ClientAuthMethod
from trust.secret import Secret
from trust.secrets.source import SecretRefused

URL = "https://login.acme.test/token"
ISSUER = "https://login.acme.test"
FORM = "grant_type=authorization_code&code=abc"
AWKWARD = "s:e%c r+e/t&=é"


def client(method: ClientAuthMethod, credential: str) -> Client:
    return Client(id="our:client", method=method, credential=Secret(credential))


async def test_basic_encodes_both_parts_before_it_joins_them() -> None:
    body, headers = await authenticated(
        client(ClientAuthMethod.BASIC, AWKWARD), url=URL, audience=ISSUER, form=FORM, now=NOW
    )

    scheme, _, given = headers["Authorization"].partition(" ")
    name, colon, secret = base64.b64decode(given).decode().partition(":")
    assert scheme == "Basic"
    assert colon
    assert (unquote_plus(name), unquote_plus(secret)) == ("our:client", AWKWARD)
    assert body == FORM


async def test_post_puts_the_secret_into_the_form() -> None:
    body, headers = await authenticated(
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
async def test_a_key_proves_us_by_an_assertion_for_this_provider(
    key: RSAKey | ECKey, algorithm: str
) -> None:
    proven = client(ClientAuthMethod.PRIVATE_KEY_JWT, private(key))
    body, headers = await authenticated(proven, url=URL, audience=ISSUER, form=FORM, now=NOW)

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


async def test_no_assertion_is_sent_twice() -> None:
    proven = client(ClientAuthMethod.PRIVATE_KEY_JWT, private(rsa_key()))
    seen: set[str] = set()
    for _ in range(3):
        body, _ = await authenticated(proven, url=URL, audience=ISSUER, form=FORM, now=NOW)
        assertion = parse_qs(body)["client_assertion"][0]
        seen.add(jwt.decode(assertion, rsa_key(), algorithms=["RS256"]).claims["jti"])

    assert len(seen) == 3


async def test_a_key_may_be_a_pem_without_a_name() -> None:
    pem = rsa_key().as_pem(private=True).decode()

    body, _ = await authenticated(
        client(ClientAuthMethod.PRIVATE_KEY_JWT, pem), url=URL, audience=ISSUER, form=FORM, now=NOW
    )

    assertion = parse_qs(body)["client_assertion"][0]
    assert "kid" not in jwt.decode(assertion, rsa_key(), algorithms=["RS256"]).header


def test_a_client_is_printed_without_its_credential() -> None:
    assert "s3cret" not in repr(client(ClientAuthMethod.BASIC, "s3cret"))


class Elsewhere:
    """A key that signs where it is."""

    def __init__(self) -> None:
        self._local = local_signer(Secret(private(ec_key())))
        self.algorithm, self.key_id = self._local.algorithm, "kms-key"
        self.public_jwk = self._local.public_jwk
        self.fault: Exception | None = None

    async def sign(self, message: bytes) -> bytes:
        if self.fault is not None:
            raise self.fault
        return await self._local.sign(message)


async def test_a_key_elsewhere_proves_us_and_never_comes_here() -> None:
    by_kms = Client(
        id="our:client", method=ClientAuthMethod.PRIVATE_KEY_JWT, credential=Elsewhere()
    )

    body, _ = await authenticated(by_kms, url=URL, audience=ISSUER, form=FORM, now=NOW)

    token = jwt.decode(parse_qs(body)["client_assertion"][0], ec_key(), algorithms=["ES256"])
    assert token.header == {"typ": "JWT", "alg": "ES256", "kid": "kms-key"}
    assert token.claims["aud"] == ISSUER


async def test_a_key_that_was_disabled_proves_nothing() -> None:
    away = Elsewhere()
    away.fault = SecretRefused("kms:alias/gatehouse: disabled")
    by_kms = Client(id="our:client", method=ClientAuthMethod.PRIVATE_KEY_JWT, credential=away)

    with pytest.raises(SecretRefused):
        await authenticated(by_kms, url=URL, audience=ISSUER, form=FORM, now=NOW)


async def test_the_workloads_own_identity_proves_us_for_this_issuer() -> None:
    platform = identity("svid.of.us", "spiffe://example.org/gatehouse", NOW + 300)
    ours = Client(id="our:client", method=ClientAuthMethod.JWT_SPIFFE, credential=platform)

    body, headers = await authenticated(ours, url=URL, audience=ISSUER, form=FORM, now=NOW)

    form = parse_qs(body)
    assert platform.asked == [ISSUER], "an identity for one endpoint is good at no other issuer's"
    assert form["client_assertion"] == ["svid.of.us"]
    assert form["client_assertion_type"] == [
        "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe"
    ]
    assert form["code"] == ["abc"]
    assert "Authorization" not in headers
