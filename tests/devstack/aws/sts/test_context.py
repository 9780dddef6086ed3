"""The condition keys of a request ("AWS global condition context keys", "Principal key values")."""

from dataclasses import replace
from typing import Any

from devstack.aws.sts.context import request_context
from devstack.aws.sts.principal import Principal
from trust.secret import Secret

NOW = 1_795_000_000


def test_a_user_is_known_by_arn_id_and_name() -> None:
    bob = Principal(
        access_key_id="AKIABOB",
        secret_access_key=Secret("s"),
        arn="arn:aws:iam::123456789012:user/team/bob",
        user_id="AIDABOB",
        tags={"dept": "hr"},
    )

    context = request_context(bob, NOW, region="us-east-1", source_ip="127.0.0.1")

    assert context == {
        "aws:CurrentTime": ("2026-11-18T11:06:40Z",),
        "aws:EpochTime": ("1795000000",),
        "aws:SecureTransport": ("false",),
        "aws:ViaAWSService": ("false",),
        "aws:PrincipalArn": ("arn:aws:iam::123456789012:user/team/bob",),
        "aws:PrincipalAccount": ("123456789012",),
        "aws:PrincipalType": ("User",),
        "aws:PrincipalIsAWSService": ("false",),
        "aws:PrincipalTag/dept": ("hr",),
        "aws:userid": ("AIDABOB",),
        "aws:username": ("bob",),
        "aws:RequestedRegion": ("us-east-1",),
        "aws:SourceIp": ("127.0.0.1",),
    }


def test_a_session_is_known_by_its_role_its_tags_and_its_age(account: Any) -> None:
    bff = account.owner({"AccessKeyId": "AKIAGATEHOUSEBFF0000"})
    session = replace(
        bff,
        tags={"tenant_id": "acme"},
        source_identity="alice",
        issued_at=NOW - 60,
        expires_at=NOW + 60,
        federated_provider="arn:aws:iam::123456789012:oidc-provider/idp",
    )

    context = request_context(session, NOW, secure_transport=True)

    assert context["aws:PrincipalArn"] == ("arn:aws:iam::123456789012:role/gatehouse-bff",)
    assert context["aws:PrincipalType"] == ("AssumedRole",)
    assert context["aws:userid"] == (f"{bff.role.role_id}:local",)
    assert context["aws:PrincipalTag/tenant_id"] == ("acme",)
    assert context["aws:SourceIdentity"] == ("alice",)
    assert context["aws:FederatedProvider"] == ("arn:aws:iam::123456789012:oidc-provider/idp",)
    assert context["aws:TokenIssueTime"] == ("2026-11-18T11:05:40Z",)
    assert context["aws:MultiFactorAuthPresent"] == ("false",)
    assert context["aws:SecureTransport"] == ("true",)
    assert "aws:username" not in context
    assert "aws:MultiFactorAuthAge" not in context


def test_a_long_lived_key_has_no_age_and_no_second_factor(account: Any) -> None:
    context = request_context(account.owner({"AccessKeyId": "AKIAGATEHOUSEBFF0000"}), NOW)

    assert "aws:TokenIssueTime" not in context
    assert "aws:MultiFactorAuthPresent" not in context
    assert "aws:SourceIdentity" not in context
