"""What a request asks of an agent, read once, whatever the agent speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from proxy.protocols.jsonrpc import Id


class Unnamed(Enum):
    """To which chat a message goes that names none."""

    BEGINS = "begins"
    """To a new one."""
    GOES_ON = "goes_on"
    """To the one that the person last had with this agent; to a new one if there is none.

    Clients of protocols without sessions name none, ever: a microVM for each of their messages
    would be slow, and paid for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A message to an agent."""

    accept: str
    """What the agent may answer with."""
    words: str | None
    """What the chat is called after if it has no title; None if nothing is worth writing down."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """The protocol's own headers of the call, by their names as they go out."""
    unnamed: Unnamed = Unnamed.BEGINS
    answers: Id | None = None
    """The id of a JSON-RPC request: an answer that fails has to name it."""
    opens_session: bool = False
    """Whether the answer names an MCP session (`initialize`)."""
