"""A trust domain: its keys, and the identities that it signs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from trust.clock import NumericDate

_LEAD_S = 60
"""A certificate is good from a minute before it was made: clocks differ."""

_AUTHORITY_S = 7 * 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """A certificate and its key, DER."""

    certificate: bytes
    key: bytes


@dataclass(slots=True)
class JwtKeys:
    """What a trust domain signs JWT-SVIDs with; the newest signs, the older ones still verify."""

    keys: list[ECKey] = field(default_factory=lambda: [_jwt_key()])
    sequence: int = 1

    def rotate(self, *, forget: bool) -> None:
        """Sign with a new key from now on; `forget`: the old ones are good for nothing."""
        self.keys = [_jwt_key(), *([] if forget else self.keys)]
        self.sequence += 1

    def signed(self, claims: dict[str, object]) -> str:
        """Return a JWT-SVID (JWT-SVID §2)."""
        key = self.keys[0]
        header = {"alg": "ES256", "kid": key.kid, "typ": "JWT"}
        return jwt.encode(header, claims, key, algorithms=["ES256"])

    def verified(self, token: str) -> dict[str, object]:
        """Return the claims of a JWT-SVID of ours. Raises ValueError."""
        for key in self.keys:
            try:
                return dict(jwt.decode(token, key, algorithms=["ES256"]).claims)
            except (JoseError, ValueError):
                continue
        raise ValueError("no key of this trust domain has signed it")

    def bundle(self, use: str | None = "jwt-svid") -> bytes:
        """Return the public keys as a SPIFFE bundle (SPIFFE Trust Domain and Bundle §4)."""
        more = {} if use is None else {"use": use}
        keys = [{**key.as_dict(private=False), **more} for key in self.keys]
        hints = {"spiffe_sequence": self.sequence, "spiffe_refresh_hint": 300}
        return json.dumps({"keys": keys, **hints}).encode()


class CertificateAuthority:
    """What a trust domain signs X509-SVIDs with."""

    def __init__(self, trust_domain: str, now: NumericDate) -> None:
        self._trust_domain = trust_domain
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(f"authority of {trust_domain}")
        self._certificate = self._root(now)

    @property
    def bundle(self) -> bytes:
        """The authority's own certificate, DER."""
        return self._certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The same, PEM."""
        return self._certificate.public_bytes(Encoding.PEM)

    def certified(
        self, spiffe_id: str, now: NumericDate, ttl_s: int, *, host: str | None = None
    ) -> Certified:
        """Return an X509-SVID (X509-SVID §2, §4); `host` for a server called by name, too."""
        key = ec.generate_private_key(ec.SECP256R1())
        names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(spiffe_id)]
        if host is not None:
            names.append(x509.DNSName(host))
        made = (
            _valid(_name("workload"), key.public_key(), self._name, now, ttl_s)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs="digital_signature"), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        return Certified(
            certificate=made.public_bytes(Encoding.DER),
            key=key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
        )

    def _root(self, now: NumericDate) -> x509.Certificate:
        public = self._key.public_key()
        domain = x509.UniformResourceIdentifier(f"spiffe://{self._trust_domain}")
        return (
            _valid(self._name, public, self._name, now, _AUTHORITY_S)
            .add_extension(x509.SubjectAlternativeName([domain]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs="key_cert_sign"), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def claims_of(
    spiffe_id: str, audience: Sequence[str], now: NumericDate, ttl_s: int
) -> dict[str, object]:
    """Return the claims of a JWT-SVID (JWT-SVID §3): no `iss` and no `jti`, as SPIRE has it."""
    return {"sub": spiffe_id, "aud": list(audience), "iat": now, "exp": now + ttl_s}


def _jwt_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _valid(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    now: NumericDate,
    ttl_s: int,
) -> x509.CertificateBuilder:
    at = datetime.fromtimestamp(now, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(seconds=_LEAD_S))
        .not_valid_after(at + timedelta(seconds=ttl_s))
    )


def _usage(*, signs: str) -> x509.KeyUsage:
    uses = {
        "digital_signature": False,
        "content_commitment": False,
        "key_encipherment": False,
        "data_encipherment": False,
        "key_agreement": False,
        "key_cert_sign": False,
        "crl_sign": False,
        "encipher_only": False,
        "decipher_only": False,
    }
    return x509.KeyUsage(**{**uses, signs: True})
