"""A permit is given only for what was asked about and allowed."""

from collections.abc import Mapping

import pytest

from devstack.aws.errors import AwsError
from devstack.aws.iam.evaluate import Request
from devstack.aws.iam.policy import parse_policy
from devstack.aws.judge import Judge
from devstack.aws.sts.principal import Principal
from trust.secret import Secret

GET = Request(action="s3:GetObject", resource="arn:aws:s3:::notes/a", context={})
PUT = Request(action="s3:PutObject", resource="arn:aws:s3:::notes/a", context={})


def policy(*actions: str, when: Mapping[str, object] | None = None) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": {**statement, "Condition": when or {}}}


def judge(
    identity: dict[str, object],
    *,
    session: dict[str, object] | None = None,
    boundary: dict[str, object] | None = None,
    seen: list[str] | None = None,
) -> Judge:
    return Judge(
        caller=Principal(
            access_key_id="ASIA",
            secret_access_key=Secret("x"),
            arn="arn:aws:sts::123456789012:assumed-role/data/alice",
            user_id="AROA:alice",
            identity_policies=(parse_policy(identity),),
            session_policies=() if session is None else (parse_policy(session),),
            boundary=None if boundary is None else (parse_policy(boundary),),
        ),
        context={"aws:PrincipalTag/tenant_id": ("acme",), "s3:prefix": ("the request's",)},
        denied_code="AccessDenied",
        denied_status=403,
        on_allowed=(seen if seen is not None else []).append,
    )


def test_everything_allowed_is_a_permit() -> None:
    seen: list[str] = []
    asked = judge(policy("s3:*"), seen=seen)

    assert asked.require("CopyObject", [GET, PUT]).operation == "CopyObject"
    assert seen == ["CopyObject"]
    assert asked.refused is None


def test_one_refusal_refuses_all() -> None:
    seen: list[str] = []
    asked = judge(policy("s3:GetObject"), seen=seen)

    with pytest.raises(AwsError) as refused:
        asked.require("CopyObject", [GET, PUT])

    assert (refused.value.code, refused.value.status) == ("AccessDenied", 403)
    assert refused.value.message == (
        "User: arn:aws:sts::123456789012:assumed-role/data/alice is not authorized to perform: "
        "s3:PutObject on resource: arn:aws:s3:::notes/a because no identity-based policy allows "
        "the s3:PutObject action"
    )
    assert asked.refused is PUT
    assert seen == []


def test_asking_for_nothing_gets_nothing() -> None:
    with pytest.raises(AwsError):
        judge(policy("*")).require("GetObject", [])


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(judge(policy("s3:*"), session=policy("s3:GetObject")), id="session"),
        pytest.param(judge(policy("s3:*"), boundary=policy("s3:GetObject")), id="boundary"),
        pytest.param(judge(policy("s3:GetObject"), session=policy("s3:*")), id="identity"),
    ],
)
def test_the_narrower_policy_counts(asked: Judge) -> None:
    assert asked.require("GetObject", [GET]).operation == "GetObject"
    with pytest.raises(AwsError):
        asked.require("PutObject", [PUT])


def test_conditions_see_the_caller() -> None:
    tagged = {"StringEquals": {"aws:PrincipalTag/tenant_id": "acme"}}

    permit = judge(policy("s3:*", when=tagged)).require("GetObject", [GET])

    assert permit.operation == "GetObject"


def test_what_the_request_claims_of_its_caller_does_not_count() -> None:
    claimed = Request(
        action=GET.action,
        resource=GET.resource,
        context={"aws:PrincipalTag/tenant_id": ("globex",)},
    )
    other = {"StringEquals": {"aws:PrincipalTag/tenant_id": "globex"}}

    with pytest.raises(AwsError):
        judge(policy("s3:*", when=other)).require("GetObject", [claimed])


def test_many_requests_can_be_judged_one_by_one() -> None:
    asked = judge(policy("s3:GetObject"))

    permit, allowed = asked.permit_each("DeleteObjects", [GET, PUT, GET])

    assert permit.operation == "DeleteObjects"
    assert allowed == (True, False, True)
    assert asked.refused is PUT


def test_a_question_on_the_side_is_not_a_call() -> None:
    asked = judge(policy("s3:GetObject"))

    assert asked.may(GET)
    assert not asked.may(PUT)
    assert asked.asked == []
