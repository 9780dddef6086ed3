"""WebSockets through the local data plane: signed, allowed, and then the agent's own."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from agentcore_client.calls import CUSTOM, HELLO, LEDGER, SESSION, fresh_session
from trust.grant.session_policy import Extra, caller_policy

WAIT_S = 20.0
"""A process is started for each new session."""

USER = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"


def signed(gateway: Any, grant: Any, headers: dict[str, str], *, arn: str) -> tuple[str, Any]:
    """Return address and headers of a handshake, signed by botocore."""
    encoded = arn.replace(":", "%3A").replace("/", "%2F")
    url = f"{gateway.url}/runtimes/{encoded}/ws?qualifier=DEFAULT"
    unsigned = AWSRequest(method="GET", url=url, headers=headers)
    credentials = Credentials(grant.access_key_id, grant.secret_access_key, grant.session_token)
    SigV4Auth(credentials, "bedrock-agentcore", "us-east-1").add_auth(unsigned)
    return url.replace("http:", "ws:"), dict(unsigned.headers)


@asynccontextmanager
async def talking(
    gateway: Any,
    grant: Any,
    session: str | None = None,
    *,
    arn: str = HELLO,
    more: dict[str, str] | None = None,
    subprotocols: Any = None,
) -> AsyncGenerator[ClientConnection]:
    """Open a WebSocket to an agent of the local AWS."""
    url, headers = signed(
        gateway, grant, {SESSION: session or fresh_session(), **(more or {})}, arn=arn
    )
    async with asyncio.timeout(WAIT_S):
        async with connect(
            url, additional_headers=headers, proxy=None, subprotocols=subprotocols, max_size=None
        ) as connection:
            yield connection


async def status_of(gateway: Any, grant: Any, **options: Any) -> int:
    """Return the status by which a handshake is refused."""
    with pytest.raises(InvalidStatus) as refused:
        async with talking(gateway, grant, **options):
            pass
    assert json.loads(bytes(refused.value.response.body or b""))
    return int(refused.value.response.status_code)


@pytest.fixture(scope="module")
def grant(shared_gateway: Any) -> Any:
    """Return acme's grant for `hello` as the product opens it for an agent with a WebSocket."""
    policy = json.loads(caller_policy(HELLO, Extra.WEBSOCKET))
    return shared_gateway.grant("invoke", "hello", "acme", policy=policy)


async def test_text_and_bytes_go_both_ways_and_are_kept_apart(gateway: Any, grant: Any) -> None:
    async with talking(gateway, grant) as socket:
        for message in ("hé", b"\x00\xff", "", b"", "x" * 100_000):
            await socket.send(message)

            assert await socket.recv() == message


async def test_a_close_of_the_agents_comes_through_with_its_code(gateway: Any, grant: Any) -> None:
    async with talking(gateway, grant) as socket:
        await socket.send("bye")

        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4000


async def test_an_agent_that_dies_is_an_internal_error(gateway: Any, grant: Any) -> None:
    async with talking(gateway, grant) as socket:
        await socket.send("die")

        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011


async def test_a_session_is_the_same_process_over_a_websocket_and_its_stop_ends_it(
    gateway: Any, grant: Any
) -> None:
    session = fresh_session()
    client = gateway.client("bedrock-agentcore", grant)
    async with talking(gateway, grant, session) as socket:
        await socket.send("there?")
        assert await socket.recv() == "there?"

        await asyncio.to_thread(
            client.stop_runtime_session, agentRuntimeArn=HELLO, runtimeSessionId=session
        )
        with pytest.raises(ConnectionClosed):
            await socket.recv()

    operations = [call["operation"] for call in gateway.calls() if call["runtime_session_id"]]
    assert operations == ["InvokeAgentRuntimeWithWebSocketStream", "StopRuntimeSession"]


async def test_the_agent_sees_the_data_grant_and_no_signature(gateway: Any, grant: Any) -> None:
    async with talking(gateway, grant, more={CUSTOM: "the-grant"}) as socket:
        await socket.send("headers")
        names = json.loads(await socket.recv())

    assert {CUSTOM.lower(), SESSION.lower()} <= set(names)
    assert not {"authorization", "x-amz-date", "x-amz-security-token", "origin"} & set(names)


async def test_the_agent_chooses_the_subprotocol(gateway: Any, grant: Any) -> None:
    async with talking(gateway, grant, subprotocols=["mcp", "ag-ui"]) as socket:
        assert socket.subprotocol == "mcp"


async def test_a_grant_without_the_action_opens_nothing(gateway: Any) -> None:
    plain = gateway.grant("invoke", "hello", "acme", policy=json.loads(caller_policy(HELLO)))

    assert await status_of(gateway, plain) == 403
    [call] = [call for call in gateway.calls() if call["decision"] == "denied"]
    assert call["action"] == "bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStream"


async def test_a_role_without_the_action_opens_nothing_whatever_the_session_policy_says(
    gateway: Any,
) -> None:
    policy = json.loads(caller_policy(LEDGER, Extra.WEBSOCKET))
    grant = gateway.grant("invoke", "ledger", "acme", policy=policy)

    assert await status_of(gateway, grant, arn=LEDGER) == 403


async def test_a_user_id_asks_for_a_further_permission(gateway: Any, grant: Any) -> None:
    assert await status_of(gateway, grant, more={USER: "alice"}) == 403
    [call] = [call for call in gateway.calls() if call["decision"] == "denied"]
    assert call["action"] == "bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStreamForUser"


async def test_another_agents_runtime_is_closed(gateway: Any, grant: Any) -> None:
    assert await status_of(gateway, grant, arn=LEDGER) == 403


async def test_a_handshake_that_is_signed_for_something_else_is_refused(
    gateway: Any, grant: Any
) -> None:
    _, headers = signed(gateway, grant, {SESSION: fresh_session()}, arn=LEDGER)
    url, _ = signed(gateway, grant, {}, arn=HELLO)

    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, additional_headers=headers, proxy=None):
            pass

    assert refused.value.response.status_code == 403
    assert b"InvalidSignatureException" in str(refused.value.response.headers).encode()


async def test_an_ordered_failure_comes_instead_of_the_socket(gateway: Any, grant: Any) -> None:
    gateway.order(
        service="agentcore", operation="InvokeAgentRuntimeWithWebSocketStream", status=429
    )

    assert await status_of(gateway, grant) == 429


async def test_without_an_upgrade_there_is_no_socket(gateway: Any, grant: Any) -> None:
    path = f"/runtimes/{HELLO.replace(':', '%3A').replace('/', '%2F')}/ws"
    answer = await asyncio.to_thread(
        gateway.signed, "bedrock-agentcore", grant, method="GET", path=path
    )

    assert answer.status_code == 400
