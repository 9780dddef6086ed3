"""Filling policy templates."""

import json

import pytest

from devstack.aws.iam.template import TemplateError, filled


def test_names_are_filled_in_wherever_they_stand() -> None:
    template = '{"a": "arn:aws:iam::@ACCOUNT@:role/x-@AGENT@", "b": "@AGENT@"}'

    document = json.loads(filled(template, {"ACCOUNT": "123456789012", "AGENT": "hello"}))

    assert document == {"a": "arn:aws:iam::123456789012:role/x-hello", "b": "hello"}


def test_a_list_takes_the_place_of_placeholder_and_quotation_marks() -> None:
    document = json.loads(filled('{"t": "@TENANTS@"}', {"TENANTS": ["acme", "globex"]}))

    assert document == {"t": ["acme", "globex"]}


def test_the_variables_of_iam_are_left_alone() -> None:
    assert filled('"${aws:PrincipalTag/x}/@A@/*"', {"A": "b"}) == '"${aws:PrincipalTag/x}/b/*"'


def test_a_value_cannot_break_out_of_its_text() -> None:
    document = filled('{"a": "x-@A@"}', {"A": '", "b": "'})

    assert json.loads(document) == {"a": 'x-", "b": "'}


def test_a_value_is_not_filled_a_second_time() -> None:
    assert filled('"@A@-@B@"', {"A": "@B@", "B": "b"}) == '"@B@-b"'


@pytest.mark.parametrize(
    ("template", "values"),
    [
        pytest.param('"@A@"', {}, id="no value"),
        pytest.param('"x-@A@"', {"A": ["a"]}, id="a list inside a text"),
        pytest.param('"@A@"', {"A": ""}, id="empty"),
        pytest.param('"@A@"', {"A": "*"}, id="a star"),
        pytest.param('"@A@"', {"A": ["acme", "glo?ex"]}, id="a question mark in a list"),
        pytest.param('"@A@"', {"A": "${aws:username}"}, id="a variable"),
    ],
)
def test_what_would_change_the_meaning_is_refused(
    template: str, values: dict[str, str | list[str]]
) -> None:
    with pytest.raises(TemplateError):
        filled(template, values)
