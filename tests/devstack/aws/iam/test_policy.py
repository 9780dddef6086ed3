"""Policy documents (IAM User Guide: "Grammar of the IAM JSON policy language")."""

import json
from typing import Any

import pytest

from devstack.aws.iam.policy import (
    MalformedPolicy,
    parse_policy,
    parse_resource_policy,
    parse_trust_policy,
)
from devstack.aws.iam.statement import Effect

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Principal": {"AWS": "123456789012"},
}


def document(*statements: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **top}


def without(statement: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key not in names} | more


def test_text_and_dict_are_read_alike() -> None:
    raw = document(ALLOW | {"Sid": "Read", "Condition": {"Bool": {"aws:SecureTransport": True}}})

    assert parse_policy(json.dumps(raw)) == parse_policy(raw)


def test_one_statement_needs_no_list_and_one_value_needs_none() -> None:
    lists = ALLOW | {"Action": ["s3:GetObject"], "Resource": ["*"]}

    assert parse_policy({"Statement": ALLOW}) == parse_policy({"Statement": [lists]})


def test_not_action_and_not_resource_are_read() -> None:
    raw = document({"Effect": "Deny", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::b"})
    (statement,) = parse_policy(raw).statements

    assert statement.effect is Effect.DENY
    assert statement.actions.inverted
    assert statement.resources is not None
    assert statement.resources.inverted


@pytest.mark.parametrize(
    ("version", "variables"), [("2012-10-17", True), ("2008-10-17", False), (None, False)]
)
def test_variables_came_with_version_2012(version: str | None, *, variables: bool) -> None:
    raw = {"Statement": ALLOW} | ({} if version is None else {"Version": version})

    assert parse_policy(raw).variables is variables


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param("{", "invalid Json", id="not JSON"),
        pytest.param("[]", "Syntax", id="not an object"),
        pytest.param('{"Statement": NaN}', "invalid Json", id="NaN"),
        pytest.param("[" * 100_000, "invalid Json", id="nested without end"),
        pytest.param("{}", "Syntax", id="no Statement"),
        pytest.param({"Statement": []}, "Syntax", id="an empty Statement"),
        pytest.param({"Statement": "all"}, "Syntax", id="Statement is a text"),
        pytest.param(document(ALLOW, Version="2015-01-01"), "Syntax", id="unknown Version"),
        pytest.param(document(ALLOW, Version=2012), "Syntax", id="Version is a number"),
        pytest.param(document(ALLOW, Extra=1), "Syntax", id="unknown top element"),
        pytest.param(document(ALLOW | {"Foo": 1}), "Syntax", id="unknown statement element"),
        pytest.param(document(without(ALLOW, "Effect")), "Syntax", id="no Effect"),
        pytest.param(document(ALLOW | {"Effect": "allow"}), "Syntax", id="Effect in lower case"),
        pytest.param(document(ALLOW | {"Effect": "Maybe"}), "Syntax", id="unknown Effect"),
        pytest.param(document(without(ALLOW, "Action")), "contain actions", id="no Action"),
        pytest.param(document(ALLOW | {"Action": []}), "contain actions", id="an empty Action"),
        pytest.param(document(ALLOW | {"Action": [1]}), "Syntax", id="Action is a number"),
        pytest.param(document(ALLOW | {"NotAction": "s3:*"}), "Syntax", id="Action, NotAction"),
        pytest.param(document(ALLOW | {"Action": "Get"}), "vendor", id="Action without service"),
        pytest.param(document(ALLOW | {"Action": "a:b:c"}), "one colon", id="two colons"),
        pytest.param(document(ALLOW | {"Action": "s3*:Get"}), "Vendor", id="star in the service"),
        pytest.param(document(without(ALLOW, "Resource")), "contain resources", id="no Resource"),
        pytest.param(document(ALLOW | {"Resource": []}), "contain resources", id="empty Resource"),
        pytest.param(document(ALLOW | {"NotResource": "*"}), "Syntax", id="both resources"),
        pytest.param(document(ALLOW | {"Resource": "b/*"}), "ARN format", id="not an ARN"),
        pytest.param(document(ALLOW | {"Resource": "arn"}), "ARN format", id="arn alone"),
        pytest.param(document(ALLOW | {"Resource": "arn:x:s3:::b"}), "Partition", id="partition"),
        pytest.param(
            document(ALLOW | {"Principal": "*"}), "not specify a principal", id="principal"
        ),
        pytest.param(document(ALLOW | {"Sid": "a-b"}), "alphanumeric", id="Sid with a hyphen"),
        pytest.param(document(ALLOW | {"Sid": 1}), "Syntax", id="Sid is a number"),
        pytest.param(
            document(ALLOW | {"Sid": "A"}, ALLOW | {"Sid": "A"}), "must be unique", id="Sid twice"
        ),
        pytest.param(
            '{"Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}}',
            "Syntax",
            id="an element twice",
        ),
    ],
)
def test_what_aws_would_not_accept_is_refused(raw: str | dict[str, Any], message: str) -> None:
    with pytest.raises(MalformedPolicy, match=message):
        parse_policy(raw)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        pytest.param([], "Syntax", id="not an object"),
        pytest.param({"StringEquals": "a"}, "Syntax", id="no keys"),
        pytest.param({"StringMatches": {"k": "v"}}, "Syntax", id="unknown operator"),
        pytest.param({"stringequals": {"k": "v"}}, "Syntax", id="operator in lower case"),
        pytest.param({"NullIfExists": {"k": "true"}}, "Syntax", id="Null with IfExists"),
        pytest.param({"ForSomeValues:StringEquals": {"k": "v"}}, "Syntax", id="qualifier"),
        pytest.param({"StringEqualsIfExistsIfExists": {"k": "v"}}, "Syntax", id="suffix twice"),
        pytest.param({"StringEquals": {"k": {"a": "b"}}}, "Syntax", id="value is an object"),
        pytest.param({"StringEquals": {"k": None}}, "Syntax", id="value is null"),
        pytest.param({"DateLessThan": {"k": "soon"}}, "legacy parsing", id="not a date"),
        pytest.param({"StringEquals": {"k": "a", "K": "b"}}, "only in case", id="key twice"),
    ],
)
def test_conditions_outside_the_grammar_are_refused(condition: object, message: str) -> None:
    with pytest.raises(MalformedPolicy, match=message):
        parse_policy(document(ALLOW | {"Condition": condition}))


