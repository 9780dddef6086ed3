"""What a request asks of an agent, read once, whatever the agent speaks."""

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, NamedTuple

from proxy.events.named import scrubbed
from proxy.events.passage import Passage
from proxy.protocols.jsonrpc import Id
from trust.registry.record import Protocol


class Unnamed(Enum):
    """To which chat a message goes that names none."""

    BEGINS = "begins"
    """To a new one."""
    GOES_ON = "goes_on"
    """To the one that the person last had with this agent; to a new one if there is none.

    Clients of protocols without sessions name none, ever: a microVM for each of their messages
    would be slow, and paid for."""


GOING_ON = frozenset({Protocol.MCP, Protocol.A2A})
"""Protocols in which a message that names no chat may be for the last one."""


class Asked(NamedTuple):
    """A message to an agent."""

    accept: str
    """What the agent may answer with."""
    words: str | None
    """What the chat is called after if it has no title; None if nothing is worth writing down."""
    members: Mapping[str, Any] = MappingProxyType({})
    """What the agent gets, as it was read; nothing where its protocol says more than a talk."""
    headers: Mapping[str, str] = MappingProxyType({})
    """The protocol's own headers of the call, by their names as they go out."""
    unnamed: Unnamed = Unnamed.BEGINS
    answers: Id | None = None
    """The id of a JSON-RPC request: an answer that fails has to name it."""
    takes_back: Id | None = None
    """The id of an earlier JSON-RPC request for whose answer nobody waits any more."""
    opens_session: bool = False
    """Whether the answer names an MCP session (`initialize`)."""
    body: bytes | None = None
    """What the agent gets in the place of the request's own body."""
    passage: Callable[[str], Passage] = scrubbed
    """What the answer goes through, by its media type in lower case."""
    silence: bytes | None = None
    """A whole answer, an event stream, where the agent need not be asked."""
