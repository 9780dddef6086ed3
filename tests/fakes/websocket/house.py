"""A Gatehouse whose agents can be spoken to over WebSockets, behind uvicorn, and clients for it."""

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.http11 import Response
from websockets.typing import Origin, Subprotocol

from bff.cookies import CLEARED_SESSION
from fakes.proxy import house as plain
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.browser import ORIGIN, Browser
from fakes.proxy.house import House, open_house
from fakes.websocket.agent import SILENT, FakeAgent, agent
from fakes.websocket.served import served
from proxy.invocation import DataPlane
from proxy.websocket.app import SocketBounds, Sockets
from proxy.websocket.handover import as_request
from proxy.websocket.opening import LineOpener
from proxy.websocket.websockets import WebsocketsDialer

AGENTS = """
[agents.voice]
title = "Voice"
protocol = "HTTP"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/voice-a1B2c3D4e5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-voice"
data_role_arn = "arn:aws:iam::123456789012:role/gatehouse-data-voice"
data_bucket = "gatehouse-data"
tenants = ["acme", "globex"]
websocket = true

[agents.tools]
title = "Tools"
protocol = "MCP"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/tools-a1B2c3D4e5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-tools"
tenants = ["acme"]
websocket = true

[agents.peer]
title = "Peer"
protocol = "A2A"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/peer-a1B2c3D4e5"
invoke_role_arn = "arn:aws:iam::123456789012:role/gatehouse-invoke-peer"
tenants = ["acme"]
websocket = true

[agents.intercom]
title = "Intercom"
protocol = "HTTP"
runtime_arn = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/intercom-a1B2c3D4e5"
auth = "jwt"
tenants = ["globex"]
websocket = true
"""


@dataclass(kw_only=True, eq=False)
class SocketHouse:
    """A house with sockets: where it is served, and the agent behind it."""

    house: House
    agent: FakeAgent
    sockets: Sockets
    at: str = ""
    refused: list[Response] = field(default_factory=list[Response])

    def behind(self, origin: str) -> None:
        """Put another data plane behind the sockets."""
        opener = replace(self.sockets.opener, plane=DataPlane(endpoint=origin, region="us-east-1"))
        self.sockets = replace(self.sockets, opener=opener)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a handshake."""
        await self.sockets(*as_request(scope, receive, send))

    @asynccontextmanager
    async def talk(
        self,
        browser: Browser,
        target: str = "/api/agents/voice/ws",
        *,
        origin: str | None = ORIGIN,
        headers: Sequence[tuple[str, str]] = (),
        subprotocols: Sequence[str] = (),
    ) -> AsyncGenerator[ClientConnection]:
        """Open a socket as a page does."""
        async with connect(
            f"ws://{self.at}{target}",
            origin=None if origin is None else Origin(origin),
            additional_headers=[*browser.cookies(), *headers],
            subprotocols=[Subprotocol(name) for name in subprotocols] or None,
            proxy=None,
            open_timeout=WAIT_S,
            close_timeout=WAIT_S,
            max_size=None,
            logger=SILENT,
        ) as socket:
            yield socket

    async def refusal(
        self,
        browser: Browser,
        target: str = "/api/agents/voice/ws",
        *,
        origin: str | None = ORIGIN,
        headers: Sequence[tuple[str, str]] = (),
    ) -> Response:
        """Return the answer by which a handshake is refused."""
        with pytest.raises(InvalidStatus) as refused:
            async with self.talk(browser, target, origin=origin, headers=headers):
                pass
        self.refused.append(refused.value.response)
        return refused.value.response


LONG = SocketBounds(idle_s=WAIT_S * 2, total_s=WAIT_S * 2)


def no_tls() -> ssl.SSLContext:
    """Fail the test: nobody here speaks TLS."""
    raise AssertionError("nothing is encrypted here")


def sockets_of(house: House, origin: str, bounds: SocketBounds) -> Sockets:
    """Return the sockets of a house, as its wiring would put them together."""
    gate = house.gate
    return Sockets(
        admission=gate.admission,
        turns=gate.turns,
        rates=gate.limits,
        ahead=gate.ahead,
        opener=LineOpener(
            dialer=WebsocketsDialer(tls=no_tls),
            plane=DataPlane(endpoint=origin, region="us-east-1"),
            clock=gate.clock,
        ),
        bounds=bounds,
        public_origin=ORIGIN,
        when_ended=CLEARED_SESSION,
    )


@pytest.fixture
def bounds() -> SocketBounds:
    """Return how long a socket may be; a test module may have its own."""
    return LONG


@asynccontextmanager
async def open_sockets(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: Mapping[str, str],
    bounds: SocketBounds = LONG,
) -> AsyncGenerator[SocketHouse]:
    """Open a Gatehouse with sockets; at its end, look everywhere for secrets."""
    monkeypatch.setattr(plain, "REGISTRY", plain.REGISTRY + AGENTS)
    async with (
        open_house(folder, monkeypatch, changes) as house,
        agent(subprotocols=["ag-ui", "mcp"]) as fake,
    ):
        opened = SocketHouse(
            house=house, agent=fake, sockets=sockets_of(house, fake.origin, bounds)
        )
        async with served(opened) as at:
            opened.at = at
            yield opened
        for response in opened.refused:
            told = bytes(response.body or b"") + str(response.headers).encode()
            assert not [secret for secret in house.secrets() if secret.encode() in told]


@asynccontextmanager
async def wired(
    folder: Path, monkeypatch: pytest.MonkeyPatch, changes: Mapping[str, str]
) -> AsyncGenerator[SocketHouse]:
    """Open a Gatehouse with sockets, and serve the whole application."""
    monkeypatch.setattr(plain, "REGISTRY", plain.REGISTRY + AGENTS)
    async with agent(subprotocols=["ag-ui", "mcp"]) as fake:
        plane = {"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": fake.origin}
        async with open_house(folder, monkeypatch, {**changes, **plane}) as house:
            sockets = sockets_of(house, fake.origin, LONG)
            async with served(house.app) as at:
                yield SocketHouse(house=house, agent=fake, sockets=sockets, at=at)


@pytest.fixture
async def socket_house(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bounds: SocketBounds
) -> AsyncIterator[SocketHouse]:
    """Open a Gatehouse with sockets of the test's own."""
    async with open_sockets(tmp_path, monkeypatch, {}, bounds) as opened:
        yield opened


@pytest.fixture
async def alice(socket_house: SocketHouse) -> Browser:
    """Open a browser in which Alice of acme has logged in."""
    browser = socket_house.house.browser()
    answer = await browser.login()
    assert answer.status == 200
    return browser


__all__ = ["alice", "bounds", "socket_house"]
