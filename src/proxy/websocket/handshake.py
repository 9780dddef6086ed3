"""The handshake with AgentCore's data plane: `GET /runtimes/{arn}/ws`, signed like every call."""

from collections.abc import Sequence

from proxy.invocation import DataPlane, Turn, upgrade
from proxy.websocket.line import Handshake
from trust.clock import NumericDate

SUBPROTOCOLS = frozenset({"ag-ui", "mcp"})
"""Subprotocols that pass. Not every one may: by `base64UrlBearerAuthorization.…` AgentCore takes a
token from a browser, and who is calling would then be the browser's to say."""


def handshake(
    turn: Turn, plane: DataPlane, *, offered: Sequence[str], now: NumericDate
) -> Handshake:
    """Return the proven handshake; of the subprotocols `offered` by the browser, those that pass.

    Raises TokenExpired, TokenBound.
    """
    call = upgrade(turn, plane, now=now)
    return Handshake(
        # `http` becomes `ws`, and `https` `wss`.
        url=call.url.replace("http", "ws", 1),
        headers=call.headers,
        subprotocols=tuple(name for name in offered if name in SUBPROTOCOLS),
    )
