"""AgentCore's data plane as its callers speak to it: boto3, and httpx for what boto3 hides."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

HELLO = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/hello-a1B2c3D4e5"
LEDGER = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/ledger-f6G7h8I9j0"
SESSION = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
CUSTOM = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Data-Grant"


def fresh_session() -> str:
    return f"{uuid.uuid4()}-session"


def invoke(client: Any, session: str | None = None, *, arn: str = HELLO, **order: Any) -> Any:
    named = {} if session is None else {"runtimeSessionId": session}
    return client.invoke_agent_runtime(
        agentRuntimeArn=arn,
        qualifier="DEFAULT",
        contentType="application/json",
        accept="text/event-stream",
        payload=json.dumps(order).encode(),
        **named,
    )


def frames(body: bytes) -> list[dict[str, Any]]:
    return [json.loads(frame.removeprefix(b"data: ")) for frame in body.split(b"\n\n") if frame]


def told(client: Any, session: str | None = None, **order: Any) -> dict[str, Any]:
    """Have one turn; return what the agent said of itself."""
    [frame] = frames(invoke(client, session, **order)["response"].read())
    return frame


def refused(call: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ClientError) as error:
        call()
    answer: Any = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


class Wire:
    """AgentCore's data plane over httpx, for what boto3 hides."""

    def __init__(self, gateway: Any, grant: Any) -> None:
        self._gateway, self._grant = gateway, grant

    def request(
        self, session: str, *, operation: str = "invocations", headers: Any = None, **order: Any
    ) -> httpx.Request:
        encoded = HELLO.replace(":", "%3A").replace("/", "%2F")
        url = f"{self._gateway.url}/runtimes/{encoded}/{operation}"
        body = json.dumps(order).encode()
        unsigned = AWSRequest(
            method="POST", url=url, data=body, headers={SESSION: session, **(headers or {})}
        )
        credentials = Credentials(
            self._grant.access_key_id, self._grant.secret_access_key, self._grant.session_token
        )
        SigV4Auth(credentials, "bedrock-agentcore", "us-east-1").add_auth(unsigned)
        return httpx.Request("POST", url, headers=dict(unsigned.headers), content=body)


def streamed(http: httpx.Client, request: httpx.Request) -> Any:
    return http.stream(
        request.method, request.url, headers=request.headers, content=request.content
    )


def frames_of(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    kept = b""
    for chunk in answer.iter_raw():
        *whole, kept = (kept + chunk).split(b"\n\n")
        for frame in whole:
            yield json.loads(frame.removeprefix(b"data: "))


def outcome_of(gateway: Any, session: str) -> str:
    [call] = [
        call
        for call in gateway.calls()
        if (call["runtime_session_id"], call["operation"]) == (session, "InvokeAgentRuntime")
    ]
    return str(call["outcome"])


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for something that another process does; fail after 20 seconds."""
    late = threading.Event()
    timer = threading.Timer(20, late.set)
    timer.start()
    try:
        while not condition():
            assert not late.wait(0.01), "it did not happen"
    finally:
        timer.cancel()
