"""An A2A agent as somebody's hand inside the network: what a browser may not have it do."""

import pytest

from fakes.proxy.rpc import A2A_AGENT, call
from proxy.protocols.a2a import asked_of_a2a
from proxy.protocols.asked import Asked
from proxy.protocols.errors import CallForbidden


def asked(body: bytes) -> Asked:
    """Read a message."""
    return asked_of_a2a(A2A_AGENT, {}, body)


def said(text: str, **params: object) -> bytes:
    """Return a message of one part."""
    parts = [{"kind": "text", "text": text}]
    return call("message/send", params={"message": {"role": "user", "parts": parts}, **params})


@pytest.mark.parametrize(
    "method",
    [
        "tasks/pushNotificationConfig/set",
        "tasks/pushNotificationConfig/get",
        "tasks/pushNotificationConfig/list",
        "tasks/pushNotificationConfig/delete",
        "CreateTaskPushNotificationConfig",
        "agent/getAuthenticatedExtendedCard",
        "GetExtendedAgentCard",
        "MESSAGE/SEND",
        "message/send ",
        "sendMessage",
        "initialize",
    ],
)
def test_agent_ssrf_what_is_not_on_the_list_is_not_called(method: str) -> None:
    with pytest.raises(CallForbidden):
        asked(call(method))


@pytest.mark.parametrize(
    "name",
    [
        "pushNotificationConfig",
        "taskPushNotificationConfig",
        "task_push_notification_config",
        "PushNotificationConfig",
        "webhook",
    ],
)
def test_agent_ssrf_no_message_makes_the_agent_call_an_address_of_the_browsers(name: str) -> None:
    hook = {"url": "http://169.254.169.254/latest/meta-data/"}

    with pytest.raises(CallForbidden):
        asked(said("hi", configuration={name: hook}))


def test_agent_ssrf_the_tenant_is_not_the_clients_to_say() -> None:
    with pytest.raises(CallForbidden):
        asked(said("hi", tenant="globex"))

    assert asked(said("hi", tenant="")).words == "hi"
