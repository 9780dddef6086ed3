"""What a message to an MCP server asks."""

import base64
import json

import pytest

from fakes.proxy.rpc import MCP_AGENT, call
from proxy.errors import BodyForbidden, BodyNotJson
from proxy.protocols.asked import Asked, Unnamed
from proxy.protocols.errors import BodyNotRpc
from proxy.protocols.mcp import asked_of_mcp

TOOL = call("tools/call", params={"name": "weather", "arguments": {}})


def asked(body: bytes, **headers: str) -> Asked:
    """Read a message; `mcp_name="x"` is a header."""
    return asked_of_mcp(MCP_AGENT, {n.replace("_", "-"): v for n, v in headers.items()}, body)


def test_initialize_begins_a_session_that_its_answer_names() -> None:
    found = asked(call("initialize", params={"protocolVersion": "2025-11-25"}))

    assert (found.unnamed, found.opens_session) == (Unnamed.BEGINS, True)


@pytest.mark.parametrize(
    "body", [TOOL, call("notifications/initialized", id=...), call("server/discover")]
)
def test_every_other_message_goes_on_with_what_there_is(body: bytes) -> None:
    found = asked(body)

    assert (found.unnamed, found.opens_session) == (Unnamed.GOES_ON, False)


def test_a_chat_with_tools_is_called_after_them() -> None:
    assert asked(TOOL).words == "Tools"
    assert asked(call("initialize")).words == "Tools"


@pytest.mark.parametrize(
    "body",
    [
        call("ping"),
        call("notifications/cancelled", id=...),
        json.dumps({"jsonrpc": "2.0", "id": 7, "result": {}}).encode(),
    ],
)
def test_what_asks_nothing_is_no_reason_to_write_anything_down(body: bytes) -> None:
    assert asked(body).words is None


def test_the_request_that_may_fail_is_known_by_its_id() -> None:
    assert asked(TOOL).answers == 1
    assert asked(call("notifications/cancelled", id=...)).answers is None
    assert asked(json.dumps({"jsonrpc": "2.0", "id": 7, "result": {}}).encode()).answers is None


def test_headers_that_repeat_the_body_go_along() -> None:
    found = asked(TOOL, mcp_method="tools/call", mcp_name="weather")

    assert found.headers == {"Mcp-Method": "tools/call", "Mcp-Name": "weather"}
    assert found.accept == "text/event-stream, application/json"


@pytest.mark.parametrize(
    ("method", "params"),
    [("prompts/get", {"name": "weather"}), ("resources/read", {"uri": "weather"})],
)
def test_a_name_is_where_its_method_has_it(method: str, params: dict[str, str]) -> None:
    assert asked(call(method, params=params), mcp_name="weather").headers["Mcp-Name"] == "weather"


def test_a_name_may_be_encoded() -> None:
    encoded = f"=?base64?{base64.b64encode('Wetter für Köln'.encode()).decode()}?="
    body = call("tools/call", params={"name": "Wetter für Köln"})

    assert asked(body, mcp_name=encoded).headers["Mcp-Name"] == encoded


@pytest.mark.parametrize(
    ("header", "value"),
    [
        pytest.param("mcp_method", "tools/list", id="another-method"),
        pytest.param("mcp_method", "Tools/Call", id="another-case"),
        pytest.param("mcp_name", "delete_all", id="another-tool"),
        pytest.param("mcp_name", "=?base64?ZGVsZXRl?=", id="another-tool-encoded"),
        pytest.param("mcp_name", "=?base64?!?=", id="not-base64"),
        pytest.param("mcp_name", "=?base64?/w==?=", id="not-utf-8"),
    ],
)
def test_confused_deputy_a_header_that_contradicts_the_body_stays_behind(
    header: str, value: str
) -> None:
    assert asked(TOOL, **{header: value}).headers == {}


@pytest.mark.parametrize(
    "body",
    [call("tools/list"), call("tools/call"), json.dumps({"jsonrpc": "2.0", "id": 7, "result": 1})],
)
def test_a_name_that_the_body_has_not_stays_behind(body: bytes | str) -> None:
    raw = body if isinstance(body, bytes) else body.encode()

    assert "Mcp-Name" not in asked(raw, mcp_name="weather").headers
    assert "Mcp-Name" not in asked(raw, mcp_name="=?base64?!?=").headers


def test_an_answer_of_the_clients_has_no_method() -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 7, "result": {}}).encode()

    assert "Mcp-Method" not in asked(body, mcp_method="tools/call").headers


def test_the_browsers_session_id_is_not_the_servers() -> None:
    headers = asked(TOOL, mcp_session_id="somebody-elses").headers

    assert "somebody-elses" not in headers.values()


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"[" + TOOL + b"]", BodyNotJson),
        (call("tools/call", _agent_core_app_action="ping_status"), BodyForbidden),
        (b"{}", BodyNotRpc),
    ],
)
def test_what_is_no_message_is_refused(body: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        asked(body)


@pytest.mark.parametrize(
    ("method", "request_id", "taken"),
    [
        ("notifications/cancelled", "a7", "a7"),
        ("notifications/cancelled", 0, 0),
        ("notifications/cancelled", True, None),
        ("notifications/cancelled", None, None),
        ("notifications/cancelled", 7.0, None),
        ("notifications/cancelled", ["a7"], None),
        ("notifications/progress", "a7", None),
        ("tools/call", "a7", None),
    ],
)
def test_a_notification_alone_takes_an_earlier_call_back_by_what_may_be_its_id(
    method: str, request_id: object, taken: str | int | None
) -> None:
    body = call(method, params={"requestId": request_id})

    assert asked(body).takes_back == taken
