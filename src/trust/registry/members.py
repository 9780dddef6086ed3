"""What may stand in an entry: members to record, and back; the same in the file and in the store.

Pure. Whoever reads an entry has noted its faults, or has none.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any, cast

from trust.coordinates import SlugRefused, TenantId, agent_name, slug, tenant_id
from trust.registry.entry import Entry
from trust.registry.record import (
    Agent,
    AgentAuth,
    ClientAuthMethod,
    Protocol,
    ProviderEntry,
    RelayMode,
    StopBy,
    Tenant,
)
from trust.secrets.reference import Reference

DEFAULT_PROVIDER = "default"
"""The name of the provider that the settings name; no entry may have it."""

DEFAULT_SCOPES = "openid profile email"

_RUNTIME_ARN = re.compile(
    r"arn:aws[a-z-]*:bedrock-agentcore:[a-z0-9-]+:\d{12}:runtime/[A-Za-z][A-Za-z0-9_-]{0,99}",
    re.ASCII,
)
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_ACR = re.compile(r"[A-Za-z0-9._:/+-]{1,128}", re.ASCII)
_TABLE = re.compile(r"[a-zA-Z0-9_.-]{3,255}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the deployment allows in a registry."""

    default_issuer: str | None = None
    """The provider of tenants that name none."""
    plain_http: bool = False
    static_secrets: bool = False
    """Whether a secret may lie beside the program (`env:`, `file:`)."""


def is_slug(name: str) -> bool:
    """Tell whether a text may name an entry."""
    try:
        slug(name)
    except SlugRefused:
        return False
    return True


def read_tenant(name: str, entry: Entry, _terms: Terms) -> Tenant:
    """Read a tenant."""
    return Tenant(
        id=tenant_id(name),
        name=entry.text("name", name) or name,
        claims=frozenset(entry.texts("claims", [name])),
        issuer=entry.text("issuer"),
        suspended=entry.flag("suspended"),
    )


def of_default(tenant: Tenant, terms: Terms) -> Tenant:
    """Return the tenant, spelled in one way if its provider is the default one.

    Spelled in two, it would have each of its claims twice, once for it and once for another.
    """
    spelled_out = tenant.issuer is not None and tenant.issuer == terms.default_issuer
    return replace(tenant, issuer=None) if spelled_out else tenant


_PROVEN_BY: Mapping[ClientAuthMethod, list[str]] = {
    ClientAuthMethod.BASIC: ["client_secret"],
    ClientAuthMethod.POST: ["client_secret"],
    ClientAuthMethod.PRIVATE_KEY_JWT: ["client_key"],
    # The workload's own identity: nothing is kept.
    ClientAuthMethod.JWT_SPIFFE: [],
}


def read_provider(name: str, entry: Entry, terms: Terms) -> ProviderEntry | None:
    """Read a provider."""
    auth = entry.option("client_auth", ClientAuthMethod, ClientAuthMethod.BASIC)
    needed = ["issuer", "client_id", "tenant_claim", *_PROVEN_BY[auth]]
    # All of them are asked, so that all that are missing are told.
    missing = [member for member in needed if not entry.need(member)]
    provider = ProviderEntry(
        name=name,
        issuer=entry.url("issuer", plain_http=terms.plain_http) or "",
        client_id=entry.text("client_id") or "",
        tenant_claim=entry.text("tenant_claim") or "",
        client_auth=auth,
        client_secret=entry.reference("client_secret", static=terms.static_secrets),
        client_key=entry.reference("client_key", static=terms.static_secrets),
        scopes=entry.text("scopes", DEFAULT_SCOPES) or DEFAULT_SCOPES,
        own_callback=entry.flag("own_callback"),
        dpop=entry.flag("dpop"),
        private_network=entry.flag("private_network"),
    )
    _note_provider(provider, entry, terms)
    return provider if provider.issuer and not missing else None


def _note_provider(provider: ProviderEntry, entry: Entry, terms: Terms) -> None:
    if "openid" not in provider.scopes.split():
        entry.fault("has scopes that lack openid")
    if provider.name == DEFAULT_PROVIDER:
        entry.fault("has the name of the provider of BFF_OIDC_ISSUER; give it another")
    if provider.issuer and provider.issuer == terms.default_issuer:
        entry.fault("has the issuer of BFF_OIDC_ISSUER, which needs no entry")


def read_agent(name: str, entry: Entry, _terms: Terms) -> Agent | None:
    """Read an agent."""
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
        acr_values=tuple(entry.matching_texts("acr_values", _ACR, "acr values")),
        max_age_s=entry.number("max_age_s", least=1),
        stop_on_disconnect=entry.flag("stop_on_disconnect"),
        detach=entry.flag("detach"),
        relay=entry.option("relay", RelayMode, RelayMode.BYTES),
        websocket=entry.flag("websocket"),
        stop_by=entry.option("stop_by", StopBy, StopBy.SESSION),
        stop_body=entry.text("stop_body"),
    )
    _note_agent(agent, entry)
    return agent if runtime_arn and not missing else None


def _note_agent(agent: Agent, entry: Entry) -> None:
    if agent.data_role_arn and not (agent.data_bucket or agent.data_table):
        entry.fault("has data_role_arn, but neither data_bucket nor data_table")
    if agent.detach and agent.stop_on_disconnect:
        entry.fault("has detach and stop_on_disconnect, which are each other's opposite")
    if agent.detach and agent.protocol in {Protocol.MCP, Protocol.A2A}:
        entry.fault("has detach, which is not for agents of protocol MCP or A2A")
    if agent.relay is RelayMode.AGUI and agent.protocol is not Protocol.HTTP:
        entry.fault("has relay = agui, which is for agents of protocol HTTP")
    if (agent.stop_by is StopBy.ACTION) != (agent.stop_body is not None):
        entry.fault("needs stop_by = action and stop_body together")
    if agent.stop_body is not None and not _is_object(agent.stop_body):
        entry.fault("has a stop_body that is no JSON object")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _tenants(entry: Entry) -> frozenset[TenantId]:
    names = entry.texts("tenants")
    for name in names:
        if not is_slug(name):
            entry.fault(f"names {name} among its tenants, which is no slug")
    return frozenset(tenant_id(name) for name in names if is_slug(name))


_NAMES = frozenset({"id", "name"})


def members_of(record: Tenant | ProviderEntry | Agent) -> dict[str, object]:
    """Return the members of a record's entry, as a file has them; what is unset is left out."""
    named = isinstance(record, Tenant)
    kept = {
        field.name: getattr(record, field.name)
        for field in fields(record)
        # A tenant's entry is named by its id and has a name beside it.
        if field.name not in _NAMES or (named and field.name == "name")
    }
    return {name: _plain(value) for name, value in kept.items() if value is not None}


def _plain(value: Any) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Reference):
        return str(value)
    if isinstance(value, tuple):
        return list(cast("tuple[str, ...]", value))
    if isinstance(value, frozenset):
        return sorted(cast("frozenset[str]", value))
    return value
