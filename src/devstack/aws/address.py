"""Which service a request is for, and in which protocol it wants to be refused."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from devstack.aws.authentication import Fault, refusal_of
from devstack.aws.dialect import Dialect
from devstack.aws.sigv4 import NotASignature, Signed, signed
from devstack.aws.wire import WireRequest

DIALECTS = {
    "bedrock-agentcore": Dialect.REST_JSON,
    "dynamodb": Dialect.JSON_1_0,
    "kms": Dialect.JSON_1_1,
    "s3": Dialect.S3,
    "secretsmanager": Dialect.JSON_1_1,
    "ssm": Dialect.JSON_1_1,
    "sts": Dialect.QUERY,
}
"""By the service in the signature's scope: the services that there are."""
UNSIGNED_ACTION = "AssumeRoleWithWebIdentity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a request goes."""

    service: str
    dialect: Dialect
    signed: Signed | None
    """None only for the one operation that nobody signs."""


def guessed_dialect(request: WireRequest) -> Dialect:
    """Return the protocol that a request without a usable signature most likely speaks."""
    target = request.header("x-amz-target") or ""
    if target:
        return Dialect.JSON_1_0 if target.startswith("DynamoDB") else Dialect.JSON_1_1
    if request.path.startswith("/runtimes/"):
        return Dialect.REST_JSON
    return Dialect.QUERY if "Action" in dict(form(request)) else Dialect.S3


def address(request: WireRequest) -> Address:
    """Find the service. Raises AwsError if the request is not signed as it must be."""
    dialect = guessed_dialect(request)
    try:
        found = signed(request)
    except NotASignature as fault:
        raise refusal_of(Fault.MALFORMED, dialect, detail=f"({fault})") from fault
    if found is not None:
        service = found.scope.service
        return Address(service=service, dialect=DIALECTS.get(service, dialect), signed=found)
    if dialect is Dialect.QUERY and dict(form(request)).get("Action") == UNSIGNED_ACTION:
        return Address(service="sts", dialect=dialect, signed=None)
    raise refusal_of(Fault.MISSING, dialect)


def form(request: WireRequest) -> list[tuple[str, str]]:
    """Return the fields of a Query request: the body's for POST, the query's for GET."""
    if request.method == "GET":
        return parse_qsl(request.query, keep_blank_values=True)
    media_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if request.method != "POST" or media_type != "application/x-www-form-urlencoded":
        return []
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
