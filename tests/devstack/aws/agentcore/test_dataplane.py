"""The local data plane: sessions, containers, who may call; the agent is `tiny_agent.py`."""

from typing import Any

import boto3
import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from agentcore_client.calls import (
    CUSTOM,
    HELLO,
    LEDGER,
    SESSION,
    Wire,
    frames,
    fresh_session,
    invoke,
    refused,
    told,
)


class TestSessions:
    """One process for each session."""

    def test_a_session_keeps_its_process_and_others_have_their_own(self, agents: Any) -> None:
        first, second = fresh_session(), fresh_session()

        of_first = [told(agents, first) for _ in range(2)]
        of_second = told(agents, second)

        assert of_first[0]["pid"] == of_first[1]["pid"] != of_second["pid"]
        assert [frame["turns"] for frame in of_first] == [1, 2]
        assert of_second["turns"] == 1

    def test_the_answer_names_the_session(self, agents: Any) -> None:
        session = fresh_session()

        answer = invoke(agents, session)

        assert answer["runtimeSessionId"] == session
        assert answer["contentType"] == "text/event-stream"
        answer["response"].read()

    def test_without_an_id_a_session_is_made(self, wire: Wire, http: httpx.Client) -> None:
        request = wire.request("to be taken away")
        del request.headers[SESSION]
        # The header was signed; so is its absence.
        unsigned = AWSRequest(method="POST", url=str(request.url), data=request.content)
        credentials = Credentials(
            wire._grant.access_key_id, wire._grant.secret_access_key, wire._grant.session_token
        )
        SigV4Auth(credentials, "bedrock-agentcore", "us-east-1").add_auth(unsigned)

        answer = http.post(request.url, headers=dict(unsigned.headers), content=request.content)

        assert answer.status_code == 200
        made = answer.headers[SESSION]
        assert 33 <= len(made) <= 256
        assert frames(answer.content)[0]["headers"][SESSION.lower()] == made

    def test_stopping_ends_the_process(self, agents: Any) -> None:
        session = fresh_session()
        before = told(agents, session)

        stopped = agents.stop_runtime_session(agentRuntimeArn=HELLO, runtimeSessionId=session)
        again = agents.stop_runtime_session(agentRuntimeArn=HELLO, runtimeSessionId=session)

        assert stopped["statusCode"] == again["statusCode"] == 200
        assert stopped["runtimeSessionId"] == session
        after = told(agents, session)
        assert (after["turns"], after["pid"] != before["pid"]) == (1, True)


class TestContainer:
    """What the container gets to see."""

    def test_only_the_contracts_headers(self, wire: Wire, http: httpx.Client) -> None:
        session = fresh_session()
        request = wire.request(
            session,
            headers={
                "Accept": "text/event-stream",
                "Content-Type": "application/json",
                CUSTOM: "a-grant",
                "X-Amzn-Trace-Id": "Root=1-2-3",
                "traceparent": "00-1-2-01",
                "Cookie": "session=1",
                "X-Forwarded-For": "10.0.0.1",
            },
        )

        answer = http.send(request)

        headers = frames(answer.content)[0]["headers"]
        assert headers.pop("host").startswith("127.0.0.1:")
        assert headers.pop("content-length") == "2"
        assert headers == {
            "accept": "text/event-stream",
            "content-type": "application/json",
            CUSTOM.lower(): "a-grant",
            "x-amzn-trace-id": "Root=1-2-3",
            "traceparent": "00-1-2-01",
            SESSION.lower(): session,
        }
        assert "x-private" not in answer.headers

    def test_the_execution_roles_credentials_and_nothing_of_the_bffs(
        self, shared_gateway: Any, agents: Any
    ) -> None:
        names = [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_REGION",
            "AWS_ENDPOINT_URL",
            "BFF_OIDC_CLIENT_SECRET",
        ]

        environ = told(agents, fresh_session(), environ=names)["environ"]

        assert environ["AWS_REGION"] == "us-east-1"
        assert environ["AWS_ENDPOINT_URL"] == shared_gateway.url
        assert environ["BFF_OIDC_CLIENT_SECRET"] == ""
        key = type(shared_gateway.admin)(
            access_key_id=environ["AWS_ACCESS_KEY_ID"],
            secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
            session_token=environ["AWS_SESSION_TOKEN"],
        )
        arn = shared_gateway.client("sts", key).get_caller_identity()["Arn"]
        assert arn.endswith(":assumed-role/gatehouse-runtime/BedrockAgentCore")
        with pytest.raises(ClientError, match="AccessDenied"):
            shared_gateway.client("s3", key).list_objects_v2(
                Bucket="gatehouse-data", Prefix="demo/acme/hello/"
            )

    def test_processes_do_not_share_credentials(self, agents: Any) -> None:
        names = ["AWS_ACCESS_KEY_ID"]

        first, second = (told(agents, fresh_session(), environ=names)["environ"] for _ in "ab")

        assert first != second


