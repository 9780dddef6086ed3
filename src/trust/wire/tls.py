"""Whom to believe on the other end of a connection."""

import os
import ssl
from importlib.util import find_spec
from pathlib import Path

from trust.errors import SettingsError


def verified(ca_bundle: str | None = None) -> ssl.SSLContext:
    """Return a context that verifies name and chain, of at least TLS 1.2.

    Against the authorities of the file `ca_bundle`, for calls to AWS that of `AWS_CA_BUNDLE`;
    without one against those of `SSL_CERT_FILE` and `SSL_CERT_DIR` (OpenSSL's own variables) where
    one is set, else those that certifi brings: slim images have none of their own. Raises
    SettingsError.
    """
    named = any(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))  # noqa: TID251 OpenSSL reads them, too
    try:
        context = ssl.create_default_context(cafile=ca_bundle or (None if named else _public()))
    except OSError as error:
        # ssl.SSLError is an OSError: of what is there, and holds no certificate.
        raise SettingsError(
            [f"AWS_CA_BUNDLE: {ca_bundle} is no file of certificates (PEM)"]
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # In TLS 1.2 a peer may negotiate anew in mid-answer: nobody needs it, and it has a history of
    # attacks (CVE-2009-3555).
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


def unconnected(error: Exception) -> str:
    """Return why there is no connection: the error's class, and what is wrong with a certificate.

    "Missing Authority Key Identifier", say: Python 3.13 takes what older ones took only if it is as
    RFC 5280 wants it, and nobody finds out from the class alone.
    """
    said = getattr(error, "verify_message", None)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _public() -> Path | None:
    """Return the file of certifi, which is not loaded for it: that takes a cold start's thirtieth.

    None without certifi: then the machine's own authorities count.
    """
    found = find_spec("certifi")
    return Path(found.origin).with_name("cacert.pem") if found and found.origin else None
