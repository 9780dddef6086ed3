"""Policy variables (IAM User Guide: "IAM policy elements: Variables and tags")."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from devstack.aws.iam.context import Context
from devstack.aws.iam.match import glob, literal, matches, resource_matches
from devstack.aws.iam.variables import expanded, expanded_resource

CONTEXT = Context(
    {
        "aws:PrincipalTag/team": ("yellow",),
        "aws:PrincipalTag/star": ("*",),
        "aws:PrincipalTag/empty": ("",),
        "aws:TagKeys": ("a", "b"),
    }
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("${aws:PrincipalTag/team}", "yellow", id="a tag"),
        pytest.param("${AWS:principaltag/TEAM}", "yellow", id="keys know no case"),
        pytest.param("a-${aws:PrincipalTag/team}-b", "a-yellow-b", id="inside a text"),
        pytest.param("${aws:PrincipalTag/x, 'company-wide'}", "company-wide", id="a default"),
        pytest.param("${aws:PrincipalTag/team, 'other'}", "yellow", id="a default not needed"),
        pytest.param("${aws:PrincipalTag/empty, 'other'}", "other", id="an empty value is none"),
        pytest.param("${aws:PrincipalTag/x, ''}", "", id="an empty default"),
        pytest.param("${*}${?}${$}", "*?$", id="special characters"),
        pytest.param("${$}{aws:username}", "${aws:username}", id="an escaped variable"),
        pytest.param("${aws:PrincipalTag/team", "${aws:PrincipalTag/team", id="no closing brace"),
        pytest.param("$aws $", "$aws $", id="a dollar alone"),
    ],
)
def test_a_variable_is_replaced_by_its_value(text: str, value: str) -> None:
    assert expanded(text, CONTEXT, reader=literal) == literal(value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("${aws:username}", id="missing"),
        pytest.param("${aws:PrincipalTag/empty}", id="empty"),
        pytest.param("${aws:TagKeys}", id="multivalued"),
        pytest.param("${aws:TagKeys, 'default'}", id="multivalued with a default"),
        pytest.param("${}", id="no name"),
        pytest.param("${aws:PrincipalTag/team,'x'}", id="a default without its space"),
        pytest.param("${aws:PrincipalTag/team}/${aws:username}", id="one of two"),
    ],
)
def test_a_variable_without_a_value_makes_the_whole_entry_match_nothing(text: str) -> None:
    assert expanded(text, CONTEXT, reader=literal) is None


def test_the_text_around_variables_keeps_its_wildcards() -> None:
    pattern = expanded("${aws:PrincipalTag/team}/*", CONTEXT, reader=glob)

    assert pattern is not None
    assert matches(pattern, "yellow/anything")
    assert not matches(pattern, "blue/anything")


@given(value=st.text(alphabet="ab*?${}", min_size=1), other=st.text(alphabet="ab*?${}"))
def test_an_inserted_value_never_acts_as_a_wildcard(value: str, other: str) -> None:
    assume(value != other)
    pattern = expanded("x${key}y", Context({"key": (value,)}), reader=glob)

    assert pattern is not None
    assert matches(pattern, f"x{value}y")
    assert not matches(pattern, f"x{other}y")


@pytest.mark.parametrize("default", ["*", "???"])
def test_a_default_value_is_literal_too(default: str) -> None:
    pattern = expanded(f"${{missing, '{default}'}}", CONTEXT, reader=glob)

    assert pattern is not None
    assert matches(pattern, default)
    assert not matches(pattern, "abc")


def test_a_resource_takes_variables_behind_the_fifth_colon() -> None:
    pattern = expanded_resource("arn:aws:s3:::b/${aws:PrincipalTag/team}/*", CONTEXT)

    assert pattern is not None
    assert resource_matches(pattern, "arn:aws:s3:::b/yellow/x")
    assert not resource_matches(pattern, "arn:aws:s3:::b/blue/x")


@pytest.mark.parametrize(
    "text", ["arn:aws:${aws:PrincipalTag/team}:::b", "${aws:PrincipalTag/team}"]
)
def test_a_variable_before_the_fifth_colon_stays_plain_text(text: str) -> None:
    pattern = expanded_resource(text, CONTEXT)

    assert pattern is not None
    assert not resource_matches(pattern, text.replace("${aws:PrincipalTag/team}", "yellow"))
