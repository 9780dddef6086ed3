"""What a client of the AWS method sends: a request to STS, signed and not sent."""

import base64
import binascii
import json
from urllib.parse import parse_qs, urlsplit

from devstack.aws.sigv4 import NotASignature, signed
from devstack.aws.wire import Pairs, WireRequest
from devstack.vault.errors import bad
from devstack.vault.fields import Fields

SERVER_ID_HEADER = "x-vault-aws-iam-server-id"
_HEADERS = "iam_request_headers"
_ALLOWED = frozenset(
    {
        "x-amz-algorithm",
        "x-amz-content-sha256",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-signedheaders",
        "x-amz-user-agent",
    }
)
"""The headers of AWS's own that Vault passes on, so that nobody makes it ask for something else."""


def signed_request(fields: Fields) -> WireRequest:
    """Put together the request that was signed. Raises VaultError."""
    if fields.text("iam_http_request_method") != "POST":
        raise bad("invalid iam_http_request_method; currently only 'POST' is supported")
    url = urlsplit(_unpacked(fields, "iam_request_url"))
    body = _unpacked(fields, "iam_request_body")
    # Anything else that was signed would be done in the caller's name.
    if parse_qs(body).get("Action") != ["GetCallerIdentity"] or url.query:
        raise bad("error validating the request body: only GetCallerIdentity is allowed")
    if url.path not in {"", "/"}:
        raise bad("invalid path in iam_request_url")
    headers = _headers(fields)
    strange = {name for name, _ in headers if name.startswith("x-amz-")} - _ALLOWED
    if strange:
        raise bad(f"invalid request header: {min(strange)}")
    # What is sent as `Host` is the URL's, whatever the headers say.
    own = tuple(pair for pair in headers if pair[0] != "host")
    return WireRequest(
        method="POST",
        path="/",
        query="",
        headers=(*own, ("host", url.netloc)),
        body=body.encode(),
    )


def _unpacked(fields: Fields, name: str) -> str:
    if not fields.text(name):
        raise bad(f"missing {name}")
    try:
        return base64.b64decode(fields.text(name), validate=True).decode()
    except (binascii.Error, ValueError):
        raise bad(f"failed to base64 decode {name}") from None


def _headers(fields: Fields) -> Pairs:
    try:
        raw = fields.all.get(_HEADERS)
        # Sent as JSON in base64, as all clients do, or as an object.
        read: object = json.loads(_unpacked(fields, _HEADERS)) if isinstance(raw, str) else raw
        document = Fields({_HEADERS: read}).mapping(_HEADERS)
    except ValueError:
        raise bad("failed to JSON decode iam_request_headers") from None
    members = Fields(document)
    # A value is a text or a list of them; a text with a comma is one value all the same.
    return tuple(
        (name.lower(), value)
        for name, entry in document.items()
        for value in ([entry] if isinstance(entry, str) else members.texts(name))
    )


def check_server_id(asked: WireRequest, wanted: str) -> None:
    """Refuse a request that was not signed for this Vault. Raises VaultError."""
    if not wanted:
        return
    given = asked.header(SERVER_ID_HEADER)
    if given is None:
        raise bad(f"error validating {SERVER_ID_HEADER} header: missing header")
    if given != wanted:
        raise bad(f"error validating {SERVER_ID_HEADER} header: expected another value")
    try:
        mark = signed(asked)
    except NotASignature:
        mark = None
    # A header that nobody signed could have been added by whoever replays the request.
    if mark is None or SERVER_ID_HEADER not in mark.signed_headers:
        raise bad(f"error validating {SERVER_ID_HEADER} header: header wasn't signed")
