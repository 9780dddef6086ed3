"""The registry in a TOML file: `[tenants.<id>]` and `[agents.<name>]`."""

import re
import tomllib
from pathlib import Path
from typing import Any

from trust.coordinates import SlugRefused, agent_name, tenant_id
from trust.errors import SettingsError
from trust.registry.record import Agent, AgentAuth, Protocol, Tenant

Table = dict[str, Any]

_RUNTIME_ARN = re.compile(
    r"arn:aws[a-z-]*:bedrock-agentcore:[a-z0-9-]+:\d{12}:runtime/[A-Za-z][A-Za-z0-9_-]{0,99}",
    re.ASCII,
)


class FileRegistry:
    """Tenants and agents as the file said when the process started."""

    def __init__(self, tenants: list[Tenant], agents: list[Agent]) -> None:
        self._tenants = tenants
        self._agents = agents

    async def tenants(self) -> list[Tenant]:
        """Return all tenants."""
        return self._tenants

    async def agents(self) -> list[Agent]:
        """Return all agents, in the file's order."""
        return self._agents


def load_registry(path: Path) -> FileRegistry:
    """Read the file. Raises SettingsError with all of its faults."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError([f"BFF_REGISTRY: {path} cannot be read: {error}"]) from error
    faults: list[str] = []
    tenants = _entries(document, "tenants", _tenant, faults)
    agents = _entries(document, "agents", _agent, faults)
    faults += _strangers(tenants, agents)
    if faults:
        raise SettingsError([f"BFF_REGISTRY: {path}: {fault}" for fault in faults])
    return FileRegistry(tenants, agents)


def _entries(document: Table, section: str, read: Any, faults: list[str]) -> list[Any]:
    entries: list[Any] = []
    for name, members in document.get(section, {}).items():
        try:
            entries.append(read(name, dict(members)))
        except KeyError as error:
            faults.append(f"[{section}.{name}] needs {error.args[0]}")
        except (ValueError, TypeError) as error:
            faults.append(f"[{section}.{name}] {error}")
        except SlugRefused:
            faults.append(f"[{section}.{name}] is no slug: a-z, 0-9 and - inside, 1 to 63")
    return entries


def _tenant(name: str, members: Table) -> Tenant:
    return Tenant(
        id=tenant_id(name),
        name=str(members.get("name", name)),
        claims=frozenset(map(str, members.get("claims", [name]))),
        issuer=members.get("issuer"),
        suspended=members.get("suspended", False) is True,
    )


def _agent(name: str, members: Table) -> Agent:
    auth = AgentAuth(members.get("auth", "sigv4"))
    if auth is AgentAuth.SIGV4 and "invoke_role_arn" not in members:
        raise KeyError("invoke_role_arn")
    if "data_role_arn" in members and not {"data_bucket", "data_table"} & members.keys():
        raise ValueError("has data_role_arn, but neither data_bucket nor data_table")
    if not _RUNTIME_ARN.fullmatch(str(members["runtime_arn"])):
        raise ValueError("has a runtime_arn that is not the ARN of an AgentCore runtime")
    return Agent(
        name=agent_name(name),
        title=str(members.get("title", name)),
        description=str(members.get("description", "")),
        protocol=Protocol(members.get("protocol", "HTTP")),
        runtime_arn=str(members["runtime_arn"]),
        auth=auth,
        tenants=frozenset(tenant_id(tenant) for tenant in members["tenants"]),
        qualifier=str(members.get("qualifier", "DEFAULT")),
        invoke_role_arn=members.get("invoke_role_arn"),
        data_role_arn=members.get("data_role_arn"),
        data_bucket=members.get("data_bucket"),
        data_table=members.get("data_table"),
        for_user=members.get("for_user", False) is True,
        stop_on_disconnect=members.get("stop_on_disconnect", False) is True,
    )


def _strangers(tenants: list[Tenant], agents: list[Agent]) -> list[str]:
    known = {tenant.id for tenant in tenants}
    return [
        f"[agents.{agent.name}] names the tenant {tenant}, which is not in [tenants]"
        for agent in agents
        for tenant in sorted(agent.tenants - known)
    ]
