"""What a message to an A2A agent asks, and what may not be asked."""

import pytest

from fakes.proxy.passage import passed
from fakes.proxy.rpc import A2A_AGENT, call
from proxy.errors import AgentFailed, BodyForbidden, BodyNotJson
from proxy.protocols.a2a import METHODS, asked_of_a2a
from proxy.protocols.asked import Asked, Unnamed
from proxy.protocols.errors import BodyNotRpc, CallForbidden


def asked(body: bytes, **headers: str) -> Asked:
    """Read a message; `a2a_version="1.0"` is a header."""
    return asked_of_a2a(A2A_AGENT, {n.replace("_", "-"): v for n, v in headers.items()}, body)


def said(*texts: object, method: str = "message/send", **params: object) -> bytes:
    """Return a message with these parts."""
    parts = [{"kind": "text", "text": text} for text in texts]
    return call(method, params={"message": {"role": "user", "parts": parts}, **params})


@pytest.mark.parametrize("method", sorted(METHODS))
def test_messages_and_tasks_pass_in_both_spellings(method: str) -> None:
    found = asked(call(method))

    assert found.answers == 1
    assert found.unnamed is Unnamed.GOES_ON
    assert not found.opens_session


def test_a_chat_is_called_by_the_persons_first_words() -> None:
    assert asked(said("Plan a trip", "to Köln\n")).words == "Plan a trip to Köln\n"
    assert asked(said("Hi", method="SendStreamingMessage")).words == "Hi"


@pytest.mark.parametrize(
    "params",
    [
        {"metadata": 1},
        {"message": None},
        {"message": 1},
        {"message": {"parts": "text"}},
        {"message": {"parts": ["text", None, {"text": 1}, {"data": 1}]}},
    ],
)
def test_a_message_without_words_is_called_like_the_agent(params: object) -> None:
    assert asked(call("message/send", params=params)).words == "Peer"


def test_looking_at_a_task_is_not_written_down() -> None:
    assert asked(call("tasks/get", params={"id": "t"})).words is None


def test_its_own_headers_go_along() -> None:
    headers = asked(said("hi"), a2a_version="1.0", a2a_extensions="https://a.example/x").headers

    assert headers["A2A-Version"] == "1.0"
    assert headers["A2A-Extensions"] == "https://a.example/x"


def test_how_to_be_answered_may_be_said() -> None:
    wanted = {"acceptedOutputModes": ["text"], "historyLength": 3, "blocking": True}

    assert asked(said("hi", configuration=wanted)).words == "hi"
    assert asked(said("hi", configuration=None)).words == "hi"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        pytest.param(b"[" + said("hi") + b"]", BodyNotJson, id="batch"),
        pytest.param(call("message/send", id=...), BodyNotRpc, id="notification"),
        pytest.param(said("hi", configuration=[]), BodyNotRpc, id="configuration-as-list"),
        pytest.param(
            call("message/send", _agent_core_app_action="x"), BodyForbidden, id="control-member"
        ),
        pytest.param(b'{"jsonrpc":"2.0","id":1,"result":{}}', CallForbidden, id="an-answer"),
    ],
)
def test_what_is_no_message_is_refused(body: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        asked(body)


@pytest.mark.parametrize("name", ["text/event-stream", "text/plain", "application/json"])
def test_an_internal_error_is_its_failure_however_it_answers(name: str) -> None:
    error = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"secret"}}'
    answer = error if name == "application/json" else b"data: " + error + b"\n\n"

    found = passed(asked(said("hi")).passage(name), [answer])

    assert found.out == b""
    assert isinstance(found.failure, AgentFailed)
