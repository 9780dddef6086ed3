"""What botocore would send, and what it makes of an answer: by AWS's own models, without a call."""

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import botocore.session
from botocore.model import OperationModel, Shape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator


@cache
def _operation(service: str, operation: str) -> OperationModel:
    return botocore.session.Session().get_service_model(service).operation_model(operation)


def _shape(shape: Shape | None) -> Shape:
    assert shape is not None
    return shape


def sent(service: str, operation: str, members: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the request (`headers`, `body`, `url_path`, `method`) of a call; it must be valid."""
    model = _operation(service, operation)
    report = ParamValidator().validate(dict(members), _shape(model.input_shape))
    assert not report.has_errors(), report.generate_report()
    serializer = create_serializer(model.service_model.metadata["protocol"])
    return cast("dict[str, Any]", serializer.serialize_to_request(dict(members), model))


def read(
    service: str, operation: str, *, status: int, headers: Mapping[str, str], body: bytes
) -> Mapping[str, Any]:
    """Return an answer as botocore's client would."""
    model = _operation(service, operation)
    parser = create_parser(model.service_model.metadata["protocol"])
    answer = {"status_code": status, "headers": dict(headers), "body": body}
    return cast("dict[str, Any]", parser.parse(answer, _shape(model.output_shape)))


def with_octets(document: Any) -> Any:
    """Return a document of DynamoDB's JSON with `B` members as the bytes that boto3 takes."""
    if isinstance(document, list):
        return [with_octets(one) for one in document]
    if not isinstance(document, dict):
        return document
    members = cast("dict[str, Any]", document)
    if set(members) == {"B"}:
        return {"B": base64.b64decode(members["B"])}
    return {name: with_octets(value) for name, value in members.items()}
