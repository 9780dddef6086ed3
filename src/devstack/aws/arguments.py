"""The command line and environment of the local AWS."""

import argparse
import base64
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.aws.agentcore.dataplane import WhenClientLeaves
from devstack.aws.agentcore.runtime import Limits
from devstack.aws.landscape import AGENTS, RPC_AGENTS, Agent
from devstack.aws.settings import EXAMPLE_AGENT, Settings
from trust.secret import Secret

_EXAMPLE = "example: python -m devstack.aws --port 9501 --idp-issuer http://127.0.0.1:9401"
_PASSED_TO_AGENTS = (
    "HOME",
    "LANG",
    "LC_ALL",
    "PATH",
    "PYTHONPATH",
    "TMPDIR",
    "TZ",
    "VIRTUAL_ENV",
)
_PREFIX_PASSED_TO_AGENTS = ("AGENT_", "OTEL_")
"""Everything else stays here: the BFF's secrets, above all, and our own credentials."""


class Usage(Exception):
    """A mistake in how the program was started; the text says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The command line, parsed."""

    port: int
    state: Path | None
    agent_command: tuple[str, ...]
    idp_issuer: str
    idp_client_ids: frozenset[str]
    limits: Limits
    when_client_leaves: WhenClientLeaves
    agents: tuple[Agent, ...]


def arguments(argv: list[str]) -> Arguments:
    """Read the command line. Ends the program with a message if it cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m devstack.aws",
        description="AWS on this machine, with IAM enforced: STS, AgentCore, S3, DynamoDB, SSM, "
        "Secrets Manager, KMS on one endpoint.",
        epilog=_EXAMPLE,
    )
    default = Limits()
    add = parser.add_argument
    add("--port", type=_port, default=9500, help="port on 127.0.0.1; 0 for a free one (9500)")
    add("--state", type=Path, help="folder that keeps objects, items and secrets over restarts")
    add("--agent-command", help="the agents' program (examples/1-hello-world/agent.py)")
    add("--idp-issuer", default="http://127.0.0.1:9400", help="issuer for web identity")
    add("--idp-client-id", action="append", help="audience for web identity; may be repeated")
    add("--sessions", type=_count, default=default.sessions, help="most agent processes at once")
    add("--spares", type=int, choices=(0, 1), default=1, help="processes started ahead, per agent")
    add("--start-timeout", type=_seconds, default=default.start_s, help="seconds to be healthy in")
    add("--idle-timeout", type=_seconds, default=default.idle_s, help="seconds a session may idle")
    add(
        "--on-client-gone",
        choices=("run-on", "close"),
        default="run-on",
        help="what a turn does whose client left: goes on, as in AWS, or loses its connection",
    )
    add("--mcp-a2a", action="store_true", help="have agents that speak MCP and A2A as well")
    read = parser.parse_args(argv)
    return Arguments(
        port=read.port,
        state=read.state,
        agent_command=_command(read.agent_command),
        idp_issuer=read.idp_issuer,
        idp_client_ids=frozenset(read.idp_client_id or ("gatehouse", "gatehouse-jwt")),
        limits=Limits(
            start_s=read.start_timeout,
            idle_s=read.idle_timeout,
            sessions=read.sessions,
            spares=read.spares,
        ),
        when_client_leaves=read.on_client_gone,
        agents=(*AGENTS, *RPC_AGENTS) if read.mcp_a2a else AGENTS,
    )


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 the highest port there is
        raise ValueError(text)
    return port


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError(text)
    return count


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise ValueError(text)
    return seconds


def _command(text: str | None) -> tuple[str, ...]:
    if text is None:
        return (sys.executable, str(EXAMPLE_AGENT))
    return tuple(shlex.split(text))


def settings_from(
    chosen: Arguments, environ: Mapping[str, str], *, url: str, entropy: Callable[[int], bytes]
) -> tuple[Settings, dict[str, str]]:
    """Return the settings, and what must be announced because nobody else knows it.

    Raises Usage.
    """
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if bool(key) is not bool(secret):
        raise Usage("set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither.")
    if environ.get("AWS_SESSION_TOKEN"):
        # Real, temporary credentials of the person who starts this: not to be reused here.
        raise Usage("AWS_SESSION_TOKEN is set: unset it, and the key pair that belongs to it.")
    announced: dict[str, str] = {}
    if not key or not secret:
        key, secret = _new_pair(entropy)
        announced = {"access_key_id": key, "secret_access_key": secret}
    settings = Settings(
        url=url,
        access_key_id=key,
        secret_access_key=Secret(secret),
        agent_command=chosen.agent_command,
        agent_environment=_agent_environment(environ),
        idp_issuer=chosen.idp_issuer,
        idp_client_ids=chosen.idp_client_ids,
        limits=chosen.limits,
        when_client_leaves=chosen.when_client_leaves,
        agents=chosen.agents,
        state=chosen.state,
    )
    return settings, announced


def _new_pair(entropy: Callable[[int], bytes]) -> tuple[str, str]:
    key = "AKIA" + base64.b32encode(entropy(10)).decode()
    return key, base64.b64encode(entropy(30)).decode()


def _agent_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environ.items()
        if name in _PASSED_TO_AGENTS or name.startswith(_PREFIX_PASSED_TO_AGENTS)
    }
