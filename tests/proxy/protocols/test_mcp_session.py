"""The browser's name of an MCP session, and AgentCore's."""

import secrets
from dataclasses import replace

import pytest

from fakes.desk import KEYRING
from fakes.keyring import ReloadedKeyring
from fakes.login import ALICE, BOB, CAROL
from fakes.proxy.rpc import A2A_AGENT, MCP_AGENT
from fakes.proxy.turn import RUNTIME_SESSION, turn
from proxy.protocols.mcp_session import (
    MAX_NAME_CHARS,
    McpSessions,
    Named,
    addressed,
    answered,
    reached,
    session_header,
)
from trust.chat.record import Chat, ChatUnknown
from trust.seal.keyring import Keyring, new_keyring, parse_keyring, rotated
from trust.secret import Secret
from trust.session.record import Owner

GIVEN = "7f3c9a52-1f0e-4a7c-9d1b-2f9a6f0c1b7e"
OTHER_CHAT = "01ARZ3NDEKTSV4RRFFQ69G5FAW"


def sessions_of(keyring: Keyring = KEYRING) -> McpSessions:
    async def reload() -> Keyring:
        return keyring

    return McpSessions(ReloadedKeyring(keyring, reload), random=secrets.token_bytes)


@pytest.fixture
def sessions() -> McpSessions:
    return sessions_of()


def chat_of(owner: Owner = ALICE) -> Chat:
    return replace(turn().chat, owner=owner)


async def test_what_was_named_is_read_by_whom_it_was_named_for(sessions: McpSessions) -> None:
    name = sessions.name(chat_of(), GIVEN)

    found = await sessions.read(ALICE, name)

    assert found.chat_id == chat_of().id
    assert found.session is not None
    assert found.session.reveal() == GIVEN


async def test_a_name_tells_no_runtime_session(sessions: McpSessions) -> None:
    name = sessions.name(chat_of(), RUNTIME_SESSION)

    assert name.startswith(f"{chat_of().id}.")
    assert RUNTIME_SESSION not in name
    assert name.isascii()
    assert name.isprintable()
    assert " " not in name
    assert len(name) <= MAX_NAME_CHARS


@pytest.mark.parametrize("given_id", [None, "", "a b", "é", "x" * 257, "a\r\nb"])
async def test_a_session_without_an_id_is_called_like_its_chat(
    sessions: McpSessions, given_id: str | None
) -> None:
    name = sessions.name(chat_of(), given_id)

    assert name == chat_of().id
    assert await sessions.read(ALICE, name) == Named(chat_id=name, session=None)


async def test_the_longest_id_is_read_again(sessions: McpSessions) -> None:
    found = await sessions.read(ALICE, sessions.name(chat_of(), "x" * 256))

    assert found.session == Secret("x" * 256)


@pytest.mark.parametrize("thief", [BOB, CAROL], ids=["colleague", "other-tenant"])
async def test_hijack_a_name_opens_for_nobody_else(sessions: McpSessions, thief: Owner) -> None:
    name = sessions.name(chat_of(), GIVEN)

    with pytest.raises(ChatUnknown):
        await sessions.read(thief, name)


async def test_hijack_a_sealed_id_opens_in_no_other_chat(sessions: McpSessions) -> None:
    sealed = sessions.name(chat_of(), GIVEN).partition(".")[2]

    with pytest.raises(ChatUnknown):
        await sessions.read(ALICE, f"{OTHER_CHAT}.{sealed}")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param(RUNTIME_SESSION, id="runtime-session"),
        pytest.param(GIVEN, id="agentcores-own"),
        pytest.param("01arz3ndektsv4rrffq69g5fav", id="lower-case"),
        pytest.param(f"{OTHER_CHAT} ", id="trailing-blank"),
        pytest.param(f"{OTHER_CHAT}, {OTHER_CHAT}", id="came-twice"),
        pytest.param(f"{OTHER_CHAT}.", id="nothing-sealed"),
        pytest.param(f"{OTHER_CHAT}.kid", id="no-content"),
        pytest.param(f"{OTHER_CHAT}.kid.AAAA", id="too-short"),
        pytest.param(f"{OTHER_CHAT}.unknown.{'A' * 80}", id="unknown-key"),
        pytest.param(f"{OTHER_CHAT}.{KEYRING.current}.{'A' * 80}", id="made-up"),
        pytest.param(f"{OTHER_CHAT}.{KEYRING.current}.{'é' * 80}", id="not-base64"),
    ],
)
async def test_a_name_that_we_did_not_give_is_an_unknown_session(
    sessions: McpSessions, name: str
) -> None:
    with pytest.raises(ChatUnknown):
        await sessions.read(ALICE, name)


