"""An agent card as the browser gets it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import AgentFailed
from proxy.protocols.agent_card import MAX_ITEMS, MAX_TEXT_CHARS, rewritten

URL = "https://app.example/api/agents/peer/invocations"
RUNTIME = "https://bedrock-agentcore.us-east-1.amazonaws.com/runtimes/arn%3Aaws/invocations/"

SKILL: dict[str, object] = {
    "id": "trip",
    "name": "Plan a trip",
    "description": "Plans.",
    "tags": ["travel"],
    "examples": ["To Köln"],
    "inputModes": ["text/plain"],
    "outputModes": ["text/plain"],
}
CARD: dict[str, object] = {
    "protocolVersion": "0.3.0",
    "name": "Peer",
    "description": "Says hello.",
    "version": "1.2.3",
    "url": RUNTIME,
    "preferredTransport": "HTTP+JSON",
    "additionalInterfaces": [{"url": RUNTIME, "transport": "GRPC"}],
    "provider": {"organization": "Acme", "url": "https://acme.example", "secret": 1},
    "documentationUrl": "https://acme.example/docs",
    "iconUrl": "https://acme.example/icon.png",
    "capabilities": {
        "streaming": True,
        "pushNotifications": True,
        "stateTransitionHistory": False,
        "extensions": [
            {"uri": "https://x.example", "required": False, "params": {"token": "secret"}}
        ],
    },
    "securitySchemes": {"oidc": {"openIdConnectUrl": "https://idp.internal/"}},
    "security": [{"oidc": ["openid"]}],
    "defaultInputModes": ["text/plain"],
    "defaultOutputModes": ["text/plain"],
    "skills": [{**SKILL, "security": [{"oidc": ["openid"]}]}],
    "supportsAuthenticatedExtendedCard": True,
    "signatures": [{"protected": "e30", "signature": "x"}],
    "x-internal": {"arn": "arn:aws:iam::123456789012:role/hidden"},
}


def test_a_card_says_what_the_agent_can_and_our_address() -> None:
    assert rewritten(CARD, url=URL) == {
        "protocolVersion": "0.3.0",
        "name": "Peer",
        "description": "Says hello.",
        "version": "1.2.3",
        "url": URL,
        "preferredTransport": "JSONRPC",
        "provider": {"organization": "Acme", "url": "https://acme.example"},
        "documentationUrl": "https://acme.example/docs",
        "iconUrl": "https://acme.example/icon.png",
        "capabilities": {
            "streaming": True,
            "pushNotifications": False,
            "stateTransitionHistory": False,
            "extensions": [{"uri": "https://x.example", "required": False}],
        },
        "defaultInputModes": ["text/plain"],
        "defaultOutputModes": ["text/plain"],
        "skills": [SKILL],
    }


def test_a_card_of_1_0_has_one_interface_and_it_is_ours() -> None:
    interfaces = [
        {"url": RUNTIME, "protocolBinding": "GRPC", "protocolVersion": "9.9"},
        {"url": RUNTIME, "protocolBinding": "JSONRPC", "protocolVersion": "1.0", "tenant": "t"},
    ]
    card = rewritten({"name": "Peer", "supportedInterfaces": interfaces}, url=URL)

    assert card == {
        "name": "Peer",
        "supportedInterfaces": [
            {"url": URL, "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
        ],
        "capabilities": {"pushNotifications": False},
    }


def test_an_agent_that_speaks_two_revisions_is_found_by_clients_of_either() -> None:
    """As `a2a-sdk` 1.x writes the card of an agent that speaks 0.3, too."""
    spoken = ["1.0", "0.3", "1.0"]
    interfaces = [
        {"url": RUNTIME, "protocolBinding": "JSONRPC", "protocolVersion": version}
        for version in spoken
    ]
    older = {"url": RUNTIME, "preferredTransport": "HTTP+JSON", "protocolVersion": "0.3"}
    card = rewritten({"name": "Peer", "supportedInterfaces": interfaces, **older}, url=URL)

    assert card["supportedInterfaces"] == [
        {"url": URL, "protocolBinding": "JSONRPC", "protocolVersion": version}
        for version in ("1.0", "0.3")
    ]
    assert (card["url"], card["preferredTransport"]) == (URL, "JSONRPC")
    assert card["protocolVersion"] == "0.3"


@pytest.mark.parametrize("version", [None, 1, "", "latest", "1.0\r\n", "1" * 40, ["1.0"], "2"])
def test_a_version_that_is_none_is_the_first(version: object) -> None:
    old = rewritten({"name": "Peer", "protocolVersion": version}, url=URL)
    interfaces = [1, {"protocolBinding": "JSONRPC", "protocolVersion": version}]
    new = rewritten({"name": "Peer", "supportedInterfaces": interfaces}, url=URL)

    assert old["protocolVersion"] == "0.3.0"
    assert json.dumps(new["supportedInterfaces"]).count("0.3.0") == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://acme.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https://user:secret@acme.example",
        "https://user@acme.example",
        "https://[",
        "https://acme.example/\r\nx",
        "https://acme.example/" + "x" * MAX_TEXT_CHARS,
        "/relative",
        1,
        None,
    ],
)
def test_an_address_to_which_nobody_should_be_sent_is_left_out(address: object) -> None:
    card = rewritten(
        {
            "name": "Peer",
            "iconUrl": address,
            "documentationUrl": address,
            "provider": {"url": address},
        },
        url=URL,
    )

    assert not {"iconUrl", "documentationUrl"} & card.keys()
    assert card["provider"] == {}


@pytest.mark.parametrize(
    "card",
    [
        None,
        [],
        "card",
        {},
        {"name": 1},
        {"name": ["Peer"]},
        {"name": "Peer", "capabilities": []},
        {"name": "Peer", "capabilities": None},
    ],
)
def test_what_is_no_card_is_a_failure_of_the_agents(card: object) -> None:
    with pytest.raises(AgentFailed):
        rewritten(card, url=URL)


def test_a_card_is_bounded() -> None:
    card = rewritten(
        {
            "name": "n" * (MAX_TEXT_CHARS + 1),
            "skills": [SKILL] * (MAX_ITEMS + 1),
            "defaultInputModes": ["m"] * (MAX_ITEMS + 1),
        },
        url=URL,
    )

    assert len(str(card["name"])) == MAX_TEXT_CHARS
    assert json.dumps(card).count('"trip"') == MAX_ITEMS
    assert json.dumps(card).count('"m"') == MAX_ITEMS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("SECRET"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(CARD)) | st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(sorted(CARD)) | st.text(max_size=6), JSON, max_size=8))
def test_no_member_passes_that_is_not_on_the_list(members: dict[str, object]) -> None:
    written = rewritten({**members, "name": "Peer", "capabilities": {}}, url=URL)

    assert not {"securitySchemes", "security", "signatures", "additionalInterfaces"} & set(written)
    assert written.keys() <= CARD.keys() | {"supportedInterfaces"}
    assert (written.get("url") or URL) == URL
