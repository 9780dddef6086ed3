"""Turns, as everything before the call to the agent would have prepared them."""

from dataclasses import replace

from fakes.agents import HELLO, RUNTIME_ARN
from fakes.clock import NOW
from fakes.login import ALICE, new_session
from proxy.invocation import DataPlane, Turn
from trust.chat.record import Chat
from trust.clock import NumericDate
from trust.grant.record import Credentials
from trust.registry.record import Agent, AgentAuth
from trust.secret import Secret
from trust.session.record import Session

RUNTIME_SESSION = "gh-" + "r" * 43
ENCODED_ARN = RUNTIME_ARN.replace(":", "%3A").replace("/", "%2F")
PLANE = DataPlane(endpoint="https://bedrock-agentcore.us-east-1.amazonaws.com", region="us-east-1")

CALLER = Credentials(
    access_key_id="ASIACALLER",
    secret_access_key=Secret("caller-secret"),
    session_token=Secret("caller-token"),
    expires_at=NumericDate(NOW + 900),
)
DATA = Credentials(
    access_key_id="ASIADATA",
    secret_access_key=Secret("data-secret"),
    session_token=Secret("data-token"),
    expires_at=NumericDate(NOW + 900),
)


def agent(**changes: object) -> Agent:
    """Return the agent `hello`, changed."""
    plain = replace(HELLO, tenants=frozenset({ALICE.tenant}))
    return replace(plain, **changes)  # type: ignore[arg-type] # the fields of Agent


def turn(
    *, of: Agent | None = None, session: Session | None = None, data: Credentials | None = DATA
) -> Turn:
    """Return Alice's turn with an agent."""
    chosen = of or agent()
    return Turn(
        session=session or new_session(ALICE),
        agent=chosen,
        chat=Chat(
            id="01ARZ3NDEKTSV4RRFFQ69G5FAV",
            owner=ALICE,
            agent=chosen.name,
            runtime_session=Secret(RUNTIME_SESSION),
            title="",
            created_at=NOW,
            updated_at=NOW,
        ),
        accept="text/event-stream",
        caller=None if chosen.auth is AgentAuth.JWT else CALLER,
        data=data,
    )