@pytest.mark.parametrize(
    "operator",
    [
        f"{qualifier}{name}{suffix}"
        for name in (
            *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase"),
            *("StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"),
            *("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals"),
            *("NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals"),
            *("DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"),
            *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress"),
            *("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
        )
        for qualifier in ("", "ForAllValues:", "ForAnyValue:")
        for suffix in ("", "IfExists")
    ],
)
def test_every_operator_of_aws_is_known(operator: str) -> None:
    policy = parse_policy(document(ALLOW | {"Condition": {operator: {"k": "1"}}}))

    assert policy.statements[0].conditions[0].operator.name in operator


@pytest.mark.parametrize("action", ["STS:AssumeRole", "sts:*", "*", ["sts:TagSession"]])
def test_a_trust_policy_is_about_actions_of_sts(action: object) -> None:
    (statement,) = parse_trust_policy(document(TRUST | {"Action": action})).statements

    assert statement.actions.entries


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": "123456789012"},
        {"AWS": "arn:aws:iam::123456789012:root"},
        {"AWS": ["arn:aws:iam::123456789012:role/path/to/r", "arn:aws:iam::123456789012:user/u"]},
        {"AWS": "arn:aws:sts::123456789012:assumed-role/r/session@x"},
        {"Service": ["ecs.amazonaws.com", "bedrock-agentcore.amazonaws.com"]},
        {"Federated": "cognito-identity.amazonaws.com"},
        {"Federated": "arn:aws:iam::123456789012:oidc-provider/127.0.0.1:9400"},
        {"AWS": "123456789012", "Service": "ec2.amazonaws.com"},
    ],
)
def test_a_trust_policy_names_principals(principal: object) -> None:
    policy = parse_trust_policy(document(TRUST | {"Principal": principal}))

    assert policy.statements[0].principals is not None


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        pytest.param(without(TRUST, "Principal"), "Principal", id="no Principal"),
        pytest.param(TRUST | {"Principal": {}}, "Principal", id="an empty Principal"),
        pytest.param(TRUST | {"Principal": "arn:aws:iam::1:root"}, "Syntax", id="a bare ARN"),
        pytest.param(TRUST | {"Principal": {"Group": "g"}}, "Syntax", id="unknown kind"),
        pytest.param(TRUST | {"Principal": {"AWS": "12345"}}, "Invalid principal", id="account"),
        pytest.param(
            TRUST | {"Principal": {"AWS": "arn:aws:iam::123456789012:role/*"}},
            "Invalid principal",
            id="a wildcard in an ARN",
        ),
        pytest.param(
            TRUST | {"Principal": {"Service": "*.amazonaws.com"}}, "Invalid", id="any service"
        ),
        pytest.param(TRUST | {"Principal": {"Federated": "*"}}, "Invalid", id="any provider"),
        pytest.param(TRUST | {"Resource": "*"}, "prohibited field Resource", id="Resource"),
        pytest.param(TRUST | {"NotResource": "*"}, "prohibited", id="NotResource"),
        pytest.param(
            without(TRUST, "Principal", NotPrincipal={"AWS": "123456789012"}),
            "prohibited field NotPrincipal",
            id="NotPrincipal",
        ),
        pytest.param(TRUST | {"Action": "s3:GetObject"}, "STS AssumeRole", id="another service"),
    ],
)
def test_a_trust_policy_outside_the_grammar_is_refused(
    statement: dict[str, Any], message: str
) -> None:
    with pytest.raises(MalformedPolicy, match=message):
        parse_trust_policy(document(statement))


def test_a_resource_policy_has_principals_and_resources_and_any_sid() -> None:
    statement = ALLOW | {"Sid": "with spaces", "NotPrincipal": {"AWS": "123456789012"}}
    policy = parse_resource_policy(document(statement, Id="policy-1"))

    assert policy.statements[0].principals is not None
    assert policy.statements[0].principals.inverted
    assert policy.statements[0].resources is not None
