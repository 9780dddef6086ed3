"""Calls to AgentCore's data plane, built but not yet sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from proxy.errors import TokenBound, TokenExpired
from trust import log
from trust.aws.signer import Scope, Unsigned, signed_headers
from trust.chat.record import Chat
from trust.clock import NumericDate
from trust.coordinates import AgentName, AppId, Coordinates, TenantId
from trust.grant.record import Credentials
from trust.registry.record import Agent, AgentAuth
from trust.seal.base64url import encode
from trust.session.record import Session
from trust.session.refresh import usable
from trust.wire.call import Outgoing

SERVICE = "bedrock-agentcore"
_WEBSOCKET = "ws"
SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
USER_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-User-Id"
DATA_GRANT_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Data-Grant"
"""The one custom header that hands the tenant's data grant to the agent (docs/agents.md)."""


class Stops(NamedTuple):
    """How often a chat had been told to stop when a turn of it was asked for."""

    number: int
    since_granted: bool
    """Whether the store said so when the turn's grants were there already: nothing else that takes
    long was waited for since."""


class Turn(NamedTuple):
    """One message of a person to an agent, with everything that it may use.

    But for its body, which may have a megabyte: the answer may last for an hour, and does not need
    it any more.
    """

    session: Session
    agent: Agent
    chat: Chat
    accept: str
    caller: Credentials | None
    """Caller grant; None for an agent that takes the person's token."""
    data: Credentials | None
    headers: Mapping[str, str] = MappingProxyType({})
    """What its protocol has beyond `Accept` (`proxy/headers.py`, `protocols/mcp_session.py`)."""
    stops: Stops | None = None
    """None where it is not known, or nobody wants to know."""
    begun: bool = False
    """Whether its chat was begun for it."""

    @property
    def about(self) -> dict[str, str]:
        """What events say of it."""
        owner = self.session.owner
        return {
            "tenant": owner.tenant,
            "subject": owner.subject,
            "agent": self.agent.name,
            "chat": self.chat.id,
        }

    @property
    def told(self) -> log.Told:
        """The same for the event of every turn, encoded once for all turns of a chat."""
        owner = self.session.owner
        return _told(owner.tenant, owner.subject, self.agent.name, self.chat.id)


@lru_cache(maxsize=1024)
def _told(tenant: TenantId, subject: str, agent: AgentName, chat: str) -> log.Told:
    return log.told(tenant=tenant, subject=subject, agent=agent, chat=chat)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPlane:
    """Where AgentCore's data plane is."""

    endpoint: str
    region: str


def invocation(turn: Turn, body: bytes, plane: DataPlane, *, now: NumericDate) -> Outgoing:
    """Return the signed InvokeAgentRuntime call. Raises TokenExpired, TokenBound."""
    headers = {"Content-Type": "application/json", "Accept": turn.accept, **turn.headers}
    if turn.data is not None:
        headers[DATA_GRANT_HEADER] = data_grant(turn, turn.data)
    return _call(turn, plane, "invocations", headers, body, now=now)


def stop(turn: Turn, plane: DataPlane, *, now: NumericDate) -> Outgoing:
    """Return the signed StopRuntimeSession call. Raises TokenExpired, TokenBound."""
    headers = {"Content-Type": "application/json"}
    return _call(turn, plane, "stopruntimesession", headers, b"{}", now=now)


def upgrade(turn: Turn, plane: DataPlane, *, now: NumericDate) -> Outgoing:
    """Return the signed handshake of a WebSocket. Raises TokenExpired, TokenBound.

    What RFC 6455 §4.1 adds (`Upgrade`, `Sec-WebSocket-Key` …) belongs to the connection.
    """
    headers = {} if turn.data is None else {DATA_GRANT_HEADER: data_grant(turn, turn.data)}
    return _call(turn, plane, _WEBSOCKET, headers, b"", now=now)