class TestWhoMay:
    """IAM in front of the data plane."""

    def test_an_agent_that_the_grant_does_not_name_is_refused(self, agents: Any) -> None:
        call = lambda: invoke(agents, fresh_session(), arn=LEDGER)  # noqa: E731

        assert refused(call) == ("AccessDeniedException", 403)

    def test_an_agent_of_another_account_is_refused(self, agents: Any) -> None:
        other = HELLO.replace("123456789012", "999999999999")

        assert refused(lambda: invoke(agents, arn=other)) == ("AccessDeniedException", 403)

    def test_the_ledger_answers_its_own_grant(self, shared_gateway: Any) -> None:
        ledger = shared_gateway.client(
            "bedrock-agentcore", shared_gateway.grant("invoke", "ledger", "acme")
        )

        assert invoke(ledger, fresh_session(), arn=LEDGER)["response"].read()

    def test_a_data_grant_invokes_nothing(self, shared_gateway: Any) -> None:
        data = shared_gateway.client(
            "bedrock-agentcore", shared_gateway.grant("data", "hello", "acme")
        )

        assert refused(lambda: invoke(data)) == ("AccessDeniedException", 403)

    def test_the_bff_itself_invokes_nothing(self, shared_gateway: Any) -> None:
        key = type(shared_gateway.admin)(
            access_key_id="AKIABFFBFFBFFBFFBFF2", secret_access_key="the-bff-signs-with-this"
        )
        bff = shared_gateway.client("bedrock-agentcore", key)

        assert refused(lambda: invoke(bff)) == ("AccessDeniedException", 403)

    def test_acting_for_a_named_user_needs_its_own_permission(
        self, shared_gateway: Any, agents: Any
    ) -> None:
        call = {"agentRuntimeArn": HELLO, "runtimeUserId": "alice", "payload": b"{}"}
        admin = shared_gateway.client("bedrock-agentcore", shared_gateway.admin)

        assert refused(lambda: agents.invoke_agent_runtime(**call)) == (
            "AccessDeniedException",
            403,
        )
        assert admin.invoke_agent_runtime(**call)["response"].read()

    def test_a_session_policy_narrows_the_grant(self, shared_gateway: Any) -> None:
        only_stop = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "bedrock-agentcore:StopRuntimeSession",
                    "Resource": [HELLO, f"{HELLO}/*"],
                }
            ],
        }
        grant = shared_gateway.grant("invoke", "hello", "acme", policy=only_stop)
        client = shared_gateway.client("bedrock-agentcore", grant)

        assert refused(lambda: invoke(client)) == ("AccessDeniedException", 403)
        assert client.stop_runtime_session(agentRuntimeArn=HELLO, runtimeSessionId=fresh_session())

    def test_no_grant_runs_commands(self, wire: Wire, http: httpx.Client) -> None:
        answer = http.send(wire.request(fresh_session(), operation="commands", command="id"))

        assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"


class TestRefusals:
    """AgentCore's own errors."""

    def test_a_runtime_that_is_not_there(self, shared_gateway: Any) -> None:
        admin = shared_gateway.client("bedrock-agentcore", shared_gateway.admin)
        missing = HELLO.replace("hello-a1B2c3D4e5", "nobody-a1B2c3D4e5")

        assert refused(lambda: invoke(admin, arn=missing)) == ("ResourceNotFoundException", 404)

    def test_an_endpoint_that_is_not_there(self, agents: Any) -> None:
        assert refused(
            lambda: agents.invoke_agent_runtime(
                agentRuntimeArn=HELLO, qualifier="blue", payload=b"{}"
            )
        ) == ("ResourceNotFoundException", 404)

    @pytest.mark.parametrize("length", [32, 257])
    def test_a_session_id_of_another_length(
        self, wire: Wire, http: httpx.Client, length: int
    ) -> None:
        answer = http.send(wire.request("s" * length))

        assert answer.status_code == 400
        assert answer.headers["x-amzn-errortype"] == "ValidationException"
        assert "runtimeSessionId" in answer.json()["message"]

    def test_an_agent_that_answers_with_an_error(self, agents: Any) -> None:
        assert refused(lambda: invoke(agents, status=500)) == ("RuntimeClientError", 424)

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (402, "ServiceQuotaExceededException"),
            (409, "RetryableConflictException"),
            (424, "RuntimeClientError"),
            (429, "ThrottlingException"),
            (500, "InternalServerException"),
        ],
    )
    def test_failures_on_demand(self, gateway: Any, agents: Any, status: int, code: str) -> None:
        session = fresh_session()
        gateway.order(service="agentcore", status=status)

        assert refused(lambda: invoke(agents, session)) == (code, status)

        [call] = gateway.calls()
        assert (call["decision"], call["status"], call["code"]) == ("allowed", status, code)
        assert call["runtime_session_id"] == session
        assert told(agents, session)["turns"] == 1

    def test_boto3s_own_retries_repeat_the_turn(self, gateway: Any) -> None:
        """Why the product must not use them: three calls upstream for one turn."""
        grant = gateway.grant("invoke", "hello", "acme")
        careless = boto3.Session(
            grant.access_key_id, grant.secret_access_key, grant.session_token, "us-east-1"
        ).client("bedrock-agentcore", endpoint_url=gateway.url)
        gateway.forget()
        gateway.order(service="agentcore", status=500, times=2)
        try:
            invoke(careless)["response"].read()
        finally:
            careless.close()

        assert [call["status"] for call in gateway.calls()] == [500, 500, 200]
