"""Whom to believe on the other end of a connection."""

import os
import ssl

import certifi


def verified() -> ssl.SSLContext:
    """Return a context that verifies name and chain, of at least TLS 1.2.

    Against the authorities of `SSL_CERT_FILE` and `SSL_CERT_DIR` (OpenSSL's own variables) where
    one is set, else those that certifi brings: slim images have none of their own.
    """
    named = any(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))  # noqa: TID251 OpenSSL reads them, too
    context = ssl.create_default_context(cafile=None if named else certifi.where())
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
