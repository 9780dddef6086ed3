"""JSON-RPC messages, and agents that are called by them."""

import json

from fakes.proxy.turn import agent
from trust.registry.record import Protocol

MCP_AGENT = agent(title="Tools", protocol=Protocol.MCP)
A2A_AGENT = agent(title="Peer", protocol=Protocol.A2A)


def call(method: str, **members: object) -> bytes:
    """Return a request with the id 1; `...` removes a member."""
    every: dict[str, object] = {"jsonrpc": "2.0", "id": 1, "method": method, **members}
    return json.dumps({name: value for name, value in every.items() if value is not ...}).encode()
