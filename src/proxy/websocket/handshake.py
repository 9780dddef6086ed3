"""The handshake with AgentCore's data plane: `GET /runtimes/{arn}/ws`, signed like every call.

Only the headers of ours are signed; those that RFC 6455 §4.1 adds (`Upgrade`, `Sec-WebSocket-Key`
and others) belong to the connection, and the library makes them.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, quote, urlsplit

from proxy.errors import TokenBound, TokenExpired
from proxy.invocation import (
    DATA_GRANT_HEADER,
    SERVICE,
    SESSION_HEADER,
    USER_HEADER,
    DataPlane,
    Turn,
    data_grant,
)
from proxy.websocket.line import Handshake
from trust.aws.signer import Scope, Unsigned, signed_headers
from trust.clock import NumericDate
from trust.registry.record import AgentAuth
from trust.session.refresh import usable

SUBPROTOCOLS = frozenset({"ag-ui", "mcp"})
"""Subprotocols that pass. Not every one may: by `base64UrlBearerAuthorization.…` AgentCore takes a
token from a browser, and who is calling would then be the browser's to say."""

_SCHEMES = {"http": "ws", "https": "wss"}


def handshake(
    turn: Turn, plane: DataPlane, *, offered: Sequence[str], now: NumericDate
) -> Handshake:
    """Return the proven handshake; of the subprotocols `offered` by the browser, those that pass.

    Raises TokenExpired, TokenBound.
    """
    base = urlsplit(plane.endpoint)
    unsigned = Unsigned(
        method="GET",
        host=_host(base),
        # The ARN is one path segment: its own slash and colons are encoded.
        path=f"{base.path.rstrip('/')}/runtimes/{quote(turn.agent.runtime_arn, safe='')}/ws",
        query=f"qualifier={quote(turn.agent.qualifier, safe='')}",
        headers=_headers(turn),
        body=b"",
    )
    return Handshake(
        url=f"{_SCHEMES[base.scheme]}://{unsigned.host}{unsigned.path}?{unsigned.query}",
        headers=_proven(turn, unsigned, plane.region, now),
        subprotocols=tuple(name for name in offered if name in SUBPROTOCOLS),
    )


def _headers(turn: Turn) -> dict[str, str]:
    headers = {SESSION_HEADER: turn.chat.runtime_session.reveal()}
    if turn.agent.for_user:
        # AgentCore believes whatever stands here, so it comes from the session, never the request.
        headers[USER_HEADER] = turn.session.owner.subject
    if turn.data is not None:
        headers[DATA_GRANT_HEADER] = data_grant(turn, turn.data)
    return headers


def _host(base: SplitResult) -> str:
    """Return the Host header as it goes out: what is signed must be what is sent."""
    default = {"http": 80, "https": 443}.get(base.scheme)
    port = "" if base.port in {None, default} else f":{base.port}"
    name = f"[{base.hostname}]" if ":" in str(base.hostname) else base.hostname
    return f"{name}{port}"


def _proven(turn: Turn, unsigned: Unsigned, region: str, now: NumericDate) -> Mapping[str, str]:
    """Add what proves the call: a signature, or the person's token, never both."""
    if turn.agent.auth is AgentAuth.SIGV4 and turn.caller is not None:
        scope = Scope(region=region, service=SERVICE)
        return signed_headers(unsigned, turn.caller, scope, now=now)
    if not usable(turn.session, now):
        raise TokenExpired("the agent wants a token and the session's has expired")
    if turn.session.tokens.dpop_key is not None:
        raise TokenBound("the agent has auth = jwt, and its people's tokens are bound by DPoP")
    token = turn.session.tokens.access_token.reveal()
    return {**unsigned.headers, "Authorization": f"Bearer {token}"}
