"""The port to an agent's WebSocket."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

MAX_MESSAGE_BYTES = 1024 * 1024
"""Longest message either way, however many frames it came in."""

MAX_FRAMES = 1024
"""Most frames that a message of a browser's may come in. An agent's may come in 4,096, which is the
bound of the library that reads them."""

FRAME_BYTES = 32 * 1024
"""Longest frame that AgentCore takes (quotas of AgentCore Runtime, "WebSocket frame size"): what is
longer goes there in fragments (RFC 6455 §5.4)."""

OPEN_TIMEOUT_S = 35.0
"""How long a handshake may take: AgentCore gives a new runtime session 30 seconds to start."""

PING_EVERY_S = 20.0
"""Silence after which a peer is pinged, and how long its pong may take: gateways on the way drop
what is silent, and a peer that is gone without a word is noticed."""

CLOSE_TIMEOUT_S = 2.0
"""How long a peer may take to answer a close frame before the connection is dropped."""

WebSocketMessage = str | bytes
"""A text message or a binary one; they are never made into each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """A handshake as it leaves; url and headers are final, those of RFC 6455 §4.1 are added."""

    url: str
    headers: Mapping[str, str]
    subprotocols: tuple[str, ...] = ()


class LineClosed(Exception):
    """The agent closed the connection; `code` is None where it broke, or spoke nonsense."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"closed with {code}")
        self.code = code


class Line(Protocol):
    """An open WebSocket to an agent."""

    @property
    def subprotocol(self) -> str | None:
        """The one that the agent chose of those that were offered."""
        ...

    async def receive(self) -> WebSocketMessage:
        """Return the next message, whole. Raises LineClosed, after all that came before it."""
        ...

    async def send(self, message: WebSocketMessage) -> None:
        """Send a message; returns when the agent's side takes more. Raises LineClosed."""
        ...

    async def close(self, code: int) -> None:
        """Close it, for some seconds at most; does nothing where it is closed."""
        ...


class Dialer(Protocol):
    """Opens WebSockets to agents."""

    async def open(self, handshake: Handshake) -> Line:
        """Open one; whoever opens it closes it.

        Raises HandshakeRefused where HTTP's answer was another than 101, AgentUnreachable,
        AgentTimeout, AgentFailed. It follows no redirect, and asks for nothing twice.
        """
        ...


class HandshakeRefused(Exception):
    """The data plane answered the handshake with a status of its own; its body is not kept."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(str(status))
        self.status = status
        self.headers = headers
        """By lower-case names."""
