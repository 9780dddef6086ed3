"""An authority of the tests, and what it certifies: servers on loopback, rightly and wrongly."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_LOOPBACK = x509.IPAddress(IPv4Address("127.0.0.1"))
_DAY = timedelta(days=1)

AUTHORITY_USAGE = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)
"""An authority signs certificates, and is shown by a server where it signs its own."""


class Authority:
    """Signs certificates into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an authority")])
        self._today = datetime.now(UTC)  # noqa: TID251 a certificate is judged by the machine's clock
        own = self._made(self._name, self._key.public_key(), age=_DAY)
        # All that RFC 5280 wants of an authority: without any of it nobody is believed by it.
        own = (
            own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(AUTHORITY_USAGE, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
            )
        )
        self.file = folder / "authority.pem"
        signed = own.sign(self._key, hashes.SHA256())
        self.file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def believers(self) -> ssl.SSLContext:
        """Return the context of a client that believes this authority alone."""
        context = ssl.create_default_context(cafile=self.file)
        # As Python 3.13 has it by itself: what we certify is to hold there, too.
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        context.set_alpn_protocols(["http/1.1"])
        return context

    def good(self) -> ssl.SSLContext:
        """Return the context of a server of 127.0.0.1."""
        return _shown(self.certificate("good", _LOOPBACK))

    def of_another(self) -> ssl.SSLContext:
        """Return the context of a server of another name."""
        return _shown(self.certificate("another", x509.DNSName("another.example")))

    def expired(self) -> ssl.SSLContext:
        """Return the context of a server whose time is over."""
        return _shown(self.certificate("expired", _LOOPBACK, age=3 * _DAY))

    def certificate(self, file: str, whose: x509.GeneralName, *, age: timedelta = _DAY) -> Path:
        """Write a certificate of two days and its key; return the file of both."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a server")])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        made = (
            self._made(name, key.public_key(), age=age)
            .add_extension(x509.SubjectAlternativeName([whose]), critical=False)
            .add_extension(issuer, critical=False)
        )
        return written(self._folder / f"{file}.pem", made.sign(self._key, hashes.SHA256()), key)

    def _made(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, age: timedelta
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._today - age)
            .not_valid_after(self._today - age + 2 * _DAY)
        )


def written(file: Path, signed: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Path:
    """Write a certificate and its key, as a server reads both; return the file."""
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + secret)
    return file


def _shown(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context
