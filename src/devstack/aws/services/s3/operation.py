"""Which S3 operation a request is, read from method, path, query and headers.

S3 tells operations apart by query parameters ("sub-resources"). A parameter that this table does
not know for an operation refuses the request: the store behind must never see a sub-resource that
was not seen here.
"""

import re
from dataclasses import dataclass
from typing import Literal

from devstack.aws.errors import AwsError
from devstack.aws.wire import WireRequest, decoded

Level = Literal["account", "bucket", "object"]

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_ADDRESS = re.compile(r"[0-9.]+", re.ASCII)
LONGEST_KEY_BYTES = 1024
"""S3 User Guide, "Naming Amazon S3 objects"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One operation: its name, the action IAM knows it by, and the parameters it takes."""

    name: str
    action: str
    parameters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Call:
    """A request that was understood."""

    shape: Shape
    bucket: str
    """Empty for the account's own operations."""
    key: str
    """Empty for operations on a bucket."""
    parameters: dict[str, str]


_LIST = {"prefix", "delimiter", "encoding-type"}
_OVERRIDES = {
    f"response-{name}"
    for name in (
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    )
}


def _shape(name: str, action: str = "", *parameters: str) -> Shape:
    return Shape(name=name, action=action or name, parameters=frozenset(parameters))


_SHAPES: dict[tuple[Level, str, str], Shape] = {
    ("account", "GET", ""): _shape("ListBuckets", "ListAllMyBuckets"),
    ("bucket", "GET", ""): _shape(
        "ListObjects",
        "ListBucket",
        *_LIST,
        "list-type",
        "marker",
        "max-keys",
        "continuation-token",
        "start-after",
        "fetch-owner",
    ),
    ("bucket", "GET", "versions"): _shape(
        "ListObjectVersions",
        "ListBucketVersions",
        *_LIST,
        "key-marker",
        "max-keys",
        "version-id-marker",
    ),
    ("bucket", "GET", "uploads"): _shape(
        "ListMultipartUploads",
        "ListBucketMultipartUploads",
        *_LIST,
        "key-marker",
        "max-uploads",
        "upload-id-marker",
    ),
    ("bucket", "GET", "location"): _shape("GetBucketLocation"),
    ("bucket", "GET", "versioning"): _shape("GetBucketVersioning"),
    ("bucket", "PUT", "versioning"): _shape("PutBucketVersioning"),
    ("bucket", "HEAD", ""): _shape("HeadBucket", "ListBucket"),
    ("bucket", "PUT", ""): _shape("CreateBucket"),
    ("bucket", "DELETE", ""): _shape("DeleteBucket"),
    ("bucket", "POST", "delete"): _shape("DeleteObjects", "DeleteObject"),
    ("object", "GET", ""): _shape("GetObject", "", "versionId", "partNumber", *_OVERRIDES),
    ("object", "HEAD", ""): _shape(
        "HeadObject", "GetObject", "versionId", "partNumber", *_OVERRIDES
    ),
    ("object", "PUT", ""): _shape("PutObject"),
    ("object", "DELETE", ""): _shape("DeleteObject", "", "versionId"),
    ("object", "GET", "acl"): _shape("GetObjectAcl", "", "versionId"),
    ("object", "GET", "attributes"): _shape("GetObjectAttributes", "", "versionId"),
    ("object", "GET", "tagging"): _shape("GetObjectTagging", "", "versionId"),
    ("object", "PUT", "tagging"): _shape("PutObjectTagging", "", "versionId"),
    ("object", "DELETE", "tagging"): _shape("DeleteObjectTagging", "", "versionId"),
    ("object", "POST", "uploads"): _shape("CreateMultipartUpload", "PutObject"),
    ("object", "PUT", "uploadId"): _shape("UploadPart", "PutObject", "partNumber"),
    ("object", "POST", "uploadId"): _shape("CompleteMultipartUpload", "PutObject"),
    ("object", "DELETE", "uploadId"): _shape("AbortMultipartUpload"),
    ("object", "GET", "uploadId"): _shape(
        "ListParts", "ListMultipartUploadParts", "max-parts", "part-number-marker"
    ),
}
_SELECTORS = frozenset(selector for _, _, selector in _SHAPES if selector)
_IGNORED = frozenset({"x-id"})
"""Some SDKs name the operation in the query, where it decides nothing."""


def s3_call(request: WireRequest) -> S3Call:
    """Understand a request. Raises AwsError; what is not understood is refused."""
    _check_host(request.header("host") or "")
    bucket, key = _bucket_and_key(request)
    parameters = _parameters(request)
    chosen = sorted(_SELECTORS & parameters.keys())
    level: Level = "object" if key else "bucket" if bucket else "account"
    shape = _SHAPES.get((level, request.method, ",".join(chosen)))
    if shape is None or parameters.keys() - shape.parameters - set(chosen):
        raise AwsError(
            "NotImplemented", 501, "The local S3 does not know this operation; it was not done."
        )
    return S3Call(shape=shape, bucket=bucket, key=key, parameters=parameters)


def _check_host(host: str) -> None:
    name = host.rpartition(":")[0] or host
    if "." in name and not _ADDRESS.fullmatch(name):
        # The bucket stands in the name, and the path, read as it is here, names another.
        raise AwsError(
            "InvalidRequest",
            400,
            "The local S3 takes path-style requests only: use an endpoint with an address, such "
            "as http://127.0.0.1:9500, or boto3's addressing_style 'path'.",
        )


def _bucket_and_key(request: WireRequest) -> tuple[str, str]:
    bucket, _, key = request.path.removeprefix("/").partition("/")
    if not bucket and not key:
        return "", ""
    if not _BUCKET.fullmatch(bucket):
        raise AwsError("InvalidBucketName", 400, "The specified bucket is not valid.")
    return bucket, object_key(decoded(key)) if key else ""


def object_key(key: str) -> str:
    """Return a key that S3 would take. Raises AwsError."""
    try:
        size = len(key.encode())
    except UnicodeEncodeError:
        raise AwsError("InvalidURI", 400, "Couldn't parse the specified URI.") from None
    if not 0 < size <= LONGEST_KEY_BYTES:
        raise AwsError("KeyTooLongError", 400, "Your key is too long")
    return key


def _parameters(request: WireRequest) -> dict[str, str]:
    pairs = [(n, v) for n, v in request.parameters if not n.startswith("X-Amz-")]
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        # Which of two a reader takes is its own affair: two readers must not differ.
        raise AwsError("InvalidArgument", 400, "A query parameter was given twice.")
    return {name: value for name, value in parameters.items() if name not in _IGNORED}
