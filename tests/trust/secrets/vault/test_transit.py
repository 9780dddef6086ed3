"""Keys that sign in Vault: what leaves, and that nothing else comes back."""

import base64
import hashlib
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from fakes.loopback import Call, Reply
from fakes.scripted_vault import ScriptedVault, document, refusal
from trust.seal import base64url
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import Fetched, SecretOutage, SecretRefused
from trust.secrets.vault.session import VaultSession
from trust.secrets.vault.transit import TransitSource

PLACE = Reference(scheme=Scheme.VAULT_TRANSIT, path="transit/signer")
MESSAGE = b"header.claims"
_SHA256 = Prehashed(hashes.SHA256())


@cache
def rsa_key(number: int) -> rsa.RSAPrivateKey:
    """Return the private key of a version; each takes a while to make."""
    del number
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key(number: int, curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    """Return the private key of a version."""
    del number
    return ec.generate_private_key(curve())


class Transit:
    """Answers `transit/signer`: the versions' keys, and signatures by them."""

    def __init__(self, vault: ScriptedVault, kind: str) -> None:
        self.vault = vault
        self.kind = kind
        self.newest = 2
        self.key: Callable[[int], Any] = ec_key if kind.startswith("ecdsa") else rsa_key
        vault.said["transit/keys/signer"] = lambda _: self._keys()
        for path in ("transit/sign/signer", "transit/sign/signer/sha2-256"):
            vault.said[path] = self._sign

    @property
    def asked(self) -> dict[str, Any]:
        """The one request to sign."""
        (call,) = [call for call in self.vault.calls if "/sign/" in call.path]
        found: dict[str, Any] = json.loads(call.body)
        return found

    def _keys(self) -> Reply:
        pem, spki = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        public = {
            str(number): {
                "public_key": self.key(number).public_key().public_bytes(pem, spki).decode(),
                "creation_time": "2096-10-01T00:00:00Z",
            }
            for number in range(1, self.newest + 1)
        }
        return document(data={"type": self.kind, "keys": public, "latest_version": self.newest})

    def _sign(self, call: Call) -> Reply:
        asked = json.loads(call.body)
        number = asked["key_version"]
        return document(data={"signature": f"vault:v{number}:{self.signed(number, asked)}"})

    def signed(self, number: int, asked: dict[str, Any]) -> str:
        """Return what Vault makes of a request (transit, "Sign data")."""
        digest = base64.b64decode(asked["input"])
        if not asked.get("prehashed"):
            digest = hashlib.sha256(digest).digest()
        if self.kind.startswith("ecdsa"):
            der = self.key(number).sign(digest, ec.ECDSA(_SHA256))
            if asked.get("marshaling_algorithm") != "jws":
                return base64.b64encode(der).decode()
            r, s = decode_dss_signature(der)
            return base64url.encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)
        how = padding.PKCS1v15() if asked.get("signature_algorithm") == "pkcs1v15" else pss
        return base64.b64encode(self.key(number).sign(digest, how, _SHA256)).decode()


@pytest.fixture(params=["ecdsa-p256", "rsa-2048"])
def transit(request: pytest.FixtureRequest, scripted: ScriptedVault) -> Transit:
    return Transit(scripted, request.param)


@pytest.fixture
def elliptic(scripted: ScriptedVault) -> Transit:
    return Transit(scripted, "ecdsa-p256")


@pytest.fixture
def source(session: VaultSession) -> TransitSource:
    return TransitSource(session)


def jwk(fetched: Fetched) -> dict[str, str]:
    found: dict[str, str] = json.loads(fetched.value.reveal())
    return found


async def test_a_signature_is_what_a_provider_takes(
    source: TransitSource, transit: Transit
) -> None:
    key = await source.fetch(PLACE, None)
    alg = jwk(key)["alg"]
    header = base64url.encode(json.dumps({"alg": alg}).encode())
    signed = f"{header}.{base64url.encode(b'{}')}"

    signature = await source.sign(PLACE, key, signed.encode())

    kind = RSAKey if alg == "RS256" else ECKey
    public = kind.import_key(jwk(key))  # type: ignore[arg-type]
    found = jws.deserialize_compact(
        f"{signed}.{base64url.encode(signature)}", public, algorithms=[alg]
    )
    assert found.payload == b"{}"
    assert jwk(key)["kid"] == public.thumbprint()


async def test_the_newest_key_is_the_public_one(source: TransitSource, transit: Transit) -> None:
    key = await source.fetch(PLACE, None)
    transit.newest = 3

    assert (await source.fetch(PLACE, key)).version != key.version
    assert jwk(await source.fetch(PLACE, key))["kid"] != jwk(key)["kid"]


async def test_the_version_that_was_fetched_signs_after_a_rotation(
    source: TransitSource, transit: Transit
) -> None:
    key = await source.fetch(PLACE, None)
    transit.newest = 3

    await source.sign(PLACE, key, MESSAGE)

    assert transit.asked["key_version"] == 2


async def test_the_digest_alone_leaves(source: TransitSource, transit: Transit) -> None:
    await source.sign(PLACE, await source.fetch(PLACE, None), MESSAGE)

    assert base64.b64decode(transit.asked["input"]) == hashlib.sha256(MESSAGE).digest()
    assert not any(MESSAGE in call.body for call in transit.vault.calls)


async def test_no_private_member_is_in_the_public_key(
    source: TransitSource, transit: Transit
) -> None:
    found = set(jwk(await source.fetch(PLACE, None)))

    assert found in (
        {"kty", "crv", "x", "y", "kid", "alg", "use"},
        {"kty", "n", "e", "kid", "alg", "use"},
    )


