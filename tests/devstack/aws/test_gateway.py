"""The way through the gateway: which refusals, which records, which failures on demand."""

import json
from typing import Any

import httpx
import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError, ReadTimeoutError

ARN = "arn:aws:iam::123456789012:role/gatehouse-data-hello"


def stranger(gateway: Any) -> Any:
    """Return a key that nobody has."""
    return type(gateway.admin)(access_key_id="AKIANOBODY", secret_access_key="guessed")


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("s3", "list_buckets", {}, "InvalidAccessKeyId"),
        ("dynamodb", "list_tables", {}, "UnrecognizedClientException"),
        ("ssm", "describe_parameters", {}, "UnrecognizedClientException"),
        ("secretsmanager", "list_secrets", {}, "UnrecognizedClientException"),
        ("sts", "get_caller_identity", {}, "InvalidClientTokenId"),
        (
            "bedrock-agentcore",
            "stop_runtime_session",
            {"agentRuntimeArn": "x", "runtimeSessionId": "s" * 33},
            "UnrecognizedClientException",
        ),
    ],
)
def test_a_stranger_is_told_so_in_each_services_words(
    gateway: Any, service: str, operation: str, arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as error:
        getattr(gateway.client(service, stranger(gateway)), operation)(**arguments)

    assert error.value.response["Error"]["Code"] == code
    [call] = gateway.calls()
    assert call["decision"] == "unauthenticated"
    assert call["principal"] is None


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        pytest.param({"method": "GET", "url": "/gatehouse-data/k"}, "AccessDenied", id="S3"),
        pytest.param(
            {"method": "POST", "url": "/", "data": {"Action": "GetCallerIdentity"}},
            "MissingAuthenticationToken",
            id="STS",
        ),
        pytest.param(
            {
                "method": "POST",
                "url": "/",
                "headers": {"x-amz-target": "DynamoDB_20120810.ListTables"},
            },
            "MissingAuthenticationTokenException",
            id="DynamoDB",
        ),
        pytest.param(
            {"method": "POST", "url": "/runtimes/x/invocations"},
            "MissingAuthenticationTokenException",
            id="AgentCore",
        ),
        pytest.param(
            {"method": "GET", "url": "/", "headers": {"authorization": "Bearer abc"}},
            "AuthorizationHeaderMalformed",
            id="bearer",
        ),
    ],
)
def test_what_nobody_signed_is_refused(gateway: Any, request_: dict[str, Any], code: str) -> None:
    answer = httpx.request(**(request_ | {"url": gateway.url + request_["url"]}))

    assert answer.status_code in {400, 403}
    assert code in answer.text or answer.headers["x-amzn-errortype"] == code


@pytest.mark.parametrize("service", ["ec2", "iam", "ecr", "logs"])
def test_services_that_are_not_there_are_denied(gateway: Any, service: str) -> None:
    answer = gateway.signed(service, gateway.admin, data=b"Action=DescribeInstances&Version=1")

    assert answer.status_code == 403
    assert "AccessDenied" in answer.text


def test_a_signature_for_one_service_opens_no_other(gateway: Any) -> None:
    answer = gateway.signed(
        "ssm",
        gateway.admin,
        headers={"x-amz-target": "DynamoDB_20120810.ListTables"},
        data=b"{}",
    )

    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"] == "UnknownOperationException"


