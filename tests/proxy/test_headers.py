"""Which headers pass between browser and agent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.headers import (
    EITHER,
    MAX_VALUE_CHARS,
    OPAQUE,
    accepted,
    content_type,
    media_type,
    to_agent,
    to_browser,
)
from trust.registry.record import Protocol

NONE = set[str]()
MCP = {"Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name"}
A2A = {"A2A-Version", "A2A-Extensions", "X-A2A-Extensions"}
MAY_ARRIVE = {
    Protocol.AGUI: NONE,
    Protocol.HTTP: NONE,
    Protocol.MCP: MCP,
    Protocol.A2A: A2A,
}
MAY_RETURN = {
    Protocol.AGUI: NONE,
    Protocol.HTTP: NONE,
    Protocol.MCP: {"mcp-protocol-version"},
    Protocol.A2A: {"a2a-version", "a2a-extensions", "x-a2a-extensions"},
}
SAID = {
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": "get weather",
    "a2a-version": "1.0",
    "a2a-extensions": "https://a.example/x, https://b.example/y",
    "x-a2a-extensions": "https://a.example/x",
}

NEAR_MISSES = (
    *("accept", "content-type", "connection", "cookie", "authorization", "x-forwarded-for"),
    *("mcp_method", "mcp-session-id", "mcp-param-a", "a2a_version", "last-event-id", "traceparent"),
)
NAMES = st.sampled_from([*SAID, *NEAR_MISSES]) | st.text("abcmpx-_029", min_size=1, max_size=20)
VALUES = st.text(st.characters(max_codepoint=255), max_size=60) | st.sampled_from(
    sorted(SAID.values())
)


@pytest.mark.parametrize("protocol", Protocol)
def test_each_protocol_has_its_own_headers_and_no_other(protocol: Protocol) -> None:
    assert to_agent(protocol, SAID).keys() == MAY_ARRIVE[protocol]
    assert to_browser(protocol, SAID).keys() == MAY_RETURN[protocol]


@given(st.sampled_from(Protocol), st.dictionaries(NAMES, VALUES, max_size=8))
def test_nothing_that_is_not_on_the_list_ever_passes(
    protocol: Protocol, headers: dict[str, str]
) -> None:
    there, back = to_agent(protocol, headers), to_browser(protocol, headers)

    assert there.keys() <= MAY_ARRIVE[protocol]
    assert back.keys() <= MAY_RETURN[protocol]
    for value in [*there.values(), *back.values()]:
        assert value.isascii()
        assert value.isprintable()
        assert value == value.strip()
        assert 0 < len(value) <= MAX_VALUE_CHARS


@given(st.sampled_from(Protocol), st.dictionaries(NAMES, VALUES, max_size=8))
def test_what_passes_is_what_was_said(protocol: Protocol, headers: dict[str, str]) -> None:
    passed = to_agent(protocol, headers)
    assert passed == {name: headers[name.lower()] for name in passed}


VERSIONS = [(Protocol.MCP, "mcp-protocol-version"), (Protocol.A2A, "a2a-version")]


@pytest.mark.parametrize(
    "form",
    [
        pytest.param("{}\r\nX-Evil: 1", id="request-splitting"),
        pytest.param("{}\n", id="line-end"),
        pytest.param("{}\r\n x", id="obs-fold"),
        pytest.param("{} ", id="trailing-blank"),
        pytest.param("\t{}", id="leading-tab"),
        pytest.param("{0}, {0}", id="came-twice"),
        pytest.param("{}\x00", id="nul"),
        pytest.param("{}é", id="latin-1"),
        pytest.param("{}\uff11", id="other-digits"),
        pytest.param("{}" + ".1" * 40, id="long"),
        pytest.param("-{}", id="sign"),
        pytest.param("v{}", id="word"),
        pytest.param("", id="empty"),
        pytest.param("1", id="one-number"),
    ],
)
@pytest.mark.parametrize(("protocol", "name"), VERSIONS)
def test_a_version_of_another_form_stays_behind(protocol: Protocol, name: str, form: str) -> None:
    value = form.format(SAID[name])

    assert to_agent(protocol, {name: value}) == {}
    assert to_browser(protocol, {name: value}) == {}


@pytest.mark.parametrize("name", ["mcp-name", "mcp-method"])
@pytest.mark.parametrize("value", ["a\r\nb", " a", "a ", "", "ü", "x" * (MAX_VALUE_CHARS + 1)])
def test_a_name_of_another_form_stays_behind(name: str, value: str) -> None:
    assert to_agent(Protocol.MCP, {name: value}) == {}


def test_a_name_may_have_blanks_inside() -> None:
    said = {"mcp-name": "a b" + "c" * (MAX_VALUE_CHARS - 3)}

    assert to_agent(Protocol.MCP, said)["Mcp-Name"] == said["mcp-name"]


@pytest.mark.parametrize(
    "value",
    ["https://a.example/x,,", ", x:y", "x:y,", "x:y z", "a:b, b c", "x:y\r\n", "x", ":", "é", ""],
)
def test_extensions_that_are_no_list_of_addresses_stay_behind(value: str) -> None:
    assert to_agent(Protocol.A2A, {"a2a-extensions": value}) == {}


@pytest.mark.parametrize(
    "named", ["mcp-protocol-version", "close, MCP-Protocol-Version", " x ,mcp-protocol-version "]
)
def test_a_header_of_the_connection_ends_with_it(named: str) -> None:
    answer = {"mcp-protocol-version": "2025-11-25", "connection": named}

    assert to_browser(Protocol.MCP, answer) == {}


def test_a_connections_other_headers_do_not_matter() -> None:
    answer = {"mcp-protocol-version": "2025-11-25", "connection": "keep-alive"}

    assert to_browser(Protocol.MCP, answer) == {"mcp-protocol-version": "2025-11-25"}


@pytest.mark.parametrize(
    ("raw", "asked"),
    [
        ("", EITHER),
        ("*/*", EITHER),
        ("text/html", EITHER),
        ("text/event-stream", "text/event-stream"),
        ("Application/JSON;q=0.5 , text/html", "application/json"),
        ("application/json, text/event-stream", "application/json, text/event-stream"),
        ("application/json, application/json", "application/json"),
        ("text/event-stream\r\nX-Evil: 1", EITHER),
    ],
)
def test_an_agent_is_asked_for_what_passes(raw: str, asked: str) -> None:
    assert accepted(raw) == asked


@pytest.mark.parametrize(
    ("given_type", "passed_on"),
    [
        ("application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json; charset=utf-8"),
        (" Text/Event-Stream ;charset=utf-8", "Text/Event-Stream ;charset=utf-8"),
        ("application/json;", "application/json;"),
        ("application/json; profile=v1.0 ; ;a.b=c", "application/json; profile=v1.0 ; ;a.b=c"),
        ("text/html", OPAQUE),
        ("text/html, application/json", OPAQUE),
        ("application/json, text/html", OPAQUE),
        ("application/json; charset=utf-8, text/html", OPAQUE),
        ("application/json;\r\nSet-Cookie: x=1", OPAQUE),
        ("image/svg+xml", OPAQUE),
        ("application/jsonx", OPAQUE),
        ("", OPAQUE),
        (None, OPAQUE),
    ],
)
def test_an_answer_is_called_by_a_known_media_type_or_is_bytes(
    given_type: str | None, passed_on: str
) -> None:
    assert media_type(given_type) == passed_on


@pytest.mark.parametrize(
    "spelling",
    [
        "text/event-stream",
        "Text/Event-Stream;charset=utf-8",
        "text/event-stream\t; charset=utf-8",
        "  text/event-stream ;",
        "text/event-stream, text/event-stream",
    ],
)
def test_an_event_stream_is_known_as_one_however_it_is_spelt(spelling: str) -> None:
    """What is not known as one is not searched for errors as one either."""
    assert content_type(spelling)[1] == "text/event-stream"
