"""GetAgentCard as it leaves: `GET …/invocations/.well-known/agent-card.json`, signed."""

from dataclasses import dataclass

from proxy.invocation import DataPlane, place_of, proven
from trust.aws.signer import Unsigned
from trust.clock import NumericDate
from trust.grant.record import Credentials
from trust.registry.record import Agent
from trust.session.record import Session
from trust.wire.call import Outgoing

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
    agent = wanted.agent
    verb = f"invocations/{CARD_PATH}"
    place = place_of(plane.endpoint, agent.runtime_arn, agent.qualifier, verb)
    unsigned = Unsigned(
        method="GET",
        host=place.host,
        path=place.path,
        query=place.query,
        headers={"Accept": "application/json"},
    )
    headers = proven(wanted.session, wanted.caller, unsigned, plane.region, now=now)
    return Outgoing(method="GET", url=place.url, headers=headers, body=b"")
