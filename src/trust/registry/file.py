"""The registry in a TOML file: `[tenants.<id>]` and `[agents.<name>]`."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from trust.coordinates import SlugRefused, TenantId, agent_name, slug, tenant_id
from trust.errors import SettingsError
from trust.registry.entry import Entry
from trust.registry.record import Agent, AgentAuth, Protocol, ProviderEntry, Tenant

Record = TypeVar("Record")

_SECTIONS = ("tenants", "agents")
_RUNTIME_ARN = re.compile(
    r"arn:aws[a-z-]*:bedrock-agentcore:[a-z0-9-]+:\d{12}:runtime/[A-Za-z][A-Za-z0-9_-]{0,99}",
    re.ASCII,
)
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_TABLE = re.compile(r"[a-zA-Z0-9_.-]{3,255}", re.ASCII)


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

    async def providers(self) -> list[ProviderEntry]:
        """Return the identity providers that tenants brought along."""
        return []


def load_registry(path: Path) -> FileRegistry:
    """Read the file. Raises SettingsError with all of its faults."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError([f"BFF_REGISTRY: {path} cannot be read: {error}"]) from error
    faults = [
        f"has a section {name}, which nobody knows" for name in sorted(document.keys() - _SECTIONS)
    ]
    tenants = _entries(document, "tenants", _tenant, faults)
    agents = _entries(document, "agents", _agent, faults)
    faults += [*_strangers(tenants, agents), *_contested(tenants)]
    if faults:
        raise SettingsError([f"BFF_REGISTRY: {path}: {fault}" for fault in faults])
    return FileRegistry(tenants, agents)


def _entries(
    document: Mapping[str, Any],
    section: str,
    read: Callable[[str, Entry], Record | None],
    faults: list[str],
) -> list[Record]:
    found = document.get(section, {})
    if not isinstance(found, dict):
        faults.append(f"[{section}] is no table")
        return []
    records: list[Record] = []
    for name, members in cast("dict[str, object]", found).items():
        where = f"[{section}.{name}]"
        if not isinstance(members, dict):
            faults.append(f"{where} is no table")
        elif not _is_slug(name):
            faults.append(f"{where} is no slug: a-z, 0-9 and - inside, 1 to 63")
        else:
            entry = Entry(where, cast("dict[str, Any]", members), faults)
            record = read(name, entry)
            entry.end()
            records += [record] if record is not None else []
    return records


def _tenant(name: str, entry: Entry) -> Tenant:
    return Tenant(
        id=tenant_id(name),
        name=entry.text("name", name) or name,
        claims=frozenset(entry.texts("claims", [name])),
        issuer=entry.text("issuer"),
        suspended=entry.flag("suspended"),
    )


def _agent(name: str, entry: Entry) -> Agent | None:
    auth = entry.option("auth", AgentAuth, AgentAuth.SIGV4)
    needed = ["runtime_arn", "tenants", *(["invoke_role_arn"] if auth is AgentAuth.SIGV4 else [])]
    # All of them are asked, so that all that are missing are told.
    missing = [member for member in needed if not entry.need(member)]
    runtime_arn = entry.matching("runtime_arn", _RUNTIME_ARN, "the ARN of an AgentCore runtime")
    agent = Agent(
        name=agent_name(name),
        title=entry.text("title", name) or name,
        description=entry.text("description", "") or "",
        protocol=entry.option("protocol", Protocol, Protocol.HTTP),
        runtime_arn=runtime_arn or "",
        auth=auth,
        tenants=_tenants(entry),
        qualifier=entry.text("qualifier", "DEFAULT") or "DEFAULT",
        invoke_role_arn=entry.matching("invoke_role_arn", _ROLE_ARN, "the ARN of a role"),
        data_role_arn=entry.matching("data_role_arn", _ROLE_ARN, "the ARN of a role"),
        data_bucket=entry.matching("data_bucket", _BUCKET, "the name of a bucket"),
        data_table=entry.matching("data_table", _TABLE, "the name of a table"),
        for_user=entry.flag("for_user"),
        stop_on_disconnect=entry.flag("stop_on_disconnect"),
    )
    if agent.data_role_arn and not (agent.data_bucket or agent.data_table):
        entry.fault("has data_role_arn, but neither data_bucket nor data_table")
    return agent if runtime_arn and not missing else None


def _tenants(entry: Entry) -> frozenset[TenantId]:
    names = entry.texts("tenants")
    for name in names:
        if not _is_slug(name):
            entry.fault(f"names {name} among its tenants, which is no slug")
    return frozenset(tenant_id(name) for name in names if _is_slug(name))


def _is_slug(name: str) -> bool:
    try:
        slug(name)
    except SlugRefused:
        return False
    return True


def _strangers(tenants: Iterable[Tenant], agents: Iterable[Agent]) -> list[str]:
    known = {tenant.id for tenant in tenants}
    return [
        f"[agents.{agent.name}] names the tenant {tenant}, which is not in [tenants]"
        for agent in agents
        for tenant in sorted(agent.tenants - known)
    ]


def _contested(tenants: Iterable[Tenant]) -> list[str]:
    """Return the claims that two tenants have from one issuer: whose person is it, then?"""
    owners: dict[tuple[str | None, str], TenantId] = {}
    faults: list[str] = []
    for tenant in tenants:
        for claim in sorted(tenant.claims):
            owner = owners.setdefault((tenant.issuer, claim), tenant.id)
            if owner != tenant.id:
                faults.append(f"[tenants.{tenant.id}] has the claim {claim}, as has {owner}")
    return faults
