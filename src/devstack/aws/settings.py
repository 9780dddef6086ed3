"""What the local AWS is told when it starts."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devstack.aws.agentcore.dataplane import WhenClientLeaves
from devstack.aws.agentcore.runtime import Contract, Limits
from devstack.aws.landscape import AGENTS, Agent
from devstack.aws.sts.principal import Principal
from trust.secret import Secret

CHECKOUT = Path(__file__).resolve().parents[3]
POLICIES = CHECKOUT / "infra" / "policies"
EXAMPLE_AGENT = CHECKOUT / "examples" / "1-hello-world" / "agent.py"


RPC_COMMANDS: Mapping[Contract, tuple[str, ...]] = {
    Contract.MCP: (sys.executable, "-m", "devstack.agents.mcp"),
    Contract.A2A: (sys.executable, "-m", "devstack.agents.a2a"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can differ from one local AWS to the next."""

    url: str
    """Where it listens: what agents get as AWS_ENDPOINT_URL."""
    access_key_id: str
    secret_access_key: Secret
    """The key of the BFF's role."""
    agent_command: tuple[str, ...]
    agents: tuple[Agent, ...] = AGENTS
    rpc_commands: Mapping[Contract, tuple[str, ...]] = field(default_factory=lambda: RPC_COMMANDS)
    """The programs of agents of other protocols."""
    agent_environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """What agents see besides their AWS credentials, HOST and PORT."""
    idp_issuer: str = "http://127.0.0.1:9400"
    idp_client_ids: frozenset[str] = frozenset({"gatehouse", "gatehouse-jwt"})
    limits: Limits = field(default_factory=Limits)
    when_client_leaves: WhenClientLeaves = "run-on"
    policies: Path = POLICIES
    state: Path | None = None
    """Folder for what survives a restart; None keeps everything in memory."""
    more_keys: tuple[Principal, ...] = ()
    """Keys of others than the BFF, for tests."""