class TestSecurityTokens:
    """STS behind the gateway."""

    def test_a_grant_carries_its_tags(self, gateway: Any) -> None:
        grant = gateway.grant("data", "hello", "acme")

        identity = gateway.client("sts", grant).get_caller_identity()

        assert identity["Arn"].endswith(":assumed-role/gatehouse-data-hello/alice")
        opened, asked = gateway.calls()
        assert (opened["operation"], opened["resource"]) == ("AssumeRole", ARN)
        assert opened["decision"] == "allowed"
        assert asked["tags"] == {"app_id": "demo", "tenant_id": "acme", "agent_name": "hello"}
        assert asked["source_identity"] == "alice"

    def test_a_role_does_not_trust_everybody(self, gateway: Any) -> None:
        with pytest.raises(ClientError) as error:
            gateway.client("sts", gateway.keys["reader"]).assume_role(
                RoleArn=ARN, RoleSessionName="alice"
            )

        assert error.value.response["Error"]["Code"] == "AccessDenied"
        [call] = gateway.calls()
        assert (call["decision"], call["code"]) == ("denied", "AccessDenied")

    def test_the_ledger_is_acmes_alone(self, gateway: Any) -> None:
        assert gateway.grant("data", "ledger", "acme")
        with pytest.raises(ClientError, match="AccessDenied"):
            gateway.grant("data", "ledger", "globex")
        with pytest.raises(ClientError, match="AccessDenied"):
            gateway.grant("invoke", "ledger", "globex")

    def test_web_identity_is_not_signed(self, gateway: Any) -> None:
        sts = gateway.client("sts", gateway.admin, signature_version=UNSIGNED)

        with pytest.raises(ClientError) as error:
            sts.assume_role_with_web_identity(
                RoleArn=ARN, RoleSessionName="alice", WebIdentityToken="not-a-token"
            )

        assert error.value.response["Error"]["Code"] == "InvalidIdentityToken"

    def test_nothing_else_goes_unsigned(self, gateway: Any) -> None:
        sts = gateway.client("sts", gateway.admin, signature_version=UNSIGNED)

        with pytest.raises(ClientError) as error:
            sts.assume_role(RoleArn=ARN, RoleSessionName="alice")

        assert error.value.response["Error"]["Code"] == "MissingAuthenticationToken"

    def test_two_actions_in_one_form_are_refused(self, gateway: Any) -> None:
        answer = gateway.signed(
            "sts",
            gateway.admin,
            headers={"content-type": "application/x-www-form-urlencoded"},
            data=b"Action=AssumeRole&Action=GetCallerIdentity&Version=2011-06-15",
        )

        assert answer.status_code == 400
        assert "ValidationError" in answer.text

    def test_a_presigned_question_is_answered(self, gateway: Any) -> None:
        sts = gateway.client("sts", gateway.admin)

        answer = httpx.get(sts.generate_presigned_url("get_caller_identity", HttpMethod="GET"))

        assert answer.status_code == 200
        assert ":assumed-role/somebody/test" in answer.text


class TestCalls:
    """The list of calls."""

    def test_each_call_stands_there_with_what_was_decided(self, gateway: Any) -> None:
        grant = gateway.grant("data", "hello", "acme")
        db = gateway.client("dynamodb", grant)
        gateway.forget()
        key = {"pk": {"S": "APP#demo#TENANT#acme"}, "sk": {"S": "x"}}
        db.get_item(TableName="gatehouse-data", Key=key)
        with pytest.raises(ClientError):
            db.scan(TableName="gatehouse-data")

        allowed, denied = gateway.calls()

        table = "arn:aws:dynamodb:us-east-1:123456789012:table/gatehouse-data"
        assert allowed | {"number": 0} == {
            "number": 0,
            "service": "dynamodb",
            "operation": "GetItem",
            "action": "dynamodb:GetItem",
            "actions": ["dynamodb:GetItem"],
            "resource": table,
            "principal": "arn:aws:sts::123456789012:assumed-role/gatehouse-data-hello/alice",
            "tags": {"app_id": "demo", "tenant_id": "acme", "agent_name": "hello"},
            "source_identity": "alice",
            "decision": "allowed",
            "status": 200,
            "code": None,
            "runtime_session_id": None,
            "outcome": "completed",
        }
        assert denied["number"] == allowed["number"] + 1
        assert (denied["action"], denied["decision"]) == ("dynamodb:Scan", "denied")
        assert (denied["status"], denied["code"]) == (400, "AccessDeniedException")

    def test_the_refused_one_of_many_is_named(self, gateway: Any) -> None:
        s3 = gateway.client("s3", gateway.grant("data", "hello", "acme"))
        gateway.forget()
        with pytest.raises(ClientError):
            s3.copy_object(
                Bucket="gatehouse-data",
                Key="demo/acme/hello/stolen",
                CopySource={"Bucket": "gatehouse-data", "Key": "demo/globex/hello/note"},
            )

        [call] = gateway.calls()

        assert call["operation"] == "PutObject"
        assert call["action"] == "s3:GetObject"
        assert call["resource"] == "arn:aws:s3:::gatehouse-data/demo/globex/hello/note"

    def test_no_secret_stands_there(self, gateway: Any) -> None:
        grant = gateway.grant("data", "hello", "acme")
        gateway.client("s3", grant).put_object(
            Bucket="gatehouse-data", Key="demo/acme/hello/x", Body=b"the content"
        )

        listed = json.dumps(gateway.calls())

        for secret in (
            grant.secret_access_key,
            grant.session_token,
            "the content",
            "the-bff-signs",
        ):
            assert secret not in listed


