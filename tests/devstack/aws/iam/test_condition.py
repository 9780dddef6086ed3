"""Conditions, rule by rule, each under the section of the IAM User Guide that states it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devstack.aws.iam.condition import holds
from devstack.aws.iam.condition_element import conditions
from devstack.aws.iam.context import Context

KEYS: dict[str, tuple[str, ...]] = {
    "aws:username": ("johndoe",),
    "aws:PrincipalTag/team": ("yellow",),
    "aws:PrincipalTag/loud": ("LOUD",),
    "aws:PrincipalTag/star": ("*",),
    "aws:PrincipalTag/empty": ("",),
    "aws:SourceIp": ("203.0.113.7",),
    "aws:CurrentTime": ("2020-06-01T12:00:00Z",),
    "aws:EpochTime": ("1591012800",),
    "aws:SecureTransport": ("true",),
    "x:Shouted": ("TRUE",),
    "aws:SourceArn": ("arn:aws:sns:us-east-1:123456789012:topic",),
    "aws:PrincipalArn": ("arn:aws:iam::123456789012:role/app/reader",),
    "s3:max-keys": ("10",),
    "s3:prefix": ("home/johndoe/x",),
    "bin": ("QmluYXJ5VmFsdWVJbkJhc2U2NA==",),
    "aws:TagKeys": ("Project", "CostCenter"),
    "none": (),
    "blank": ("", ""),
}


def evaluated(block: dict[str, Any], *, variables: bool = True) -> bool:
    context = Context(KEYS)
    return all(holds(clause, context, variables=variables) for clause in conditions(block))


Row = tuple[str, str, str, object, bool]
"""What is shown, the operator, the key, the values in the policy, whether it holds."""

STRING: list[Row] = [
    ("exact", "StringEquals", "aws:username", "johndoe", True),
    ("case-sensitive", "StringEquals", "aws:username", "JohnDoe", False),
    ("keys know no case", "StringEquals", "AWS:UserName", "johndoe", True),
    ("one of several", "StringEquals", "aws:username", ["bob", "johndoe"], True),
    ("a star is a character", "StringEquals", "aws:username", "john*", False),
    ("a literal star", "StringEquals", "aws:PrincipalTag/star", "*", True),
    ("negated", "StringNotEquals", "aws:username", "bob", True),
    ("negated, equal", "StringNotEquals", "aws:username", "johndoe", False),
    ("ignoring case", "StringEqualsIgnoreCase", "aws:username", "JohnDoe", True),
    (
        "ignoring case in the request",
        "StringEqualsIgnoreCase",
        "aws:PrincipalTag/loud",
        "loud",
        True,
    ),
    ("ignoring case, other", "StringEqualsIgnoreCase", "aws:username", "Bob", False),
    ("negated, any case", "StringNotEqualsIgnoreCase", "aws:username", "JOHNDOE", False),
    ("negated, other", "StringNotEqualsIgnoreCase", "aws:username", "BOB", True),
    ("multi-character wildcard", "StringLike", "s3:prefix", "home/*", True),
    ("single-character wildcard", "StringLike", "aws:username", "john?oe", True),
    ("the whole string", "StringLike", "s3:prefix", "home", False),
    ("case-sensitive", "StringLike", "s3:prefix", "HOME/*", False),
    ("negated", "StringNotLike", "s3:prefix", "other/*", True),
    ("negated, alike", "StringNotLike", "s3:prefix", "home/*", False),
    ("the empty string", "StringEquals", "aws:PrincipalTag/empty", "", True),
]
NUMERIC: list[Row] = [
    ("equal", "NumericEquals", "s3:max-keys", "10", True),
    ("equal as a number", "NumericEquals", "s3:max-keys", "10.0", True),
    ("unquoted", "NumericEquals", "s3:max-keys", 10, True),
    ("negated", "NumericNotEquals", "s3:max-keys", "10", False),
    ("less", "NumericLessThan", "s3:max-keys", "11", True),
    ("not less", "NumericLessThan", "s3:max-keys", "10", False),
    ("at most", "NumericLessThanEquals", "s3:max-keys", "10", True),
    ("greater", "NumericGreaterThan", "s3:max-keys", "9.5", True),
    ("not greater", "NumericGreaterThan", "s3:max-keys", "10", False),
    ("at least", "NumericGreaterThanEquals", "s3:max-keys", "10", True),
    ("as numbers, not texts", "NumericLessThan", "s3:max-keys", "9", False),
    ("not a number", "NumericEquals", "aws:username", "10", False),
    ("no variables", "NumericEquals", "s3:max-keys", "${s3:max-keys}", False),
]
DATE: list[Row] = [
    ("equal", "DateEquals", "aws:CurrentTime", "2020-06-01T12:00:00Z", True),
    ("another zone", "DateEquals", "aws:CurrentTime", "2020-06-01T14:00:00+02:00", True),
    ("epoch in the policy", "DateEquals", "aws:CurrentTime", "1591012800", True),
    ("epoch in the request", "DateEquals", "aws:EpochTime", "2020-06-01T12:00:00Z", True),
    ("negated", "DateNotEquals", "aws:CurrentTime", "2020-06-01T12:00:00Z", False),
    ("before", "DateLessThan", "aws:CurrentTime", "2020-06-01T12:00:01Z", True),
    ("not before", "DateLessThan", "aws:CurrentTime", "2020-06-01T12:00:00Z", False),
    ("at or before", "DateLessThanEquals", "aws:CurrentTime", "2020-06-01T12:00:00Z", True),
    ("after", "DateGreaterThan", "aws:CurrentTime", "2020-06-01", True),
    ("not after", "DateGreaterThan", "aws:CurrentTime", "2020-06-02", False),
    ("at or after", "DateGreaterThanEquals", "aws:EpochTime", 1591012800, True),
]
BOOLEAN: list[Row] = [
    ("true", "Bool", "aws:SecureTransport", "true", True),
    ("unquoted", "Bool", "aws:SecureTransport", True, True),
    ("in any case", "Bool", "aws:SecureTransport", "True", True),
    ("in any case in the request", "Bool", "x:Shouted", "true", True),
    ("false", "Bool", "aws:SecureTransport", "false", False),
    ("a variable", "Bool", "aws:SecureTransport", "${aws:SecureTransport}", True),
    ("not a boolean", "Bool", "aws:username", "johndoe", False),
]
BINARY: list[Row] = [
    ("byte for byte", "BinaryEquals", "bin", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
    ("other bytes", "BinaryEquals", "bin", "QmluYXJ5", False),
    ("not base64", "BinaryEquals", "aws:username", "johndoe!", False),
    ("base64 with more in it", "BinaryEquals", "bin", "QmluYXJ5!VmFsdWVJbkJhc2U2NA==", False),
]
ADDRESS: list[Row] = [
    ("in the range", "IpAddress", "aws:SourceIp", "203.0.113.0/24", True),
    ("outside", "IpAddress", "aws:SourceIp", "198.51.100.0/24", False),
    ("one address is /32", "IpAddress", "aws:SourceIp", "203.0.113.7", True),
    ("another address", "IpAddress", "aws:SourceIp", "203.0.113.8", False),
    ("host bits set", "IpAddress", "aws:SourceIp", "203.0.113.99/24", True),
    ("IPv6 beside IPv4", "IpAddress", "aws:SourceIp", ["2001:DB8::/32", "203.0.113.0/24"], True),
    ("IPv6 alone", "IpAddress", "aws:SourceIp", "2001:DB8::/32", False),
    ("negated", "NotIpAddress", "aws:SourceIp", "198.51.100.0/24", True),
    ("negated, inside", "NotIpAddress", "aws:SourceIp", "203.0.113.0/24", False),
    ("no variables", "IpAddress", "aws:SourceIp", "${aws:SourceIp}", False),
]
ARN: list[Row] = [
    ("equal", "ArnEquals", "aws:SourceArn", KEYS["aws:SourceArn"][0], True),
    ("ArnEquals knows wildcards", "ArnEquals", "aws:SourceArn", "arn:aws:sns:*:*:t*", True),
    ("like", "ArnLike", "aws:SourceArn", "arn:aws:sns:*:123456789012:top?c", True),
    ("no star over colons", "ArnLike", "aws:SourceArn", "arn:aws:sns:*:topic", False),
    ("slashes in the last", "ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*", True),
    ("negated", "ArnNotEquals", "aws:SourceArn", "arn:aws:sns:*:*:other", True),
    ("negated, alike", "ArnNotLike", "aws:SourceArn", "arn:aws:sns:*:*:*", False),
    ("a variable", "ArnEquals", "aws:SourceArn", "${aws:SourceArn}", True),
]
NULL: list[Row] = [
    ("absent", "Null", "aws:TokenIssueTime", "true", True),
    ("absent, wanted", "Null", "aws:TokenIssueTime", "false", False),
    ("present", "Null", "aws:username", "false", True),
    ("present, unwanted", "Null", "aws:username", "true", False),
    ("unquoted", "Null", "aws:username", False, True),
    ("in any case", "Null", "aws:username", "False", True),
    ("one of several", "Null", "aws:username", ["true", "false"], True),
    ("an empty value is null", "Null", "aws:PrincipalTag/empty", "true", True),
    ("an empty set is null", "Null", "none", "true", True),
    ("several values", "Null", "aws:TagKeys", "false", True),
]
IF_EXISTS: list[Row] = [
    ("absent", "StringEqualsIfExists", "ec2:InstanceType", "t1.*", True),
    ("absent, negated", "StringNotEqualsIfExists", "ec2:InstanceType", "t1", True),
    ("present, equal", "StringEqualsIfExists", "aws:username", "johndoe", True),
    ("present, other", "StringEqualsIfExists", "aws:username", "bob", False),
    ("present, negated", "StringNotEqualsIfExists", "aws:username", "johndoe", False),
    ("absent number", "NumericLessThanIfExists", "x:age", "1", True),
    ("absent set", "ForAnyValue:StringEqualsIfExists", "x:set", "a", True),
]
MISSING: list[Row] = [
    ("does not match", "StringEquals", "x:key", "a", False),
    ("not even everything", "StringLike", "x:key", "*", False),
    ("an empty set neither", "StringEquals", "none", "a", False),
    ("matches negated", "StringNotEquals", "x:key", "a", True),
    ("matches negated", "StringNotLike", "x:key", "*", True),
    ("matches negated", "ArnNotLike", "x:key", "arn:aws:s3:::*", True),
    ("matches negated", "NotIpAddress", "x:key", "0.0.0.0/0", True),
    ("matches negated", "NumericNotEquals", "x:key", "1", True),
    ("matches negated", "DateNotEquals", "x:key", "2020-01-01", True),
    ("does not match", "Bool", "x:key", "false", False),
    ("does not match", "NumericLessThan", "x:key", "1", False),
    ("does not match", "DateGreaterThan", "x:key", "1970-01-01", False),
    ("does not match", "IpAddress", "x:key", "0.0.0.0/0", False),
    ("does not match", "BinaryEquals", "x:key", "", False),
]
NEGATED_VALUES: list[Row] = [
    ("none of them", "StringNotEquals", "aws:username", ["a", "b"], True),
    ("one of them", "StringNotEquals", "aws:username", ["a", "johndoe"], False),
    ("one of them", "StringNotLike", "s3:prefix", ["a*", "home*"], False),
]
ALL_VALUES: list[Row] = [
    ("a subset", "ForAllValues:StringEquals", "aws:TagKeys", ["Project", "CostCenter"], True),
    ("one too many", "ForAllValues:StringEquals", "aws:TagKeys", ["Project"], False),
    ("of wildcards", "ForAllValues:StringLike", "aws:TagKeys", ["Pro*", "Cost*"], True),
    ("absent", "ForAllValues:StringEquals", "x:set", ["Project"], True),
    ("an empty set", "ForAllValues:StringEquals", "none", ["Project"], True),
    ("an empty string", "ForAllValues:StringEquals", "aws:PrincipalTag/empty", ["x"], True),
    ("only empty strings", "ForAllValues:StringEquals", "blank", ["x"], True),
    ("negated, none equal", "ForAllValues:StringNotEquals", "aws:TagKeys", ["x"], True),
    ("negated, one equal", "ForAllValues:StringNotEquals", "aws:TagKeys", ["Project"], False),
    ("absent, negated", "ForAllValues:StringNotEquals", "x:set", ["x"], True),
    ("a single-valued key", "ForAllValues:StringEquals", "aws:username", ["johndoe"], True),
]
ANY_VALUE: list[Row] = [
    ("one is enough", "ForAnyValue:StringEquals", "aws:TagKeys", ["Project", "x"], True),
    ("none", "ForAnyValue:StringEquals", "aws:TagKeys", ["x"], False),
    ("absent", "ForAnyValue:StringEquals", "x:set", ["x"], False),
    ("an empty set", "ForAnyValue:StringEquals", "none", ["x"], False),
    ("an empty string", "ForAnyValue:StringEquals", "aws:PrincipalTag/empty", [""], False),
    ("absent, negated", "ForAnyValue:StringNotEquals", "x:set", ["x"], False),
    ("negated, another", "ForAnyValue:StringNotEquals", "aws:TagKeys", ["Project"], True),
    (
        "negated, all listed",
        "ForAnyValue:StringNotEquals",
        "aws:TagKeys",
        ["Project", "CostCenter"],
        False,
    ),
]
WITHOUT_SET_OPERATOR: list[Row] = [
    ("several values", "StringEquals", "aws:TagKeys", ["Project", "CostCenter"], False),
    ("several values", "StringLike", "aws:TagKeys", "*", False),
    ("several values, negated", "StringNotEquals", "aws:TagKeys", "x", False),
]
VARIABLES: list[Row] = [
    ("a key's value", "StringLike", "s3:prefix", "home/${aws:username}/*", True),
    ("without a value", "StringEquals", "aws:username", "${aws:userid}", False),
    ("another value", "StringEquals", "aws:username", ["${aws:userid}", "johndoe"], True),
    ("inverted operators match", "StringNotEquals", "aws:username", "${aws:userid}", True),
    ("inverted operators match", "StringNotLike", "aws:username", "${aws:userid}*", True),
    ("a default", "StringEquals", "aws:username", "${aws:userid, 'johndoe'}", True),
    ("a value is no wildcard", "StringLike", "s3:prefix", "${aws:PrincipalTag/star}", False),
    ("an escaped star", "StringLike", "aws:PrincipalTag/star", "${*}", True),
    ("an escaped star is no star", "StringLike", "aws:username", "${*}", False),
    ("any case", "StringEqualsIgnoreCase", "aws:username", "${AWS:username}", True),
]
SECTIONS = {
    "String condition operators": STRING,
    "Numeric condition operators": NUMERIC,
    "Date condition operators": DATE,
    "Boolean condition operators": BOOLEAN,
    "Binary condition operators": BINARY,
    "IP address condition operators": ADDRESS,
    "Amazon Resource Name (ARN) condition operators": ARN,
    "Condition operator to check existence of condition keys": NULL,
    "...IfExists condition operators": IF_EXISTS,
    "Condition operators, Important: missing keys": MISSING,
    "Evaluation logic for negated matching condition operators": NEGATED_VALUES,
    "Set operators: ForAllValues": ALL_VALUES,
    "Set operators: ForAnyValue": ANY_VALUE,
    "Multivalued context keys require a set operator": WITHOUT_SET_OPERATOR,
    "Policy variables: Condition element, no value, defaults, special characters": VARIABLES,
}


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        pytest.param(*row[1:], id=f"{section} | {row[1]}: {row[0]}")
        for section, rows in SECTIONS.items()
        for row in rows
    ],
)
def test_a_condition_operator(operator: str, key: str, values: object, *, expected: bool) -> None:
    assert evaluated({operator: {key: values}}) is expected


def test_keys_of_one_operator_must_all_match() -> None:
    good, bad = {"aws:username": "johndoe"}, {"aws:PrincipalTag/team": "blue"}

    assert evaluated({"StringEquals": good})
    assert not evaluated({"StringEquals": good | bad})


def test_operators_must_all_match() -> None:
    good, bad = {"StringEquals": {"aws:username": "johndoe"}}, {"Null": {"aws:username": "true"}}

    assert evaluated(good)
    assert not evaluated(good | bad)


def test_an_empty_block_always_holds() -> None:
    assert evaluated({})


def test_variables_are_plain_text_before_version_2012() -> None:
    block = {"StringEquals": {"aws:username": "${aws:username}"}}

    assert evaluated(block)
    assert not evaluated(block, variables=False)


def test_two_keys_that_differ_in_case_are_one_key_with_two_values() -> None:
    context = Context({"aws:RequestTag/EC2": ("a",), "aws:requesttag/ec2": ("b",)})
    (single,) = conditions({"StringEquals": {"aws:RequestTag/EC2": ["a", "b"]}})

    assert context.get("AWS:REQUESTTAG/EC2") == ("a", "b")
    assert not holds(single, context, variables=True)


NAMES = st.sampled_from(["a", "b", "c"])


@given(values=st.lists(NAMES), allowed=st.lists(NAMES, min_size=1))
def test_the_set_operators_are_subset_and_intersection(
    values: list[str], allowed: list[str]
) -> None:
    context = Context({"k": tuple(values)})
    every, some = conditions(
        {"ForAllValues:StringEquals": {"k": allowed}, "ForAnyValue:StringEquals": {"k": allowed}}
    )

    assert holds(every, context, variables=True) is (set(values) <= set(allowed))
    assert holds(some, context, variables=True) is bool(set(values) & set(allowed))


@given(value=NAMES, entries=st.lists(NAMES, min_size=1))
def test_a_negated_operator_is_the_opposite_where_the_key_is_present(
    value: str, entries: list[str]
) -> None:
    context = Context({"k": (value,)})
    positive, negated = conditions(
        {"StringEquals": {"k": entries}, "StringNotEquals": {"k": entries}}
    )

    assert holds(positive, context, variables=True) is not holds(negated, context, variables=True)
