"""STS as a whole: who may call what, and what an answer looks like."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from devstack.aws.iam.policy import parse_policy
from devstack.aws.sts.answer import RANDOM_BYTES, answer_sts

BFF = {"AccessKeyId": "AKIAGATEHOUSEBFF0000"}


def test_the_caller_learns_who_they_are(account: Any) -> None:
    answer = account.client().get_caller_identity()

    assert answer["Account"] == "123456789012"
    assert answer["Arn"] == "arn:aws:sts::123456789012:assumed-role/gatehouse-bff/local"
    assert answer["UserId"] == f"{account.roles['gatehouse-bff'].role_id}:local"
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36


def test_not_even_an_explicit_deny_hides_it(account: Any) -> None:
    deny = parse_policy({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})
    account.replace_role("gatehouse-bff", policies=(deny,))

    assert account.client().get_caller_identity()["Account"] == "123456789012"


@pytest.mark.parametrize("operation", ["get_caller_identity", "assume_role"])
def test_unsigned_calls_are_refused(account: Any, operation: str) -> None:
    call = getattr(account.client(signed=False), operation)

    with pytest.raises(ClientError) as caught:
        call()
    answer: Any = caught.value.response
    assert answer["Error"]["Code"] == "MissingAuthenticationToken"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize("form", [{}, {"Action": "GetSessionToken", "Version": "2011-06-15"}])
def test_what_sts_does_not_do_here_is_an_invalid_action(account: Any, form: dict[str, str]) -> None:
    status, body = account.answer(form, account.owner(BFF))

    assert status == 400
    assert b"<Code>InvalidAction</Code>" in body


def test_too_few_random_bytes_are_a_mistake_of_the_caller(account: Any) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        answer_sts({}, None, account.identities, {}, now=0, random=bytes(RANDOM_BYTES - 1))


def test_the_same_random_bytes_give_the_same_answer(account: Any) -> None:
    form = {
        "Action": "AssumeRole",
        "RoleArn": account.roles["gatehouse-data-hello"].arn,
        "RoleSessionName": "alice",
    }

    def answered(random: bytes) -> tuple[int, bytes]:
        caller = account.owner(BFF)
        return answer_sts(form, caller, account.identities, account.roles, now=1, random=random)

    assert answered(bytes(RANDOM_BYTES)) == answered(bytes(RANDOM_BYTES))
    assert answered(bytes(RANDOM_BYTES)) != answered(b"\x01" * RANDOM_BYTES)