def _call(
    turn: Turn,
    plane: DataPlane,
    verb: str,
    headers: dict[str, str],
    body: bytes,
    *,
    now: NumericDate,
) -> Outgoing:
    """Return a call about the turn's chat; `headers`: its own, to which these are added."""
    method = "GET" if verb == _WEBSOCKET else "POST"
    agent = turn.agent
    headers[SESSION_HEADER] = turn.chat.runtime_session.reveal()
    if agent.for_user:
        # AgentCore believes whatever stands here, so it comes from the session, never the request.
        headers[USER_HEADER] = turn.session.owner.subject
    place = place_of(plane.endpoint, agent.runtime_arn, agent.qualifier, verb)
    unsigned = Unsigned(method, place.host, place.path, headers, place.query, body)
    caller = turn.caller if agent.auth is AgentAuth.SIGV4 else None
    sent = proven(turn.session, caller, unsigned, plane.region, now=now)
    return Outgoing(method, place.url, sent, body)


class Place(NamedTuple):
    """Where a call goes: what is signed must be what is sent."""

    host: str
    path: str
    query: str
    url: str


@lru_cache(maxsize=1024)
def place_of(endpoint: str, runtime_arn: str, qualifier: str, verb: str) -> Place:
    """Return where a runtime is called; `verb` is what follows its ARN in the path."""
    base = urlsplit(endpoint)
    host = _host(base)
    # The ARN is one path segment: its own slash and colons are encoded.
    path = f"{base.path.rstrip('/')}/runtimes/{quote(runtime_arn, safe='')}/{verb}"
    query = f"qualifier={quote(qualifier, safe='')}"
    return Place(host=host, path=path, query=query, url=f"{base.scheme}://{host}{path}?{query}")


@lru_cache(maxsize=64)
def _scope(region: str) -> Scope:
    return Scope(region=region, service=SERVICE)


def _host(base: SplitResult) -> str:
    default = {"http": 80, "https": 443}.get(base.scheme)
    port = "" if base.port in {None, default} else f":{base.port}"
    name = f"[{base.hostname}]" if ":" in str(base.hostname) else base.hostname
    return f"{name}{port}"


def proven(
    session: Session,
    caller: Credentials | None,
    unsigned: Unsigned,
    region: str,
    *,
    now: NumericDate,
) -> Mapping[str, str]:
    """Return the headers with what proves the call: a signature, or the person's token.

    Never both: without a caller grant it is the token. Raises TokenExpired, TokenBound.
    """
    if caller is not None:
        return signed_headers(unsigned, caller, _scope(region), now=now)
    if not usable(session, now):
        raise TokenExpired("the agent wants a token and the session's has expired")
    if session.tokens.dpop_key is not None:
        # Sent as a bearer token, it would be refused there, and lie about in plain sight.
        raise TokenBound("the agent has auth = jwt, and its people's tokens are bound by DPoP")
    token = session.tokens.access_token.reveal()
    return {**unsigned.headers, "Authorization": f"Bearer {token}"}


def data_grant(turn: Turn, credentials: Credentials) -> str:
    """Return the data grant as the agent reads it: base64url of a JSON object (docs/agents.md)."""
    owner, agent = turn.session.owner, turn.agent
    where = owner.app, owner.tenant, agent.name
    return _handed(credentials, where, agent.runtime_arn, agent.data_bucket, agent.data_table)


@lru_cache(maxsize=1024)
def _handed(
    credentials: Credentials,
    where: tuple[AppId, TenantId, AgentName],
    runtime_arn: str,
    bucket: str | None,
    table: str | None,
) -> str:
    """Write a grant down: the same text for all calls under it."""
    app, tenant, agent = where
    place = Coordinates(app=app, tenant=tenant, agent=agent)
    token = credentials.session_token
    expires_at = datetime.fromtimestamp(credentials.expires_at, UTC)
    members = {
        "v": 1,
        "access_key_id": credentials.access_key_id,
        "secret_access_key": credentials.secret_access_key.reveal(),
        "session_token": token.reveal() if token else None,
        "expiration": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": runtime_arn.split(":")[3],
        "bucket": bucket,
        "prefix": place.prefix,
        "table": table,
        "partition": place.partition,
    }
    return encode(json.dumps(members, separators=(",", ":")).encode())
