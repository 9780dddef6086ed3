"""Key conditions: read strictly, and written down again in one way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devstack.aws.errors import AwsError
from devstack.aws.services.dynamodb.keycondition import (
    KeyCondition,
    key_conditions,
    partition_value,
)

ACME = {"S": "acme"}
VALUES = {":p": ACME, ":s": {"S": "a"}, ":t": {"S": "b"}}
NAMES = {"#p": "pk", "#s": "sk", "#other": "other"}


def query(expression: str) -> dict[str, Any]:
    return {
        "KeyConditionExpression": expression,
        "ExpressionAttributeNames": NAMES,
        "ExpressionAttributeValues": VALUES,
    }


@pytest.mark.parametrize(
    "expression",
    [
        "pk = :p",
        "pk=:p",
        "  #p  =\n:p ",
        "(pk = :p)",
        "((#p = :p))",
        "pk = :p AND sk = :s",
        "pk = :p and sk < :s",
        "sk >= :s AND pk = :p",
        "(pk = :p) AND (sk BETWEEN :s AND :t)",
        "sk between :s and :t and pk = :p",
        "begins_with(sk, :s) AND pk = :p",
        "pk = :p AND begins_with ( #s , :s )",
        "(pk = :p AND sk = :s)",
    ],
)
def test_the_partition_is_found_wherever_it_stands(expression: str) -> None:
    assert partition_value(query(expression), attribute="pk") == ACME


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("", id="nothing"),
        pytest.param("sk = :s", id="no partition"),
        pytest.param("pk < :p", id="not equal"),
        pytest.param("begins_with(pk, :p)", id="partition by its beginning"),
        pytest.param("pk BETWEEN :p AND :s", id="range of partitions"),
        pytest.param("pk = :p OR sk = :s", id="or"),
        pytest.param("pk = :p AND pk = :s", id="partition twice"),
        pytest.param("pk = :p AND #p = :s", id="partition twice in disguise"),
        pytest.param("NOT pk = :p", id="not"),
        pytest.param("pk = :p AND", id="open end"),
        pytest.param("pk = :p)", id="one parenthesis too many"),
        pytest.param("(pk = :p", id="one too few"),
        pytest.param("(pk = :p) ) AND (pk = :s", id="what a lax reader stops at"),
        pytest.param("pk = acme", id="literal"),
        pytest.param("pk = :p, sk = :s", id="comma"),
        pytest.param("pk <> :p", id="unequal"),
        pytest.param("pk = :p AND size(sk) = :s", id="function"),
        pytest.param("pk.x = :p", id="path"),
        pytest.param(":p = pk", id="turned round"),
        pytest.param("pk = :p; sk = :s", id="semicolon"),
        pytest.param("(" * 21 + "pk = :p" + ")" * 21, id="deep"),
        pytest.param("pk = :p" + " " * 4096, id="long"),
    ],
)
def test_every_other_condition_is_refused(expression: str) -> None:
    with pytest.raises(AwsError) as refused:
        partition_value(query(expression), attribute="pk")

    assert refused.value.code == "ValidationException"


def test_the_older_form_is_read() -> None:
    condition = {"ComparisonOperator": "EQ", "AttributeValueList": [ACME]}

    assert partition_value({"KeyConditions": {"pk": condition}}, attribute="pk") == ACME


@pytest.mark.parametrize(
    "condition",
    [
        {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [ACME]},
        {"ComparisonOperator": "EQ", "AttributeValueList": [ACME, ACME]},
        {"ComparisonOperator": "EQ"},
    ],
)
def test_the_older_form_names_one_partition(condition: dict[str, Any]) -> None:
    with pytest.raises(AwsError):
        partition_value({"KeyConditions": {"pk": condition}}, attribute="pk")


def test_both_forms_at_once_are_refused() -> None:
    condition = {"ComparisonOperator": "EQ", "AttributeValueList": [ACME]}

    with pytest.raises(AwsError):
        partition_value(query("pk = :p") | {"KeyConditions": {"pk": condition}}, attribute="pk")


TERMS = st.one_of(
    st.builds(
        lambda name, operator, value: KeyCondition(name=name, operator=operator, values=(value,)),
        st.sampled_from(["pk", "#p", "sk", "_x1"]),
        st.sampled_from(["=", "<", "<=", ">", ">=", "begins_with"]),
        st.sampled_from([":p", ":s", ":1"]),
    ),
    st.builds(
        lambda name, low, high: KeyCondition(name=name, operator="BETWEEN", values=(low, high)),
        st.sampled_from(["pk", "#p"]),
        st.sampled_from([":p", ":s"]),
        st.sampled_from([":p", ":s"]),
    ),
)


@given(st.lists(TERMS, min_size=1, max_size=4))
def test_what_is_passed_on_reads_as_what_was_read(terms: list[KeyCondition]) -> None:
    written = " AND ".join(term.expression for term in terms)

    assert key_conditions(written) == tuple(terms)
