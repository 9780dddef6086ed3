"""Connections to Vault: they follow nothing, try nothing again, and read no endless answers."""

import io
import re
import ssl
from pathlib import Path
from time import monotonic
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from trust.secrets.source import SecretOutage
from trust.secrets.spiffe.svid import X509Svid
from trust.secrets.spiffe.tls import client_context
from trust.secrets.vault.deadline import Deadline, watched
from trust.secrets.vault.failures import Redirected, Unwelcome

MAX_ANSWER_BYTES = 2 * 1024 * 1024
"""Longest answer that is read; the largest entry that Vault stores has half of this."""

THREADS = 4
"""How many requests may be under way at once; more wait for one of these to end."""

_CHUNK_BYTES = 64 * 1024

_UNWELCOME = re.compile(r"_ALERT_.*(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)")
"""What OpenSSL calls a server's word that it lets nobody in by this certificate (RFC 8446 §6.2)."""


def connections(
    timeout_s: float, ca_file: Path | None, shown: X509Svid | None = None
) -> requests.Session:
    """Return connections that show `shown` to whoever asks for a certificate; None: that show none.

    With one this reads files and takes milliseconds. Raises SecretOutage, SecretRefused.
    """
    session = requests.Session()
    # Otherwise a proxy, a CA file or a .netrc that somebody set for another purpose counts.
    session.trust_env = False
    session.verify = True if ca_file is None else str(ca_file)
    context = None if shown is None else _context(shown, ca_file)
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Bounded(timeout_s, context))
    return session


def _context(shown: X509Svid, ca_file: Path | None) -> ssl.SSLContext:
    # requests adds the same authorities at each connection. Without a file here the system's would
    # be believed as well, once we show a certificate and not before.
    try:
        return client_context(shown, authorities_file=ca_file or Path(DEFAULT_CA_BUNDLE_PATH))
    except OSError as error:
        # ssl.SSLError is one, too.
        name = type(error).__name__
    raise SecretOutage(f"no TLS by the X509-SVID and VAULT_CACERT; look at that file ({name})")


class _Bounded(HTTPAdapter):
    def __init__(self, timeout_s: float, context: ssl.SSLContext | None) -> None:
        self._timeout_s = timeout_s
        self._context = context
        super().__init__(pool_maxsize=THREADS, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)
        watched(self.poolmanager)

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        until = monotonic() + self._timeout_s
        with Deadline(self._timeout_s) as deadline:
            answer = self._sent(*args, **kwargs)
        with answer:
            if deadline.has_come:
                # To http.client headers that were cut are an answer, whole and with an empty body.
                raise TimeoutError
            if 300 <= answer.status_code < 400:  # noqa: PLR2004 RFC 9110 §15.4
                # The token would go along: requests strips only Authorization for another host.
                raise Redirected
            body = _read(answer, until)
        answer.raw = io.BytesIO(body)
        return answer

    def _sent(self, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            return super().send(*args, **kwargs)
        except requests.exceptions.SSLError as error:
            if _UNWELCOME.search(_reason(error)):
                raise Unwelcome from None
            raise


def _reason(error: object) -> str:
    """Return what OpenSSL says: requests' error is made of urllib3's, and that of OpenSSL's."""
    while isinstance(error, Exception) and not isinstance(error, ssl.SSLError):
        error = getattr(error, "reason", None) or next(iter(error.args), None)
    return str(getattr(error, "reason", None))


def _read(answer: requests.Response, until: float) -> bytes:
    """Read the body, in time and within bounds: a timeout of requests only bounds each pause."""
    body = bytearray()
    while chunk := _chunk(answer):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES or monotonic() > until:
            raise ChunkedEncodingError
    return bytes(body)


def _chunk(answer: requests.Response) -> bytes:
    try:
        found: bytes = answer.raw.read1(_CHUNK_BYTES, decode_content=True)
    except Exception as error:
        # urllib3's own, which requests would translate, were it requests that reads.
        raise ChunkedEncodingError from error
    return found