async def test_a_name_with_one_character_changed_is_unknown(sessions: McpSessions) -> None:
    name = sessions.name(chat_of(), GIVEN)

    # The last character of base64 has bits that mean nothing.
    for place in range(len(name) - 1):
        forged = name[:place] + ("A" if name[place] != "A" else "B") + name[place + 1 :]
        with pytest.raises(ChatUnknown):
            await sessions.read(ALICE, forged)


async def test_a_name_outlives_the_rotation_of_its_key() -> None:
    name = sessions_of().name(chat_of(), GIVEN)
    newer = parse_keyring(rotated(new_keyring(secrets.token_bytes), secrets.token_bytes))
    merged = replace(newer, sealing={**newer.sealing, **KEYRING.sealing})

    assert (await sessions_of(merged).read(ALICE, name)).chat_id == chat_of().id
    with pytest.raises(ChatUnknown):
        await sessions_of(newer).read(ALICE, name)


async def test_a_request_names_its_session_by_either_header(sessions: McpSessions) -> None:
    name, chat_id = sessions.name(chat_of(), GIVEN), chat_of().id

    by_session = await sessions.named(ALICE, chat_id=None, session=name)
    by_chat = await sessions.named(ALICE, chat_id=chat_id, session=None)
    by_both = await sessions.named(ALICE, chat_id=chat_id, session=name)

    assert by_session == by_both == Named(chat_id=chat_id, session=Secret(GIVEN))
    assert by_chat == Named(chat_id=chat_id, session=None)
    assert await sessions.named(ALICE, chat_id=None, session=None) is None


async def test_a_request_that_names_two_chats_names_none(sessions: McpSessions) -> None:
    name = sessions.name(chat_of(), GIVEN)

    with pytest.raises(ChatUnknown):
        await sessions.named(ALICE, chat_id=OTHER_CHAT, session=name)


def test_initialize_carries_no_session() -> None:
    assert session_header(chat_of(), None, opens=True) == {}
    assert session_header(chat_of(), Secret(GIVEN), opens=True) == {}


def test_a_message_goes_to_the_session_that_initialize_was_given() -> None:
    assert session_header(chat_of(), Secret(GIVEN), opens=False) == {"Mcp-Session-Id": GIVEN}


def test_a_message_without_one_goes_to_the_chats_own() -> None:
    assert session_header(chat_of(), None, opens=False) == {"Mcp-Session-Id": RUNTIME_SESSION}


def test_a_chat_is_reached_by_the_session_that_agentcore_gave_it() -> None:
    assert addressed(chat_of(), Secret(GIVEN)).runtime_session.reveal() == GIVEN
    assert addressed(chat_of(), None) == chat_of()


@pytest.mark.parametrize("given_id", ["x" * 32, ""])
def test_an_id_that_agentcore_would_refuse_is_no_runtime_session(given_id: str) -> None:
    assert addressed(chat_of(), Secret(given_id)) == chat_of()


async def test_the_answer_to_initialize_names_the_session(sessions: McpSessions) -> None:
    named = answered(sessions, chat_of(), {"mcp-session-id": GIVEN, "x-other": "1"})
    unnamed = answered(sessions, chat_of(), {})

    found = await sessions.read(ALICE, named["mcp-session-id"])
    assert found.session == Secret(GIVEN)
    assert unnamed == {"mcp-session-id": chat_of().id}


def test_only_mcp_has_sessions_of_its_own() -> None:
    found = reached(chat_of(), A2A_AGENT, Secret(GIVEN))

    assert (found.chat, found.headers) == (chat_of(), {})


def test_a_message_goes_with_its_session() -> None:
    found = reached(chat_of(), MCP_AGENT, Secret(GIVEN))

    assert found.chat.runtime_session.reveal() == GIVEN
    assert found.headers == {"Mcp-Session-Id": GIVEN}


def test_initialize_goes_without_one() -> None:
    found = reached(chat_of(), MCP_AGENT, opens=True)

    assert (found.chat, found.headers) == (chat_of(), {})
