"""XML of the Query protocol."""

from xml.etree import ElementTree as ET

import pytest

from devstack.aws.errors import AwsError
from devstack.aws.sts.xml import NAMESPACE, answer_xml, error_xml


def parsed(body: bytes) -> ET.Element:
    return ET.fromstring(body)  # noqa: S314 it is our own


def test_an_answer_has_a_result_and_metadata() -> None:
    body = answer_xml("GetCallerIdentity", {"Arn": "a&b<c>", "Inner": {"X": "1"}}, request_id="r")

    root = parsed(body)
    result = f"{{{NAMESPACE}}}GetCallerIdentityResult"
    assert root.tag == f"{{{NAMESPACE}}}GetCallerIdentityResponse"
    assert root.findtext(f"{result}/{{{NAMESPACE}}}Arn") == "a&b<c>"
    assert root.findtext(f"{result}/{{{NAMESPACE}}}Inner/{{{NAMESPACE}}}X") == "1"
    assert root.findtext(f"{{{NAMESPACE}}}ResponseMetadata/{{{NAMESPACE}}}RequestId") == "r"


@pytest.mark.parametrize(("status", "kind"), [(400, "Sender"), (403, "Sender"), (500, "Receiver")])
def test_an_error_says_whose_fault_it_is(status: int, kind: str) -> None:
    root = parsed(error_xml(AwsError("Code", status, "text"), request_id="r"))

    error = root.find(f"{{{NAMESPACE}}}Error")
    assert error is not None
    assert [element.text for element in error] == [kind, "Code", "text"]
    assert root.findtext(f"{{{NAMESPACE}}}RequestId") == "r"


def test_characters_that_xml_does_not_know_do_not_break_it() -> None:
    body = error_xml(AwsError("C", 400, "a\x00b\x1b\udcff\uffff<\u20ac"), request_id="r")

    message = parsed(body).findtext(f".//{{{NAMESPACE}}}Message")
    assert message == "a\ufffdb\ufffd\ufffd\ufffd<\u20ac"
