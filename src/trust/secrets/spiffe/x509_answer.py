"""Reading certificates as the package `spiffe` gives them; loaded only where they are used."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from spiffe import X509Svid as Answered
from spiffe.workloadapi.x509_context import X509Context

from trust.clock import NumericDate
from trust.secret import Secret
from trust.secrets.source import SecretOutage
from trust.secrets.spiffe.svid import X509Svid
from trust.secrets.spiffe.x509_svids import X509Update


def update(context: X509Context) -> X509Update:
    """Return what the agent says of us. Raises SecretOutage for what cannot be used.

    The package has looked at the form: a leaf that is no authority, with one SPIFFE ID (X509-SVID
    §4, §5).
    """
    return [_svid(found, context) for found in context.x509_svids]


def _svid(found: Answered, context: X509Context) -> X509Svid:
    bundle = context.x509_bundle_set.get_bundle_for_trust_domain(found.spiffe_id.trust_domain)
    authorities = () if bundle is None else bundle.x509_authorities
    if not authorities:
        raise SecretOutage("the Workload API gave a certificate and no authorities")
    if found.leaf.public_key() != found.private_key.public_key():
        raise SecretOutage("the Workload API gave a key that is not the certificate's")
    key = found.private_key.private_bytes(
        Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    ends = min(each.not_valid_after_utc for each in found.cert_chain)
    return X509Svid(
        spiffe_id=str(found.spiffe_id),
        chain=_pem(found.cert_chain),
        key=Secret(key.decode("ascii")),
        authorities=_pem(sorted(authorities, key=lambda each: each.serial_number)),
        expires_at=NumericDate(int(ends.timestamp())),
    )


def _pem(certificates: list[Certificate]) -> str:
    return "".join(each.public_bytes(Encoding.PEM).decode("ascii") for each in certificates)
