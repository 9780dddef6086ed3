"""Answers: what API Gateway reads."""

import json

import pytest

from authorizer.decision import Allow, Deny, Nobody, Refusal
from authorizer.document import answer
from authorizer.event import parse_event
from events.recorded import http_authorization, rest_authorization
from trust.coordinates import AppId, TenantId

ALICE = Allow(
    app=AppId("demo"), tenant=TenantId("acme"), subject="s" * 22, user_name="alice@acme.test"
)
TOSSED = Deny(refusal=Refusal.COOKIE_AMBIGUOUS, detail="two of them: secret")


def test_somebody_gets_a_policy_for_the_whole_stage() -> None:
    """A policy that names the method would refuse the caller's next call, from a cache."""
    assert answer(ALICE, parse_event(rest_authorization())) == {
        "principalId": "s" * 22,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": "arn:aws:execute-api:us-east-1:123456789012:abcdef1234/prod/*/*",
                }
            ],
        },
        "context": {
            "app_id": "demo",
            "tenant_id": "acme",
            "subject": "s" * 22,
            "user_name": "alice@acme.test",
        },
    }


def test_somebody_without_a_name_has_none_in_the_context() -> None:
    nameless = Allow(app=AppId("demo"), tenant=TenantId("acme"), subject="s")

    assert answer(nameless, parse_event(http_authorization())) == {
        "isAuthorized": True,
        "context": {"app_id": "demo", "tenant_id": "acme", "subject": "s"},
    }


def test_a_refused_one_gets_a_policy_that_denies_and_the_code_alone() -> None:
    denied = answer(TOSSED, parse_event(rest_authorization()))

    text = json.dumps(denied)
    assert '"Effect": "Deny"' in text
    assert "Allow" not in text
    assert denied["context"] == {"code": "cookie_ambiguous"}
    assert "secret" not in text


@pytest.mark.parametrize("verdict", [TOSSED, Nobody()])
def test_an_http_api_is_told_no(verdict: Deny | Nobody) -> None:
    assert answer(verdict, parse_event(http_authorization()))["isAuthorized"] is False


def test_nobody_is_unauthorized_by_the_one_word_that_means_401() -> None:
    with pytest.raises(Exception, match=r"\AUnauthorized\Z") as raised:
        answer(Nobody(), parse_event(rest_authorization()))

    assert type(raised.value) is Exception
