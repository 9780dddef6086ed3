"""How each protocol of AWS dresses a refusal."""

import html
import json
from enum import Enum

from devstack.aws.errors import AwsError
from devstack.aws.sts.xml import error_xml
from devstack.aws.wire import Answer


class Dialect(Enum):
    """One of AWS's protocols (Smithy specification: "AWS protocols"), with its media type."""

    JSON_1_0 = "application/x-amz-json-1.0"
    JSON_1_1 = "application/x-amz-json-1.1"
    REST_JSON = "application/json"
    S3 = "application/xml"
    QUERY = "text/xml"


_TYPED = frozenset({Dialect.JSON_1_0, Dialect.JSON_1_1})


def refusal(dialect: Dialect, error: AwsError, *, method: str, request_id: str) -> Answer:
    """Return the answer that an SDK of this protocol turns into an exception."""
    headers = {"content-type": dialect.value, request_id_header(dialect): request_id}
    if dialect in {*_TYPED, Dialect.REST_JSON}:
        headers["x-amzn-errortype"] = error.code
    # RFC 9110 §9.3.2: an answer to HEAD has no body, whatever it has to say.
    body = b"" if method == "HEAD" else _body(dialect, error, request_id)
    return Answer(status=error.status, headers=tuple(headers.items()), body=body)


def request_id_header(dialect: Dialect) -> str:
    """Return the header in which SDKs look for the request's id."""
    return "x-amz-request-id" if dialect is Dialect.S3 else "x-amzn-requestid"


def _body(dialect: Dialect, error: AwsError, request_id: str) -> bytes:
    if dialect is Dialect.QUERY:
        return error_xml(error, request_id=request_id)
    if dialect is Dialect.S3:
        return _s3_xml(error, request_id)
    told = {"message": error.message}
    if dialect in _TYPED:
        told = {"__type": f"com.amazon.coral.service#{error.code}"} | told
    return json.dumps(told).encode()


def _s3_xml(error: AwsError, request_id: str) -> bytes:
    told = {
        "Code": error.code,
        "Message": error.message,
        "RequestId": request_id,
        "HostId": "local",
    }
    inner = "".join(f"<{name}>{html.escape(text)}</{name}>" for name, text in told.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()
