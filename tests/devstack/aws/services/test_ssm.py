"""Parameter Store: what IAM is asked, and what boto3 gets."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from devstack.aws.errors import AwsError
from devstack.aws.place import Place
from devstack.aws.services.ssm import requests

PLACE = Place(account="123456789012", region="us-east-1")
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter"


def asked(operation: str, **body: Any) -> list[tuple[str, str]]:
    return [(r.action, r.resource) for r in requests(operation, body, PLACE)]


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        ("GetParameter", {"Name": "/a/b"}, [("ssm:GetParameter", f"{PARAMETER}/a/b")]),
        ("GetParameter", {"Name": "a"}, [("ssm:GetParameter", f"{PARAMETER}/a")]),
        ("GetParameter", {"Name": "/a/b:3"}, [("ssm:GetParameter", f"{PARAMETER}/a/b")]),
        ("GetParameter", {"Name": "/a/b:live"}, [("ssm:GetParameter", f"{PARAMETER}/a/b")]),
        (
            "GetParameters",
            {"Names": ["/a", "/b"]},
            [("ssm:GetParameters", f"{PARAMETER}/a"), ("ssm:GetParameters", f"{PARAMETER}/b")],
        ),
        (
            "GetParametersByPath",
            {"Path": "/a/b/"},
            [("ssm:GetParametersByPath", f"{PARAMETER}/a/b")],
        ),
        ("GetParametersByPath", {"Path": "/"}, [("ssm:GetParametersByPath", f"{PARAMETER}/")]),
        ("PutParameter", {"Name": "/a"}, [("ssm:PutParameter", f"{PARAMETER}/a")]),
        (
            "PutParameter",
            {"Name": "/a", "Tags": [{}]},
            [("ssm:PutParameter", f"{PARAMETER}/a"), ("ssm:AddTagsToResource", f"{PARAMETER}/a")],
        ),
        ("DeleteParameters", {"Names": ["/a"]}, [("ssm:DeleteParameters", f"{PARAMETER}/a")]),
        ("DescribeParameters", {}, [("ssm:DescribeParameters", "*")]),
        (
            "ListTagsForResource",
            {"ResourceType": "Parameter", "ResourceId": "/a"},
            [("ssm:ListTagsForResource", f"{PARAMETER}/a")],
        ),
    ],
)
def test_every_operation_has_its_action(
    operation: str, body: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert asked(operation, **body) == expected


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        pytest.param("SendCommand", {}, id="unknown operation"),
        pytest.param("GetParameter", {}, id="no name"),
        pytest.param("GetParameter", {"Name": "/a/*"}, id="pattern"),
        pytest.param("GetParameter", {"Name": "/a//b"}, id="doubled slash"),
        pytest.param("GetParameter", {"Name": f"{PARAMETER}/a"}, id="ARN"),
        pytest.param("GetParameters", {"Names": ["/a", 7]}, id="name that is no text"),
        pytest.param("GetParametersByPath", {"Path": "a"}, id="relative path"),
        pytest.param(
            "GetParameter",
            {"Name": "/aws/reference/secretsmanager/gatehouse"},
            id="a secret through the side door",
        ),
        pytest.param(
            "GetParametersByPath", {"Path": "/aws/reference/"}, id="all secrets through it"
        ),
        pytest.param(
            "ListTagsForResource", {"ResourceType": "Document", "ResourceId": "a"}, id="document"
        ),
    ],
)
def test_what_is_not_understood_is_refused(operation: str, body: dict[str, Any]) -> None:
    with pytest.raises(AwsError):
        asked(operation, **body)


def test_reading_below_a_path_says_whether_all_the_way() -> None:
    [shallow] = requests("GetParametersByPath", {"Path": "/a"}, PLACE)
    [deep] = requests("GetParametersByPath", {"Path": "/a", "Recursive": True}, PLACE)

    assert shallow.context["ssm:Recursive"] == ("false",)
    assert deep.context["ssm:Recursive"] == ("true",)


def test_a_reader_reads_below_its_path_and_nothing_else(shared_gateway: Any) -> None:
    admin = shared_gateway.client("ssm", shared_gateway.admin)
    reader = shared_gateway.client("ssm", shared_gateway.keys["reader"])
    own, other = f"/gatehouse/demo/{uuid.uuid4()}", f"/gatehouse/other/{uuid.uuid4()}"
    for name in (own, other):
        admin.put_parameter(Name=name, Value=name, Type="SecureString")

    read = reader.get_parameter(Name=own, WithDecryption=True)["Parameter"]["Value"]
    listed = reader.get_parameters_by_path(Path="/gatehouse/demo")["Parameters"]

    assert read == own
    assert own in {entry["Name"] for entry in listed}
    refusals: tuple[Callable[[], object], ...] = (
        lambda: reader.get_parameter(Name=other),
        lambda: reader.get_parameters(Names=[own, other]),
        lambda: reader.get_parameters_by_path(Path="/gatehouse"),
        lambda: reader.put_parameter(Name=own, Value="x", Overwrite=True),
        reader.describe_parameters,
    )
    for refused in refusals:
        with pytest.raises(ClientError) as error:
            refused()
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
