"""The Model Context Protocol: Streamable HTTP through `POST /api/agents/{agent}/invocations`.

Revisions 2025-03-26 to 2026-07-28 (Transports, Streamable HTTP). Of the verbs of their endpoint
POST is a message, DELETE ends the session, and GET is answered 405, as the specification allows:
AgentCore has no stream that a server could begin by itself. Which session a message belongs to is
in `mcp_session.py`.
"""

import base64
import binascii
from collections.abc import Mapping

from proxy.headers import accepted, to_agent
from proxy.protocols.asked import Asked, Unnamed
from proxy.protocols.jsonrpc import Id, Message, read_message
from trust.registry.record import Agent, Protocol

INITIALIZE = "initialize"
CANCELLED = "notifications/cancelled"

_QUIET = frozenset({"ping"})
"""Requests that say nothing but that somebody is still there."""

_NAMES = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""Where the body has what `Mcp-Name` repeats (2026-07-28, Standard Request Headers)."""

_ENCODED = ("=?base64?", "?=")


def asked_of_mcp(agent: Agent, headers: Mapping[str, str], body: bytes) -> Asked:
    """Read a message to an MCP server. Raises BodyNotJson, BodyForbidden, BodyNotRpc.

    Its words are no talk of the person's, so the chat is called what the agent is called.
    """
    message = read_message(body)
    begins = message.method == INITIALIZE
    noted = message.awaits_answer and message.method not in _QUIET
    return Asked(
        accept=accepted(headers.get("accept", "")),
        words=agent.title if noted else None,
        headers=_mirrored(to_agent(Protocol.MCP, headers), message),
        unnamed=Unnamed.BEGINS if begins else Unnamed.GOES_ON,
        answers=message.id if message.awaits_answer else None,
        takes_back=_taken_back(message),
        opens_session=begins,
    )


def _taken_back(message: Message) -> Id | None:
    """Return the request that a client cancels (2025-11-25, Cancellation)."""
    request = message.params.get("requestId") if message.method == CANCELLED else None
    # To Python, true is 1.
    return None if isinstance(request, bool) or not isinstance(request, str | int) else request


def _mirrored(headers: dict[str, str], message: Message) -> dict[str, str]:
    """Drop the headers that say something else than the body.

    Whoever routes or allows by the header must not be told another method than the one that is
    called. A server of 2026-07-28 misses the header then, and refuses.
    """
    if headers.get("Mcp-Method", message.method) != message.method:
        del headers["Mcp-Method"]
    name = message.params.get(_NAMES.get(message.method or "", ""))
    if "Mcp-Name" in headers and (name is None or _decoded(headers["Mcp-Name"]) != name):
        del headers["Mcp-Name"]
    return headers


def _decoded(value: str) -> str | None:
    """Return what a header value stands for (2026-07-28, Value Encoding); None for nonsense."""
    before, after = _ENCODED
    if not (value.startswith(before) and value.endswith(after)):
        return value
    raw = value[len(before) : -len(after)]
    try:
        return base64.b64decode(raw, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
