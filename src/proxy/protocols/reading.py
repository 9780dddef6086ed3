"""Reading a request in the protocol of the agent that it is for."""

from collections.abc import Mapping

from proxy.body import asks, first_words, parse_object
from proxy.headers import accepted
from proxy.protocols.a2a import asked_of_a2a
from proxy.protocols.asked import Asked
from proxy.protocols.mcp import asked_of_mcp
from trust.chat.chats import Chats
from trust.chat.record import Chat
from trust.clock import NumericDate
from trust.coordinates import AgentName
from trust.registry.record import Agent, Protocol
from trust.session.record import Owner


def asked_of(agent: Agent, headers: Mapping[str, str], body: bytes) -> Asked:
    """Read a request for an agent; `headers`: lower-case names.

    Raises BodyNotJson, BodyForbidden, BodyNotRpc, CallForbidden.
    """
    return _READERS.get(agent.protocol, _asked_of_talk)(agent, headers, body)


def _asked_of_talk(_agent: Agent, headers: Mapping[str, str], body: bytes) -> Asked:
    members = parse_object(body)
    return Asked(
        accept=accepted(headers.get("accept", "")),
        words=first_words(members) if asks(members) else None,
    )


_READERS = {Protocol.MCP: asked_of_mcp, Protocol.A2A: asked_of_a2a}


async def latest_chat(
    chats: Chats, owner: Owner, agent: AgentName, *, now: NumericDate
) -> Chat | None:
    """Return the chat to which a message goes on that names none (`Unnamed.GOES_ON`)."""
    for chat in await chats.of(owner, now=now):
        if chat.agent == agent:
            return chat
    return None
