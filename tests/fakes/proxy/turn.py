"""Turns, as everything before the call to the agent would have prepared them."""

from dataclasses import replace

from fakes.clock import NOW
from fakes.login import ALICE, new_session
from proxy.invocation import DataPlane, Turn
from trust.chat.record import Chat
from trust.clock import NumericDate
from trust.coordinates import AgentName
from trust.grant.record import Credentials
from trust.registry.record import Agent, AgentAuth, Protocol
from trust.secret import Secret
from trust.session.record import Session

RUNTIME_SESSION = "gh-" + "r" * 43
RUNTIME_ARN = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/hello-a1B2c3D4e5"
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
    plain = Agent(
        name=AgentName("hello"),
        title="Hello World",
        description="",
        protocol=Protocol.AGUI,
        runtime_arn=RUNTIME_ARN,
        auth=AgentAuth.SIGV4,
        tenants=frozenset({ALICE.tenant}),
        invoke_role_arn="arn:aws:iam::123456789012:role/gatehouse-invoke-hello",
        data_role_arn="arn:aws:iam::123456789012:role/gatehouse-data-hello",
        data_bucket="gatehouse-data",
        data_table="gatehouse-data",
    )
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
        body=b'{"prompt": "hi"}',
        accept="text/event-stream",
        caller=None if chosen.auth is AgentAuth.JWT else CALLER,
        data=data,
    )
