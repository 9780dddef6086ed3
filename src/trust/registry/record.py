"""Tenants, their identity providers, and agents: what the app knows of who may use what."""

from dataclasses import dataclass
from enum import Enum

from trust.coordinates import AgentName, TenantId
from trust.errors import AccessError, LoginError, RequestError
from trust.secrets.reference import Reference


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
    MCP = "MCP"
    A2A = "A2A"


class RelayMode(Enum):
    """What is done to an agent's events on their way to the browser."""

    BYTES = "bytes"
    """Nothing, apart from errors that would tell too much."""
    AGUI = "agui"
    """Strands' events become AG-UI's."""


class StopBy(Enum):
    """How a turn is stopped."""

    SESSION = "session"
    """StopRuntimeSession: the microVM ends."""
    ACTION = "action"
    """A second invocation of the same runtime session, with a body that the agent knows."""


class ClientAuthMethod(Enum):
    """How we prove ourselves at a provider (OpenID Connect Core §9): always confidential."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"
    JWT_SPIFFE = "jwt-spiffe"
    """The workload's own identity: there is nothing to register, to keep or to rotate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEntry:
    """An identity provider that tenants brought along, and what was agreed with it about us.

    `client_secret` and `client_key` say where the credential is; the one that `client_auth` needs
    is set.
    """

    name: str
    """A slug, for commands and for the path of a callback of its own."""
    issuer: str
    client_id: str
    tenant_claim: str
    client_auth: ClientAuthMethod = ClientAuthMethod.BASIC
    client_secret: Reference | None = None
    client_key: Reference | None = None
    scopes: str = "openid profile email"
    own_callback: bool = False
    """Whether its answers come to `/auth/callback/{name}`: for a provider that does not name
    itself in them, another's answer could else be taken for its own (RFC 9700 §4.4.2)."""
    dpop: bool = False
    """Whether its tokens are to be bound to a key of ours (RFC 9449)."""
    private_network: bool = False
    """Whether its addresses may be private ones: a provider inside the company's own network."""


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
    acr_values: tuple[str, ...] = ()
    """How its people have to have authenticated, one of these (RFC 9470); empty: as they did."""
    max_age_s: int | None = None
    """Seconds since they did, at most."""
    stop_on_disconnect: bool = False
    """Whether a browser that goes away stops the turn in the runtime, too."""
    detach: bool = False
    """Whether a turn goes on without its browser, and its events are kept to be read again."""
    relay: RelayMode = RelayMode.BYTES
    websocket: bool = False
    """Whether it may be spoken to over a WebSocket."""
    stop_by: StopBy = StopBy.SESSION
    stop_body: str | None = None
    """The body of the action that stops a turn: a JSON object."""

    @property
    def heard_as(self) -> Protocol:
        """What a client hears: an agent whose events are mapped speaks what they become."""
        return Protocol.AGUI if self.relay is RelayMode.AGUI else self.protocol
