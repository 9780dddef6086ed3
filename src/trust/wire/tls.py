"""Whom to believe on the other end of a connection, and when to believe that it is over."""

import os
import ssl

import certifi

_PIECE_BYTES = 65_536


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


def last_words(tls: ssl.SSLObject) -> tuple[bytes, bool]:
    """Return what a connection that has ended still holds, and whether its peer said "the end".

    uvloop ends a connection without delivering what came while nobody read. And the end of TCP
    alone may be anybody's on the way: only close_notify is the peer's (RFC 9112 §9.8).
    """
    parts: list[bytes] = []
    try:
        while part := tls.read(_PIECE_BYTES):
            parts.append(part)
    except ssl.SSLError as error:
        return b"".join(parts), isinstance(error, ssl.SSLZeroReturnError)
    return b"".join(parts), True
