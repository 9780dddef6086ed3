"""Tenants and agents: what the app knows of who may use what."""

from dataclasses import dataclass
from enum import Enum

from trust.coordinates import AgentName, TenantId
from trust.errors import AccessError, LoginError, RequestError


class TenantUnknown(LoginError):
    """The login's claim belongs to no tenant of this app."""

    code, status = "tenant_unknown", 403
    title = "Your organisation is not registered with this application."


class TenantSuspended(AccessError):
    """The tenant may not use the app for now."""

    code, status = "tenant_suspended", 403
    title = "Your organisation's access is suspended."


class AgentUnknown(RequestError):
    """There is no such agent for this tenant: whether others have one is not told."""

    code, status, title = "agent_unknown", 404, "There is no such agent."


class AgentAuth(Enum):
    """How the BFF proves itself to the agent's runtime."""

    SIGV4 = "sigv4"
    JWT = "jwt"


class Protocol(Enum):
    """What the agent speaks."""

    AGUI = "AGUI"
    HTTP = "HTTP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """An organisation. `claims` are the values by which its provider names it."""

    id: TenantId
    name: str
    claims: frozenset[str]
    issuer: str | None = None
    """Its own provider; None means the default one."""
    suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent and the roles under which it may be called and may reach data."""

    name: AgentName
    title: str
    description: str
    protocol: Protocol
    runtime_arn: str
    auth: AgentAuth
    tenants: frozenset[TenantId]
    qualifier: str = "DEFAULT"
    invoke_role_arn: str | None = None
    data_role_arn: str | None = None
    data_bucket: str | None = None
    data_table: str | None = None
    for_user: bool = False
    """Whether the subject key is sent as the runtime's user id (needs …ForUser)."""
    stop_on_disconnect: bool = False
    """Whether a browser that goes away stops the turn in the runtime, too."""