class TestFaults:
    """Failures on demand."""

    def test_the_next_calls_fail_as_ordered_and_then_no_more(self, gateway: Any) -> None:
        db = gateway.client("dynamodb", gateway.admin)
        gateway.order(service="dynamodb", status=400, times=2)

        for _ in range(2):
            with pytest.raises(ClientError) as error:
                db.list_tables()
            assert error.value.response["Error"]["Code"] == "ThrottlingException"

        assert db.list_tables()["TableNames"]

    def test_only_the_named_operation_fails(self, gateway: Any) -> None:
        sts = gateway.client("sts", gateway.admin)
        gateway.order(service="sts", operation="AssumeRole", status=503, retry_after=7)

        assert sts.get_caller_identity()
        with pytest.raises(ClientError) as error:
            gateway.grant("data", "hello", "acme")

        assert error.value.response["Error"]["Code"] == "ServiceUnavailable"
        told = error.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert told["retry-after"] == "7"

    def test_a_code_can_be_chosen(self, gateway: Any) -> None:
        gateway.order(service="s3", status=503, code="Busy")

        with pytest.raises(ClientError) as error:
            gateway.client("s3", gateway.admin).list_buckets()

        assert error.value.response["Error"]["Code"] == "Busy"

    def test_who_is_denied_does_not_use_up_an_order(self, gateway: Any) -> None:
        gateway.order(service="dynamodb", status=500)
        with pytest.raises(ClientError, match="AccessDenied"):
            gateway.client("dynamodb", gateway.keys["reader"]).list_tables()

        with pytest.raises(ClientError, match="InternalServerError"):
            gateway.client("dynamodb", gateway.admin).list_tables()

    def test_a_call_hangs_as_ordered(self, gateway: Any) -> None:
        impatient = gateway.client("dynamodb", gateway.admin, read_timeout=0.5)
        assert impatient.list_tables()
        gateway.order(service="dynamodb", hang=5)

        with pytest.raises(ReadTimeoutError):
            impatient.list_tables()

    def test_a_call_that_hung_goes_on_afterwards(self, gateway: Any) -> None:
        gateway.order(service="dynamodb", hang=0.05)

        assert gateway.client("dynamodb", gateway.admin).list_tables()["TableNames"]

    def test_a_call_that_hung_can_fail_afterwards(self, gateway: Any) -> None:
        gateway.order(service="dynamodb", hang=0.05, status=500)

        with pytest.raises(ClientError, match="InternalServerError"):
            gateway.client("dynamodb", gateway.admin).list_tables()

    def test_orders_can_be_cancelled(self, gateway: Any) -> None:
        gateway.order(service="s3", status=500, times=1000)
        gateway.forget()

        assert gateway.client("s3", gateway.admin).list_buckets()