async def test_a_signature_over_something_else_goes_no_further(
    source: TransitSource, transit: Transit
) -> None:
    key = await source.fetch(PLACE, None)
    other = base64.b64encode(hashlib.sha256(b"another").digest()).decode()
    for path in list(transit.vault.said):
        if "/sign/" in path:
            transit.vault.said[path] = lambda call: document(
                data={
                    "signature": "vault:v2:"
                    + transit.signed(2, {**json.loads(call.body), "input": other})
                }
            )

    with pytest.raises(SecretRefused, match="none by this key"):
        await source.sign(PLACE, key, MESSAGE)


async def test_a_signature_by_another_version_goes_no_further(
    source: TransitSource, transit: Transit
) -> None:
    key = await source.fetch(PLACE, None)
    for path in list(transit.vault.said):
        if "/sign/" in path:
            transit.vault.said[path] = lambda call: document(
                data={"signature": "vault:v2:" + transit.signed(1, json.loads(call.body))}
            )

    with pytest.raises(SecretRefused, match="none by this key"):
        await source.sign(PLACE, key, MESSAGE)


def answering(transit: Transit, signature: object) -> None:
    for path in list(transit.vault.said):
        if "/sign/" in path:
            transit.vault.said[path] = lambda _: document(data={"signature": signature})


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("vault:v1:AAAA", id="says-another-version"),
        pytest.param("vault:v22:AAAA", id="says-a-version-that-begins-so"),
        pytest.param("vault:v2:", id="empty"),
        pytest.param("v2:AAAA", id="no-prefix"),
        pytest.param("vault:v2:AAAA:AAAA", id="one-part-more"),
        pytest.param("vault:v2:A", id="not-base64"),
        pytest.param("vault:v2:AA\nAA", id="a-newline"),
        pytest.param("vault:v2:AAAA\n", id="a-newline-at-the-end"),
        pytest.param("vault:v2:" + "A" * 5000, id="too-long"),
        pytest.param(None, id="none"),
        pytest.param(["vault:v2:AAAA"], id="a-list"),
    ],
)
async def test_what_is_no_signature_is_an_outage(
    source: TransitSource, elliptic: Transit, signature: object
) -> None:
    key = await source.fetch(PLACE, None)
    answering(elliptic, signature)

    with pytest.raises(SecretOutage):
        await source.sign(PLACE, key, MESSAGE)


@pytest.mark.parametrize(
    "raw", [b"", b"\0" * 64, b"\xff" * 64, b"\1" * 63, b"\1" * 65, b"\0" * 200]
)
async def test_bytes_that_are_no_signature_go_no_further(
    source: TransitSource, elliptic: Transit, raw: bytes
) -> None:
    key = await source.fetch(PLACE, None)
    answering(elliptic, f"vault:v2:{base64url.encode(raw)}")

    with pytest.raises((SecretOutage, SecretRefused)):
        await source.sign(PLACE, key, MESSAGE)


async def test_a_signature_with_a_zero_too_many_goes_no_further(
    source: TransitSource, elliptic: Transit
) -> None:
    key = await source.fetch(PLACE, None)

    def padded(call: Call) -> Reply:
        raw = base64url.decode(elliptic.signed(2, json.loads(call.body)))
        longer = base64url.encode(raw[:32] + b"\0" + raw[32:])
        return document(data={"signature": f"vault:v2:{longer}"})

    for path in list(elliptic.vault.said):
        if "/sign/" in path:
            elliptic.vault.said[path] = padded

    with pytest.raises(SecretRefused):
        await source.sign(PLACE, key, MESSAGE)


async def test_a_key_that_may_not_sign_any_more_is_refused(
    source: TransitSource, elliptic: Transit
) -> None:
    key = await source.fetch(PLACE, None)
    for path in list(elliptic.vault.said):
        if "/sign/" in path:
            elliptic.vault.said[path] = lambda _: refusal(
                400, "requested version for signing is less than the minimum"
            )

    with pytest.raises(SecretRefused):
        await source.sign(PLACE, key, MESSAGE)


async def test_a_key_that_was_deleted_and_made_again_is_another_version(
    source: TransitSource, elliptic: Transit
) -> None:
    before = await source.fetch(PLACE, None)
    elliptic.key = lambda number: ec_key(number + 10)

    assert (await source.fetch(PLACE, before)).version != before.version


@pytest.mark.parametrize("kind", ["aes256-gcm96", "ed25519", "ecdsa-p384", "hmac", "rsa-1024"])
async def test_a_key_of_another_kind_is_refused(
    source: TransitSource, elliptic: Transit, kind: str
) -> None:
    elliptic.kind = kind
    elliptic.key = ec_key

    with pytest.raises(SecretRefused, match="ecdsa-p256"):
        await source.fetch(PLACE, None)


@pytest.mark.parametrize(
    "public",
    [
        pytest.param({}, id="none"),
        pytest.param({"2": {}}, id="without-one"),
        pytest.param({"1": {"public_key": "x"}}, id="of-another-version"),
        pytest.param({"2": {"public_key": "canary"}}, id="no-pem"),
        pytest.param("canary", id="a-text"),
    ],
)
async def test_what_is_no_public_key_is_an_outage_and_not_quoted(
    source: TransitSource, elliptic: Transit, public: object
) -> None:
    elliptic.vault.said["transit/keys/signer"] = lambda _: document(
        data={"type": "ecdsa-p256", "keys": public, "latest_version": 2}
    )

    with pytest.raises(SecretOutage) as outage:
        await source.fetch(PLACE, None)

    assert "canary" not in str(outage.value) + repr(outage.value.__cause__)


async def test_a_key_that_is_not_what_it_says_is_an_outage(
    source: TransitSource, elliptic: Transit
) -> None:
    elliptic.key = lambda number: ec_key(number, ec.SECP384R1)

    with pytest.raises(SecretOutage):
        await source.fetch(PLACE, None)
