"""What makes an agent out of this host: what it is told, what it can do, and who thinks for it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from strands.hooks import HookProvider
from strands.interventions import InterventionHandler
from strands.models import Model

from agent_host.data_grant import DataGrant
from agent_host.invocation import SessionId
from agent_host.settings import Settings
from agent_host.storage import DataStorage
from agent_host.stream import Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One call's surroundings, which its tools are bound to."""

    session: SessionId
    grant: DataGrant | None
    """None: the caller gave no access to a tenant's data."""
    storage: DataStorage
    """By the grant; without one, this process's memory."""
    tell: Tell
    """Sends an event of AG-UI to whoever listens, from inside a tool."""


class TurnRefused(Exception):
    """A turn cannot begin: something that it needs is not to be had at the moment."""

    def __init__(self, code: str, message: str) -> None:
        """Refuse; both are for the person."""
        super().__init__(code)
        self.code = code
        self.message = message


def _nothing(_opening: Opening) -> list[Any]:
    return []


def _no_rules(_opening: Opening) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDefinition:
    """One agent; everything of one conversation or tenant comes with the opening."""

    name: str
    system_prompt: str
    model: Model
    tools: Callable[[Opening], Sequence[Any]]
    """May block. Raises ToolProviderException where tools cannot be had."""
    rules: Callable[[Opening], str] = field(default=_no_rules)
    """What the system prompt says of this one conversation."""
    hooks: Callable[[Opening], list[HookProvider]] = field(default=_nothing)
    interventions: Callable[[Opening], list[InterventionHandler]] = field(default=_nothing)
    during: Callable[[], AbstractAsyncContextManager[None]] = field(default=nullcontext)
    """Entered around each turn: what it alone may have. Raises TurnRefused."""


Define = Callable[[Settings], AgentDefinition]
"""Defines the agent, once in a process. Its imports are late: they take about a second."""
