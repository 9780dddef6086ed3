"""GetAgentCard as it leaves."""

from dataclasses import replace

import pytest

from fakes.clock import NOW
from fakes.login import ALICE, expiring, new_session
from fakes.proxy.turn import CALLER, ENCODED_ARN, PLANE, agent
from proxy.errors import TokenBound, TokenExpired
from proxy.invocation import DataPlane
from proxy.protocols.card_call import CardWanted, card_call
from trust.registry.record import AgentAuth, Protocol
from trust.secret import Secret
from trust.session.record import Session

PEER = agent(protocol=Protocol.A2A)
BY_TOKEN = agent(protocol=Protocol.A2A, auth=AgentAuth.JWT)


def by_token(session: Session) -> CardWanted:
    """Ask with the person's own token."""
    return CardWanted(session=session, agent=BY_TOKEN, caller=None)


def test_a_card_is_asked_for_under_the_caller_grant() -> None:
    wanted = CardWanted(session=new_session(ALICE), agent=PEER, caller=CALLER)

    call = card_call(wanted, PLANE, now=NOW)

    assert (call.method, call.body) == ("GET", b"")
    assert call.url == (
        f"{PLANE.endpoint}/runtimes/{ENCODED_ARN}/invocations/.well-known/agent-card.json"
        "?qualifier=DEFAULT"
    )
    assert call.headers.keys() == {
        "Accept",
        "X-Amz-Date",
        "X-Amz-Security-Token",
        "Authorization",
    }
    assert "SignedHeaders=accept;host;" in call.headers["Authorization"]


def test_an_endpoint_may_have_a_path_of_its_own() -> None:
    plane = DataPlane(endpoint="http://127.0.0.1:9500/agentcore/", region="us-east-1")
    wanted = CardWanted(session=new_session(ALICE), agent=PEER, caller=CALLER)

    assert card_call(wanted, plane, now=NOW).url.startswith(
        "http://127.0.0.1:9500/agentcore/runtimes/arn%3A"
    )


def test_a_qualifier_cannot_leave_its_parameter() -> None:
    peer = agent(protocol=Protocol.A2A, qualifier="a&b=/é")
    wanted = CardWanted(session=new_session(ALICE), agent=peer, caller=CALLER)

    assert card_call(wanted, PLANE, now=NOW).url.endswith("?qualifier=a%26b%3D%2F%C3%A9")


def test_an_agent_that_wants_a_token_gets_the_sessions_own() -> None:
    headers = card_call(by_token(new_session(ALICE)), PLANE, now=NOW).headers

    assert headers == {"Accept": "application/json", "Authorization": "Bearer access-0"}


def test_an_expired_token_is_not_sent() -> None:
    with pytest.raises(TokenExpired):
        card_call(by_token(expiring(new_session(ALICE), at=NOW)), PLANE, now=NOW)


def test_a_bound_token_is_not_sent_as_a_bearer_token() -> None:
    session = new_session(ALICE)
    bound = replace(session, tokens=replace(session.tokens, dpop_key=Secret("key")))

    with pytest.raises(TokenBound):
        card_call(by_token(bound), PLANE, now=NOW)
