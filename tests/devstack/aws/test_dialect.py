"""How each protocol dresses a refusal: what botocore makes of it."""

import json

import botocore.parsers
import botocore.session
import pytest

from devstack.aws.dialect import Dialect, refusal
from devstack.aws.errors import AwsError

ERROR = AwsError("AccessDenied", 403, 'not "you" <here>')


@pytest.mark.parametrize(
    ("dialect", "service", "operation"),
    [
        (Dialect.JSON_1_0, "dynamodb", "GetItem"),
        (Dialect.JSON_1_1, "ssm", "GetParameter"),
        (Dialect.REST_JSON, "bedrock-agentcore", "StopRuntimeSession"),
        (Dialect.S3, "s3", "GetObject"),
        (Dialect.QUERY, "sts", "GetCallerIdentity"),
    ],
)
def test_botocore_reads_code_message_and_request_id(
    dialect: Dialect, service: str, operation: str
) -> None:
    answer = refusal(dialect, ERROR, method="POST", request_id="r-1")
    model = botocore.session.get_session().get_service_model(service)
    parser = botocore.parsers.create_parser(model.protocol)
    seen = {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body}

    shape = model.operation_model(operation).output_shape
    assert shape is not None

    parsed = parser.parse(seen, shape)

    assert parsed["Error"]["Code"] == ERROR.code
    assert parsed["Error"]["Message"] == ERROR.message
    assert parsed["ResponseMetadata"]["RequestId"] == "r-1"
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize("dialect", Dialect)
def test_an_answer_to_head_has_no_body(dialect: Dialect) -> None:
    assert refusal(dialect, ERROR, method="HEAD", request_id="r-1").body == b""


@pytest.mark.parametrize("dialect", [Dialect.JSON_1_0, Dialect.JSON_1_1])
def test_the_json_protocols_name_the_type_twice(dialect: Dialect) -> None:
    answer = refusal(dialect, ERROR, method="POST", request_id="r-1")

    assert json.loads(answer.body)["__type"] == "com.amazon.coral.service#AccessDenied"
    assert dict(answer.headers)["x-amzn-errortype"] == "AccessDenied"
    assert dict(answer.headers)["content-type"] == dialect.value
