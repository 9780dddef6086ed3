"""JSON-RPC messages with one reading."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import AgentFailed, BodyForbidden, BodyNotJson
from proxy.protocols.errors import BodyNotRpc
from proxy.protocols.jsonrpc import (
    MAX_ID_CHARS,
    MAX_METHOD_CHARS,
    error_event,
    read_message,
    read_object,
)

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"cursor": "a"}}


def raw(**changes: object) -> bytes:
    """Return a request, changed; `...` removes a member."""
    members = {**CALL, **changes}
    return json.dumps({name: v for name, v in members.items() if v is not ...}).encode()


def test_a_request_is_read() -> None:
    message = read_message(raw())

    assert (message.method, message.id, message.params) == ("tools/list", 1, {"cursor": "a"})
    assert message.awaits_answer


def test_a_notification_awaits_no_answer() -> None:
    message = read_message(raw(id=..., params=...))

    assert (message.id, message.params) == (None, {})
    assert not message.awaits_answer


@pytest.mark.parametrize("answer", [{"result": {}}, {"error": {"code": 1, "message": ""}}])
def test_an_answer_to_the_agents_own_request_awaits_none(answer: dict[str, object]) -> None:
    message = read_message(raw(method=..., params=..., id="a", **answer))

    assert (message.method, message.id) == (None, "a")
    assert not message.awaits_answer


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(raw(jsonrpc="1.0"), id="version"),
        pytest.param(raw(jsonrpc=2.0), id="version-as-number"),
        pytest.param(raw(jsonrpc=...), id="no-version"),
        pytest.param(raw(method=1), id="method-as-number"),
        pytest.param(raw(method=None), id="method-null"),
        pytest.param(raw(method=""), id="method-empty"),
        pytest.param(raw(method="m" * (MAX_METHOD_CHARS + 1)), id="method-long"),
        pytest.param(raw(params=[1]), id="params-by-position"),
        pytest.param(raw(params=None), id="params-null"),
        pytest.param(raw(id=None), id="id-null"),
        pytest.param(raw(id=True), id="id-true"),
        pytest.param(raw(id=1.5), id="id-fraction"),
        pytest.param(raw(id={}), id="id-object"),
        pytest.param(raw(id="i" * (MAX_ID_CHARS + 1)), id="id-long"),
        pytest.param(raw(result={}), id="call-and-answer"),
        pytest.param(raw(error={}), id="call-and-error"),
        pytest.param(raw(method=...), id="neither"),
        pytest.param(raw(method=..., result={}, error={}), id="both-answers"),
        pytest.param(raw(method=..., result={}, id=...), id="answer-to-nothing"),
        pytest.param(b'{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}', id="method-twice"),
        pytest.param(b'{"jsonrpc":"2.0","id":1,"id":2,"method":"a"}', id="id-twice"),
        pytest.param(
            b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"name":"x","name":"y"}}',
            id="parameter-twice",
        ),
        pytest.param(
            b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"p":[{"q":1,"\\u0071":2}]}}',
            id="twice-in-two-spellings",
        ),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(body: bytes) -> None:
    with pytest.raises(BodyNotRpc):
        read_message(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[" + raw() + b"]", id="batch"),
        pytest.param(raw() + raw(), id="two-messages"),
        pytest.param(b"\xef\xbb\xbf" + raw(), id="byte-order-mark"),
        pytest.param(raw().decode().encode("utf-16"), id="utf-16"),
        pytest.param(raw().decode().encode("utf-16-le"), id="utf-16-without-mark"),
        pytest.param(raw().decode().encode("utf-32"), id="utf-32"),
        pytest.param(raw().replace(b'"a"', b'"\xff"'), id="not-utf-8"),
        pytest.param(raw().replace(b'"a"', b'"\xed\xa0\x80"'), id="surrogate-in-utf-8"),
        pytest.param(raw().replace(b'"a"', b"NaN"), id="nan"),
        pytest.param(raw().replace(b'"a"', b"-Infinity"), id="infinity"),
        pytest.param(raw().replace(b'"a"', b"9" * 5000), id="number-too-long-to-read"),
        pytest.param(b'{"a":' * 100_000, id="deep"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"text"', id="text"),
        pytest.param(raw() + b"\x00", id="nul-behind"),
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(BodyNotJson):
        read_message(body)


@pytest.mark.parametrize(
    "body",
    [
        raw(_agent_core_app_action="ping_status"),
        raw(_agent_core_app_action=None),
        b'{"\\u005fagent_core_app_action":1,"jsonrpc":"2.0","id":1,"method":"a"}',
    ],
)
def test_a_control_member_of_the_sdk_is_refused(body: bytes) -> None:
    with pytest.raises(BodyForbidden):
        read_message(body)


def test_a_control_member_hidden_by_a_later_one_is_refused() -> None:
    body = b'{"_agent_core_app_action":"force_busy","_agent_core_app_action":null}'

    with pytest.raises(BodyNotRpc):
        read_object(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_every_object_is_read_as_it_was_written(members: dict[str, object]) -> None:
    assert read_object(json.dumps(members).encode()) == members


def test_a_call_that_fails_is_answered_by_its_id_and_with_what_is_public() -> None:
    error = AgentFailed("the upstream's own words")

    event = error_event(error, answers="a\nb", request_id="r1")

    assert event.startswith(b"event: message\ndata: {")
    assert event.endswith(b"}\n\n")
    assert event.count(b"\n") == 3
    assert json.loads(event.partition(b"data: ")[2]) == {
        "jsonrpc": "2.0",
        "id": "a\nb",
        "error": {
            "code": -32000,
            "message": "The agent failed to answer.",
            "data": {"code": "agent_failed", "status": 502, "request_id": "r1"},
        },
    }
