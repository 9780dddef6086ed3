"""GetAgentCard as it leaves: `GET …/invocations/.well-known/agent-card.json`, signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from proxy.errors import TokenBound, TokenExpired
from proxy.invocation import SERVICE, DataPlane
from trust.aws.signer import Scope, Unsigned, signed_headers
from trust.clock import NumericDate
from trust.grant.record import Credentials
from trust.registry.record import Agent
from trust.session.record import Session
from trust.session.refresh import usable
from trust.wire.call import Outgoing
from trust.wire.framing import destination

CARD_PATH = ".well-known/agent-card.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWanted:
    """Whose card is asked for, and as whom."""

    session: Session
    agent: Agent
    caller: Credentials | None
    """Caller grant; None for an agent that takes the person's token."""


def card_call(wanted: CardWanted, plane: DataPlane, *, now: NumericDate) -> Outgoing:
    """Return the GetAgentCard call. Raises TokenExpired, TokenBound.

    It names no runtime session: a card belongs to no chat.
    """
    base = urlsplit(plane.endpoint)
    arn = quote(wanted.agent.runtime_arn, safe="")
    path = f"{base.path.rstrip('/')}/runtimes/{arn}/invocations/{CARD_PATH}"
    query = f"qualifier={quote(wanted.agent.qualifier, safe='')}"
    unsigned = Unsigned(
        method="GET",
        host=destination(plane.endpoint).authority,
        path=path,
        query=query,
        headers={"Accept": "application/json"},
    )
    url = f"{base.scheme}://{unsigned.host}{path}?{query}"
    headers = _proven(wanted, unsigned, plane.region, now)
    return Outgoing(method="GET", url=url, headers=headers, body=b"")


def _proven(
    wanted: CardWanted, unsigned: Unsigned, region: str, now: NumericDate
) -> Mapping[str, str]:
    """Add a signature, or the person's token, never both: as for an invocation."""
    if wanted.caller is not None:
        scope = Scope(region=region, service=SERVICE)
        return signed_headers(unsigned, wanted.caller, scope, now=now)
    tokens = wanted.session.tokens
    if not usable(wanted.session, now):
        raise TokenExpired("the agent wants a token and the session's has expired")
    if tokens.dpop_key is not None:
        raise TokenBound("the agent has auth = jwt, and its people's tokens are bound by DPoP")
    return {**unsigned.headers, "Authorization": f"Bearer {tokens.access_token.reveal()}"}
