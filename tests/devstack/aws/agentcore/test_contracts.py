"""Containers of other protocols: where they are served, and which session leads there."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from devstack.aws.agentcore.dataplane import DataPlane, data_plane
from devstack.aws.agentcore.headers import to_caller, to_container
from devstack.aws.agentcore.invocation import CARD_PATH, mcp_session_id, target
from devstack.aws.agentcore.runtime import Contract, Limits, Runtime
from devstack.aws.arguments import arguments
from devstack.aws.errors import AwsError
from devstack.aws.landscape import A2A_HEADERS, AGENTS, PLACE, RPC_AGENTS
from devstack.aws.settings import RPC_COMMANDS
from devstack.aws.wire import Pairs, WireRequest
from fakes.proxy.rpc import call
from trust.clock import SystemClock

TOOLS, PEER = RPC_AGENTS
FALLBACK = UUID(int=1)
NAMED = "7f3c9a52-1f0e-4a7c-9d1b-2f9a6f0c1b7e"


def request(
    body: bytes = b"", *headers: tuple[str, str], method: str = "POST", path: str = "/"
) -> WireRequest:
    return WireRequest(method=method, path=path, query="", headers=headers, body=body)


@dataclass(kw_only=True)
class Heard:
    """An answer, taken in by the test."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    async def start(self, status: int, headers: Pairs) -> None:
        """Take the head."""
        self.status, self.headers = status, dict(headers)

    async def chunk(self, data: bytes) -> None:
        """Take a piece."""
        self.body += data

    async def end(self) -> None:
        """Nothing follows."""

    async def client_gone(self) -> None:
        """Stay."""
        await asyncio.Event().wait()


def runtime_of(contract: Contract) -> Runtime:
    async def environment() -> Mapping[str, str]:
        return {}

    agent = TOOLS if contract is Contract.MCP else PEER
    return Runtime(
        arn=agent.runtime_arn,
        command=RPC_COMMANDS[contract],
        environment=environment,
        contract=contract,
        allowed_headers=A2A_HEADERS if contract is Contract.A2A else frozenset(),
        spare=False,
    )


@pytest.fixture(scope="module")
def runtimes() -> dict[Contract, Runtime]:
    return {contract: runtime_of(contract) for contract in (Contract.MCP, Contract.A2A)}


@pytest.fixture
async def plane(runtimes: dict[Contract, Runtime]) -> AsyncGenerator[DataPlane]:
    async with data_plane(
        tuple(runtimes.values()), Limits(), clock=SystemClock(), log=2
    ) as running:
        yield running


async def test_each_container_is_called_where_its_contract_has_it(
    plane: DataPlane, runtimes: dict[Contract, Runtime]
) -> None:
    listed, said, card = Heard(), Heard(), Heard()
    message: dict[str, object] = {"message": {"parts": [{"text": "hi"}]}}
    asked = request(call("tools/list"), ("mcp-session-id", NAMED), ("a2a-version", "1.0"))
    told = request(call("message/send", params=message), ("a2a-version", "1.0"))

    await asyncio.gather(
        plane.invoke(runtimes[Contract.MCP], NAMED, asked, listed),
        plane.invoke(runtimes[Contract.A2A], "s" * 33, told, said),
    )
    await plane.invoke(runtimes[Contract.A2A], "s" * 33, request(method="GET"), card)

    assert json.loads(listed.body)["result"]["tools"]
    assert listed.headers["mcp-session-id"] == NAMED
    assert json.loads(said.body)["result"]["metadata"]["headers"]["a2a-version"] == "1.0"
    assert "mcp-session-id" not in said.headers
    assert json.loads(card.body)["name"] == "Peer"
    # Without an allow-list of the runtime's own the header would not have arrived.
    assert ("a2a-version", "1.0") not in to_container(asked.headers, session_id=NAMED)


def test_a_message_to_a_server_is_led_by_its_own_session() -> None:
    other = ("x-amzn-bedrock-agentcore-runtime-session-id", "r" * 40)

    assert mcp_session_id(request(b"", ("mcp-session-id", "a"), other), fallback=FALLBACK) == "a"
    assert mcp_session_id(request(b"", other), fallback=FALLBACK) == str(FALLBACK)


@pytest.mark.parametrize("given", ["", "a b", "x" * 1025])
def test_a_session_of_another_form_is_refused(given: str) -> None:
    with pytest.raises(AwsError):
        mcp_session_id(request(b"", ("mcp-session-id", given)), fallback=FALLBACK)


def test_the_platform_names_a_session_that_nobody_named() -> None:
    session = ("mcp-session-id", "s" * 33)

    assert session in to_container((), session_id="s" * 33, contract=Contract.MCP)
    assert session in to_caller((), session_id="s" * 33, contract=Contract.MCP)
    assert session not in to_container((), session_id="s" * 33)


def test_a_session_that_the_server_gave_out_counts() -> None:
    given = to_caller((("mcp-session-id", "own"),), session_id="s" * 33, contract=Contract.MCP)

    assert dict(given)["mcp-session-id"] == "own"


@pytest.mark.parametrize(
    ("method", "operation"), [("GET", "GetAgentCard"), ("POST", None), ("DELETE", None)]
)
def test_a_card_is_an_operation_of_its_own(method: str, operation: str | None) -> None:
    arn = PEER.runtime_arn.replace(":", "%3A").replace("/", "%2F")
    asked = request(method=method, path=f"/runtimes/{arn}/invocations{CARD_PATH}")

    if operation is None:
        with pytest.raises(AwsError):
            target(asked, PLACE)
    else:
        assert target(asked, PLACE).operation == operation


def test_agents_of_other_protocols_are_there_if_they_are_asked_for() -> None:
    assert arguments([]).agents == AGENTS
    assert arguments(["--mcp-a2a"]).agents == (*AGENTS, *RPC_AGENTS)
