"""A request is read in the protocol of its agent."""

import pytest

from fakes.proxy.rpc import A2A_AGENT, MCP_AGENT, call
from fakes.proxy.turn import agent
from proxy.errors import BodyForbidden, BodyNotJson
from proxy.protocols.asked import Unnamed
from proxy.protocols.errors import BodyNotRpc, CallForbidden
from proxy.protocols.reading import asked_of
from trust.registry.record import Protocol, RelayMode


def NEW_ID() -> str:  # noqa: N802 a constant of these tests
    return "id"


@pytest.mark.parametrize("protocol", [Protocol.AGUI, Protocol.HTTP])
def test_talk_is_called_by_its_first_words(protocol: Protocol) -> None:
    found = asked_of(agent(protocol=protocol), {"mcp-name": "x"}, b'{"prompt": "Hi there"}', NEW_ID)

    assert found.words == "Hi there"
    assert found.unnamed is Unnamed.BEGINS
    assert found.answers is None
    assert found.headers == {}
    assert found.accept == "text/event-stream, application/json"


@pytest.mark.parametrize("relay", RelayMode)
def test_what_the_agent_gets_is_not_read_a_second_time(relay: RelayMode) -> None:
    """A detached turn tells the question."""
    found = asked_of(agent(protocol=Protocol.HTTP, relay=relay), {}, b'{"prompt": "Hi"}', NEW_ID)

    assert found.members == {"prompt": "Hi"}


def test_looking_at_a_chat_again_is_not_written_down() -> None:
    assert asked_of(agent(), {}, b'{"messages": []}', NEW_ID).words is None


def test_every_protocol_reads_its_own() -> None:
    assert asked_of(MCP_AGENT, {}, call("initialize"), NEW_ID).opens_session
    assert asked_of(A2A_AGENT, {}, call("tasks/get"), NEW_ID).answers == 1
    with pytest.raises(CallForbidden):
        asked_of(A2A_AGENT, {}, call("initialize"), NEW_ID)


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize(
    "body",
    [
        b'{"_agent_core_app_action": "ping_status"}',
        b'{"_agent_core_app_action": "force_busy", "_agent_core_app_action": null}',
        b'{"prompt": "hi", "\\u005fagent_core_app_action": "job_status"}',
        b"\xef\xbb\xbf" + b'{"_agent_core_app_action": "ping_status"}',
        '{"_agent_core_app_action": "ping_status"}'.encode("utf-16"),
        '{"_agent_core_app_action": "ping_status"}'.encode("utf-16-le"),
        '{"_agent_core_app_action": "ping_status"}'.encode("utf-32"),
        b'[{"_agent_core_app_action": "ping_status"}]',
    ],
)
def test_the_sdks_remote_control_is_never_reached(protocol: Protocol, body: bytes) -> None:
    """Of AgentCore's SDK in debug mode: it reads the member at the top of the object only."""
    with pytest.raises((BodyForbidden, BodyNotJson, BodyNotRpc)):
        asked_of(agent(protocol=protocol), {}, body, NEW_ID)
