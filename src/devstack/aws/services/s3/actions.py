"""From an S3 call to what IAM is asked.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3"; S3 User
Guide, "Required permissions for Amazon S3 API operations".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from devstack.aws.errors import AwsError
from devstack.aws.iam.evaluate import Request
from devstack.aws.services.s3.operation import S3Call, object_key
from devstack.aws.wire import WireRequest, decoded, encoded

_VERSIONED = frozenset(
    {
        "DeleteObject",
        "DeleteObjectTagging",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectTagging",
        "PutObjectTagging",
    }
)
_LISTING = {"prefix": "s3:prefix", "delimiter": "s3:delimiter", "max-keys": "s3:max-keys"}
_IN_HEADERS = (
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-storage-class",
)

Context = dict[str, tuple[str, ...]]


def bucket_arn(bucket: str) -> str:
    """Name a bucket; with no bucket, none that exists."""
    return f"arn:aws:s3:::{bucket}" if bucket else "*"


def object_arn(bucket: str, key: str) -> str:
    """Name an object."""
    return f"{bucket_arn(bucket)}/{key}"


def requests(call: S3Call, request: WireRequest) -> tuple[Request, ...]:
    """Return everything that must be allowed; of DeleteObjects nothing: it is judged per key."""
    return tuple(_requests(call, request))


def _requests(call: S3Call, request: WireRequest) -> Iterator[Request]:
    context = _about(request)
    if not call.key:
        yield _on_bucket(call, context)
        return
    version = call.parameters.get("versionId")
    yield on_object(call.shape.action, call.bucket, call.key, version=version, context=context)
    for action in _further_actions(call, request):
        yield on_object(action, call.bucket, call.key, version=version, context=context)
    source = copy_source(request)
    if source is not None:
        yield on_object("GetObject", source.bucket, source.key, version=source.version)


def _further_actions(call: S3Call, request: WireRequest) -> Iterator[str]:
    if request.header("x-amz-tagging") is not None:
        yield "PutObjectTagging"
    if call.shape.name == "GetObjectAttributes":
        yield "GetObject"
    if call.shape.action == "PutObject" and request.header("if-match") is not None:
        # A conditional write tells whether an object has a certain content.
        yield "GetObject"


def _on_bucket(call: S3Call, context: Context) -> Request:
    for parameter, key in _LISTING.items():
        if parameter in call.parameters:
            context[key] = (call.parameters[parameter],)
    return Request(
        action=f"s3:{call.shape.action}", resource=bucket_arn(call.bucket), context=context
    )


def on_object(
    action: str, bucket: str, key: str, *, version: str | None, context: Context | None = None
) -> Request:
    """Ask about one object, or about one version of it, which has its own actions."""
    asked = dict(context or {})
    if version is not None:
        asked["s3:VersionId"] = (version,)
        action = re.sub(r"^(\w+?Object)", r"\1Version", action) if action in _VERSIONED else action
    return Request(action=f"s3:{action}", resource=object_arn(bucket, key), context=asked)


def may_know_of(bucket: str, key: str) -> Request:
    """Ask whether the caller may learn that a key does not exist.

    "If you have the s3:ListBucket permission on the bucket, Amazon S3 returns 404; if you don't,
    403" (GetObject, HeadObject). The key stands for `s3:prefix`, as S3 takes it there.
    """
    context = {"s3:prefix": (key,)}
    return Request(action="s3:ListBucket", resource=bucket_arn(bucket), context=context)


def _about(request: WireRequest) -> Context:
    presigned = "X-Amz-Algorithm" in dict(request.parameters)
    context: Context = {
        "s3:authType": ("REST-QUERY-STRING" if presigned else "REST-HEADER",),
        "s3:signatureversion": ("AWS4-HMAC-SHA256",),
    }
    for name in _IN_HEADERS:
        value = request.header(name)
        if value is not None:
            context[f"s3:{name}"] = (value,)
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The object that a copy starts from."""

    bucket: str
    key: str
    version: str | None

    @property
    def header(self) -> str:
        """The source as it is passed on: written one way only."""
        path = f"/{self.bucket}/{encoded(self.key, also_safe='/')}"
        return path if self.version is None else f"{path}?versionId={encoded(self.version)}"


_SOURCE = re.compile(
    r"/?(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])/(?P<key>[^?]+)"
    r"(?:\?versionId=(?P<version>[A-Za-z0-9._-]+))?",
    re.ASCII,
)


def copy_source(request: WireRequest) -> Source | None:
    """Read `x-amz-copy-source`; None if the request copies nothing. Raises AwsError."""
    header = request.header("x-amz-copy-source")
    if header is None:
        return None
    match = _SOURCE.fullmatch(header)
    if match is None:
        raise AwsError("InvalidArgument", 400, "Copy Source must mention the source bucket and key")
    key = object_key(decoded(match["key"]))
    return Source(bucket=match["bucket"], key=key, version=match["version"])
