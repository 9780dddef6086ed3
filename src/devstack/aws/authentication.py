"""Who signed a request: SigV4 checked with AWS's own errors for each protocol.

AWS General Reference, "Troubleshoot Signature Version 4 signing for AWS API requests"; S3 API
Reference, "Error responses".
"""

import hmac
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum

from devstack.aws.dialect import Dialect
from devstack.aws.errors import AwsError
from devstack.aws.payload import PayloadRefused, hash_in_signature, payload
from devstack.aws.sigv4 import (
    Signed,
    canonical_request,
    signature,
    signing_key,
    string_to_sign,
)
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.principal import Principal
from devstack.aws.wire import WireRequest

SKEW_S = 300
"""How far a request's date may be off, in seconds, either way (S3 grants 900; here 300 too)."""


class Fault(Enum):
    """What can be wrong with a signature; the value is a text that fits every protocol."""

    MISSING = "Request is missing Authentication Token"
    MALFORMED = "Request does not carry a well-formed AWS4-HMAC-SHA256 signature"
    UNKNOWN_KEY = "The security token included in the request is invalid."
    EXPIRED_TOKEN = "The security token included in the request is expired"  # noqa: S105 no secret
    MISMATCH = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method. "
        "Consult the service documentation for details."
    )
    SKEWED = "Signature expired or not yet current: the request's date is over 5 minutes off."
    OVER = "Request has expired"
    WRONG_REGION = "Credential should be scoped to a valid region."
    UNSIGNED_HEADER = "There were headers present in the request which were not signed"


_Row = tuple[str, int]
_COLUMNS = (Dialect.JSON_1_0, Dialect.REST_JSON, Dialect.QUERY, Dialect.S3)
_CODES: dict[Fault, tuple[_Row, _Row, _Row, _Row]] = {
    Fault.MISSING: (
        ("MissingAuthenticationTokenException", 400),
        ("MissingAuthenticationTokenException", 403),
        ("MissingAuthenticationToken", 403),
        ("AccessDenied", 403),
    ),
    Fault.MALFORMED: (
        ("IncompleteSignatureException", 400),
        ("IncompleteSignatureException", 400),
        ("IncompleteSignature", 400),
        ("AuthorizationHeaderMalformed", 400),
    ),
    Fault.UNKNOWN_KEY: (
        ("UnrecognizedClientException", 400),
        ("UnrecognizedClientException", 403),
        ("InvalidClientTokenId", 403),
        ("InvalidAccessKeyId", 403),
    ),
    Fault.EXPIRED_TOKEN: (
        ("ExpiredTokenException", 400),
        ("ExpiredTokenException", 403),
        ("ExpiredToken", 403),
        ("ExpiredToken", 400),
    ),
    Fault.MISMATCH: (
        ("InvalidSignatureException", 400),
        ("InvalidSignatureException", 403),
        ("SignatureDoesNotMatch", 403),
        ("SignatureDoesNotMatch", 403),
    ),
    Fault.SKEWED: (
        ("InvalidSignatureException", 400),
        ("InvalidSignatureException", 403),
        ("SignatureDoesNotMatch", 403),
        ("RequestTimeTooSkewed", 403),
    ),
    Fault.OVER: (
        ("InvalidSignatureException", 400),
        ("InvalidSignatureException", 403),
        ("SignatureDoesNotMatch", 403),
        ("AccessDenied", 403),
    ),
    Fault.WRONG_REGION: (
        ("InvalidSignatureException", 400),
        ("InvalidSignatureException", 403),
        ("SignatureDoesNotMatch", 403),
        ("AuthorizationHeaderMalformed", 400),
    ),
    Fault.UNSIGNED_HEADER: (
        ("InvalidSignatureException", 400),
        ("InvalidSignatureException", 403),
        ("SignatureDoesNotMatch", 403),
        ("AccessDenied", 403),
    ),
}


def refusal_of(fault: Fault, dialect: Dialect, *, detail: str = "") -> AwsError:
    """Return the error that a protocol's SDKs expect for a fault."""
    column = Dialect.JSON_1_0 if dialect is Dialect.JSON_1_1 else dialect
    code, status = _CODES[fault][_COLUMNS.index(column)]
    return AwsError(code, status, f"{fault.value} {detail}".rstrip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticated:
    """A request whose signature is good."""

    caller: Principal
    request: WireRequest
    """With its body unframed; what came behind the body stands among the headers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatekeeper:
    """Checks signatures for one region."""

    identities: Identities
    region: str

    def authenticated(
        self, request: WireRequest, signed: Signed, *, dialect: Dialect, now: int
    ) -> Authenticated:
        """Return who signed. Raises AwsError."""
        _check_time(signed, dialect, now)
        if signed.scope.region != self.region:
            raise refusal_of(Fault.WRONG_REGION, dialect)
        _check_headers(request, signed, dialect)
        caller = self._caller(signed, dialect, now)
        try:
            body = _unframed(request, signed, caller, dialect)
        except PayloadRefused as refused:
            raise AwsError(refused.code, 400, str(refused)) from refused
        return Authenticated(caller=caller, request=body)

    def _caller(self, signed: Signed, dialect: Dialect, now: int) -> Principal:
        try:
            return self.identities.find(
                signed.access_key_id, session_token=signed.session_token, now=now
            )
        except AwsError as error:
            expired = error.code == "ExpiredToken"
            fault = Fault.EXPIRED_TOKEN if expired else Fault.UNKNOWN_KEY
            raise refusal_of(fault, dialect) from error


def _unframed(
    request: WireRequest, signed: Signed, caller: Principal, dialect: Dialect
) -> WireRequest:
    digest = hash_in_signature(request, signed)
    canonical = canonical_request(request, signed, payload_hash=digest)
    key = signing_key(caller.secret_access_key, signed.scope)
    expected = signature(key, string_to_sign(canonical, signed))
    # Constant time: how long it takes must not tell how much of a forged signature was right.
    if not hmac.compare_digest(expected, signed.signature):
        raise refusal_of(Fault.MISMATCH, dialect)
    plain = payload(request, signed, key=key)
    return replace(request, body=plain.body, headers=(*request.headers, *plain.trailers))


def _check_time(signed: Signed, dialect: Dialect, now: int) -> None:
    try:
        at = datetime.strptime(signed.timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise refusal_of(Fault.MALFORMED, dialect) from None
    if signed.expires_s is not None and now > at + signed.expires_s:
        raise refusal_of(Fault.OVER, dialect)
    too_old = signed.expires_s is None and now > at + SKEW_S
    if too_old or now < at - SKEW_S:
        raise refusal_of(Fault.SKEWED, dialect)


def _check_headers(request: WireRequest, signed: Signed, dialect: Dialect) -> None:
    present = {name for name, _ in request.headers}
    # "You must include the host header … and any x-amz-* headers": an unsigned one could have been
    # added on the way, and would still decide what is done.
    needed = {"host", *(name for name in present if name.startswith("x-amz-"))}
    if needed - set(signed.signed_headers):
        raise refusal_of(Fault.UNSIGNED_HEADER, dialect)
