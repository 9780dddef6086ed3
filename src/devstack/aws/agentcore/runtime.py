"""An agent runtime: the program behind an ARN, and the limits of its sessions."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum


class Contract(Enum):
    """What a container serves, and where: AgentCore's `serverProtocol`.

    The real ports (8080, 8000, 9000) are each machine's own; here every program is told its port.
    """

    HTTP = "/invocations"
    """AG-UI as well."""
    MCP = "/mcp"
    A2A = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What AgentCore's control plane would hold."""

    arn: str
    command: tuple[str, ...]
    environment: Callable[[], Awaitable[Mapping[str, str]]]
    """Returns everything a new process shall see, besides HOST and PORT: fresh credentials too."""
    contract: Contract = Contract.HTTP
    allowed_headers: frozenset[str] = frozenset()
    """`requestHeaderAllowlist`: what passes to the container beside the contract's headers."""
    spare: bool = True
    """Ours: whether a process is started ahead of the next session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """AgentCore's defaults where it has them (`LifecycleConfiguration`), in seconds."""

    start_s: float = 30.0
    """Initialization over this is RuntimeClientError."""
    idle_s: float = 900.0
    """`idleRuntimeSessionTimeout`."""
    lifetime_s: float = 28_800.0
    """`maxLifetime`."""
    turn_s: float = 3_600.0
    """A streamed answer may take an hour."""
    sessions: int = 16
    """Ours: processes at the same time; AWS grants 500 and more."""
    spares: int = 1
    """Ours: processes per runtime that are started ahead of the next session."""
