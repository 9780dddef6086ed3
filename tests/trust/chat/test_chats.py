"""The book of chats, on every table: whose they are, and which runtime session each one has."""

import asyncio
import re
import secrets
from dataclasses import replace
from unicodedata import normalize

import pytest

from fakes.clock import NOW, StoppedClock
from fakes.desk import KEYRING
from fakes.faulty_table import FaultyTable
from fakes.keyring import ReloadedKeyring
from fakes.login import ALICE, BOB, CAROL
from trust.chat.chats import ASKED_KEPT_S, Chats
from trust.chat.record import CHAT_KEPT_S, Chat, ChatUnknown
from trust.clock import NumericDate
from trust.coordinates import AgentName, AppId
from trust.remembered import Remembered
from trust.seal.box import KeyUnknown, Place, seal
from trust.seal.keyring import Keyring, new_keyring, parse_keyring, rotated
from trust.session.record import Owner
from trust.store.table import Condition, Item, Key, RowMalformed, Table

HELLO = AgentName("hello")
LATER = NumericDate(NOW + 60)


def chats_of(table: Table, keyring: Keyring = KEYRING) -> Chats:
    async def reload() -> Keyring:
        return keyring

    keys = ReloadedKeyring(keyring, reload)
    return Chats(table, keys, Remembered(StoppedClock(), 0), random=secrets.token_bytes)


@pytest.fixture
def chats(table: Table) -> Chats:
    return chats_of(table)


async def begin(chats: Chats, owner: Owner = ALICE, *, title: str = "Plan", now: int = NOW) -> Chat:
    return await chats.begin(owner, HELLO, title, NumericDate(now))


async def stored(table: Table, chat: Chat) -> Item:
    item = await table.get(chat.key, now=NOW)
    assert item is not None
    return item


# -- finding


async def test_a_chat_that_began_is_found_by_its_owner(chats: Chats) -> None:
    chat = await begin(chats)

    assert await chats.find(ALICE, chat.id, now=NOW) == chat
    assert (chat.agent, chat.title, chat.created_at, chat.updated_at) == (HELLO, "Plan", NOW, NOW)


class Repeating(FaultyTable):
    """Writes twice, as a client does that has lost the first answer."""

    async def put(self, item: Item, *, condition: Condition | None = None) -> None:
        await super().put(item, condition=condition)
        await super().put(item, condition=condition)


async def test_a_chat_begins_though_the_tables_answer_was_lost(table: Table) -> None:
    chats = chats_of(Repeating(table))

    chat = await begin(chats)

    assert await chats.find(ALICE, chat.id, now=NOW) == chat


async def test_a_runtime_session_is_an_id_that_nobody_can_guess(chats: Chats) -> None:
    made = [await begin(chats) for _ in range(20)]
    ids = {chat.runtime_session.reveal() for chat in made}

    assert len(ids) == len({chat.id for chat in made}) == 20
    # AgentCore: InvokeAgentRuntime, runtimeSessionId; 43 of the characters are 256 random bits.
    assert all(re.fullmatch(r"gh-[A-Za-z0-9_-]{43}", one) for one in ids)


@pytest.mark.parametrize(
    "owner",
    [
        pytest.param(BOB, id="another-person"),
        pytest.param(CAROL, id="another-person-of-another-tenant"),
        pytest.param(ALICE._replace(tenant=CAROL.tenant), id="the-same-person-in-another-tenant"),
        pytest.param(ALICE._replace(app=AppId("demo2")), id="another-app"),
    ],
)
async def test_another_s_chat_is_as_unknown_as_none_at_all(chats: Chats, owner: Owner) -> None:
    chat = await begin(chats)
    errors: list[ChatUnknown] = []
    for chat_id in (chat.id, "0" * 26, "not an id", "", f"{chat.id}\n", chat.id.lower()):
        with pytest.raises(ChatUnknown) as unknown:
            await chats.find(owner, chat_id, now=NOW)
        errors.append(unknown.value)

    assert {str(error) for error in errors} == {"no such chat of this subject"}
    assert {(error.code, error.status) for error in errors} == {("chat_unknown", 404)}
    assert await chats.of(owner, now=NOW) == []


@pytest.mark.parametrize("raw", ["#SESSION#x", "../..", "*" * 26, "\uff21" * 26])
async def test_an_id_that_was_not_made_here_is_not_looked_for(table: Table, raw: str) -> None:
    chats = chats_of(table)
    await table.put(Item(key=ALICE.key(f"CHAT#{raw}")))
    await table.put(Item(key=ALICE.key(f"CHAT#{normalize('NFKC', raw)}")))

    with pytest.raises(ChatUnknown):
        await chats.find(ALICE, raw, now=NOW)


async def test_a_chat_ends_when_nobody_has_touched_it_for_thirty_days(chats: Chats) -> None:
    chat = await begin(chats)
    last = NumericDate(NOW + CHAT_KEPT_S - 1)

    assert await chats.find(ALICE, chat.id, now=last) == chat
    with pytest.raises(ChatUnknown):
        await chats.find(ALICE, chat.id, now=NumericDate(last + 1))
    assert await chats.of(ALICE, now=NumericDate(last + 1)) == []


# -- listing


async def test_chats_are_listed_the_most_recently_used_first(chats: Chats) -> None:
    first, second, third = [await begin(chats, now=NOW + step) for step in range(3)]
    await begin(chats, BOB)
    touched = await chats.touch(second, title="", now=LATER)

    assert await chats.of(ALICE, now=LATER) == [touched, third, first]


# -- touching


async def test_a_chat_that_goes_on_is_kept_for_longer(table: Table, chats: Chats) -> None:
    chat = await begin(chats)

    touched = await chats.touch(chat, title="ignored", now=LATER)

    assert touched == replace(chat, updated_at=LATER, version=2)
    assert await chats.find(ALICE, chat.id, now=LATER) == touched
    assert (await stored(table, chat)).expires_at == LATER + CHAT_KEPT_S


async def test_a_chat_without_a_title_gets_one(chats: Chats) -> None:
    chat = await begin(chats, title="")

    assert (await chats.touch(chat, title="Plan", now=LATER)).title == "Plan"


async def test_a_chat_that_was_forgotten_does_not_come_back(chats: Chats) -> None:
    chat = await begin(chats)
    await chats.forget(chat)

    assert await chats.touch(chat, title="", now=LATER) == chat

    with pytest.raises(ChatUnknown):
        await chats.find(ALICE, chat.id, now=LATER)
    assert await chats.of(ALICE, now=LATER) == []


async def test_two_tabs_that_touch_a_chat_do_not_fail(chats: Chats) -> None:
    chat = await begin(chats)

    both = await asyncio.gather(*(chats.touch(chat, title="", now=LATER) for _ in range(4)))

    assert sorted(one.version for one in both) == [1, 1, 1, 2]
    assert (await chats.find(ALICE, chat.id, now=LATER)).version == 2


async def test_forgetting_a_chat_forgets_no_other(chats: Chats) -> None:
    kept, forgotten = await begin(chats), await begin(chats)

    await chats.forget(forgotten)
    await chats.forget(forgotten)

    assert await chats.of(ALICE, now=NOW) == [kept]


# -- as rows


async def test_neither_title_nor_runtime_session_lie_open(table: Table, chats: Chats) -> None:
    chat = await begin(chats, title="Merger with Globex")

    item = await stored(table, chat)

    assert item.key == Key("APP#demo#TENANT#acme", f"SUBJECT#{ALICE.subject}#CHAT#{chat.id}")
    assert set(item.attributes) == {"kid", "box", "agent", "created_at", "updated_at"}
    assert "Merger" not in repr(item)
    assert chat.runtime_session.reveal() not in repr(item)
    assert chat.runtime_session.reveal() not in repr(chat)


async def test_a_row_moved_to_another_person_does_not_open(table: Table, chats: Chats) -> None:
    chat = await begin(chats)
    item = await stored(table, chat)
    await table.put(item._replace(key=replace(chat, owner=BOB).key))

    with pytest.raises(RowMalformed):
        await chats.find(BOB, chat.id, now=NOW)


async def test_contents_of_another_chat_do_not_open(table: Table, chats: Chats) -> None:
    chat, other = await begin(chats), await begin(chats)
    theirs = await stored(table, other)
    mine = await stored(table, chat)
    swapped = {**mine.attributes, "box": theirs.octets("box")}
    await table.put(mine._replace(attributes=swapped))

    with pytest.raises(RowMalformed):
        await chats.find(ALICE, chat.id, now=NOW)


@pytest.mark.parametrize(
    "plain", [b"{", b"\xff", b'["only one"]', b'["one", "two", "three"]'], ids=str
)
async def test_contents_of_another_form_are_malformed(
    table: Table, chats: Chats, plain: bytes
) -> None:
    chat = await begin(chats)
    item = await stored(table, chat)
    context = f"{chat.key.partition}\n{chat.key.sort}"
    place = Place(purpose="chat", salt=chat.id.encode(), context=context)
    box = seal(KEYRING, plain, place, nonce=secrets.token_bytes(12))
    await table.put(item._replace(attributes={**item.attributes, "box": box.content}))

    with pytest.raises(RowMalformed):
        await chats.find(ALICE, chat.id, now=NOW)


async def test_a_rotation_loses_no_chat(table: Table) -> None:
    text = new_keyring(secrets.token_bytes)
    old, new = parse_keyring(text), parse_keyring(rotated(text, secrets.token_bytes))
    chat = await begin(chats_of(table, old))
    newer = chats_of(table, new)

    assert await newer.find(ALICE, chat.id, now=NOW) == chat
    await newer.touch(chat, title="", now=LATER)
    assert (await stored(table, chat)).text("kid") == new.current


async def test_a_chat_whose_key_is_gone_is_not_reported_as_unknown(table: Table) -> None:
    chat = await begin(chats_of(table, parse_keyring(new_keyring(secrets.token_bytes))))

    with pytest.raises(KeyUnknown):
        await chats_of(table).find(ALICE, chat.id, now=NOW)


@pytest.mark.parametrize("damage", ["key-is-gone", "box-is-broken"])
async def test_one_chat_that_does_not_open_hides_no_other(table: Table, damage: str) -> None:
    chats = chats_of(table)
    if damage == "key-is-gone":
        await begin(chats_of(table, parse_keyring(new_keyring(secrets.token_bytes))))
    else:
        item = await stored(table, await begin(chats))
        await table.put(item._replace(attributes={**item.attributes, "box": bytes(60)}))
    good = await begin(chats)

    assert await chats.of(ALICE, now=NOW) == [good]


# -- the latest


async def test_the_latest_chat_with_an_agent_is_the_one_that_was_noted_last(chats: Chats) -> None:
    first, second = await begin(chats), await begin(chats, now=NOW + 5)
    ledger = await chats.begin(ALICE, AgentName("ledger"), "", NumericDate(NOW + 9))
    for chat in (first, second, ledger):
        await chats.note_latest(chat)
    assert await chats.latest(ALICE, HELLO, now=LATER) == second

    await chats.note_latest(first)

    assert await chats.latest(ALICE, HELLO, now=LATER) == first


async def test_there_is_no_latest_chat_with_an_agent_that_only_others_spoke_to(
    chats: Chats,
) -> None:
    await chats.note_latest(await begin(chats, BOB))

    assert await chats.latest(ALICE, HELLO, now=NOW) is None


async def test_a_chat_that_was_forgotten_is_nobodys_latest(chats: Chats) -> None:
    chat = await begin(chats)
    await chats.note_latest(chat)
    await chats.forget(chat)

    assert await chats.latest(ALICE, HELLO, now=NOW) is None


@pytest.mark.parametrize("row", ["the chat", "the note"])
async def test_what_cannot_be_read_is_nobodys_latest(table: Table, row: str) -> None:
    """Every message that names no chat would be refused until the row is gone, after a month."""
    chats = chats_of(table)
    chat = await begin(chats)
    await chats.note_latest(chat)
    noted = chat.owner.key(f"LATEST#{chat.agent}")
    item = await table.get(noted if row == "the note" else chat.key, now=NOW)
    assert item is not None
    await table.put(item._replace(attributes={"chat": 1}))

    assert await chats_of(table).latest(ALICE, HELLO, now=NOW) is None

    other = await begin(chats)
    await chats.note_latest(other)
    assert await chats_of(table).latest(ALICE, HELLO, now=NOW) == other


async def test_a_chat_is_the_latest_for_as_long_as_it_is_kept(chats: Chats) -> None:
    chat = await begin(chats)
    await chats.note_latest(chat)
    touched = await chats.touch(chat, title="", now=LATER)
    await chats.note_latest(touched)

    assert await chats.latest(ALICE, HELLO, now=NumericDate(NOW + CHAT_KEPT_S)) == touched
    assert await chats.latest(ALICE, HELLO, now=NumericDate(LATER + CHAT_KEPT_S)) is None


# -- asking once


async def test_a_message_is_asked_for_the_first_time_once(chats: Chats) -> None:
    chat, other = await begin(chats), await begin(chats)

    assert await chats.asked_in(chat, "m1", by="r1", now=NOW) is None
    assert await chats.asked_in(other, "m1", by="r2", now=NOW) == chat.id
    assert await chats.asked_in(chat, "m2", by="r3", now=NOW) is None


async def test_a_messages_name_is_its_persons_own(chats: Chats) -> None:
    await chats.asked_in(await begin(chats), "m1", by="r1", now=NOW)

    assert await chats.asked_in(await begin(chats, BOB), "m1", by="r2", now=NOW) is None


async def test_a_message_whose_writing_down_was_repeated_is_still_the_first(chats: Chats) -> None:
    chat = await begin(chats)
    await chats.asked_in(chat, "m1", by="r1", now=NOW)

    assert await chats.asked_in(chat, "m1", by="r1", now=NOW) is None


async def test_a_messages_name_is_forgotten_in_the_end(chats: Chats) -> None:
    chat = await begin(chats)
    await chats.asked_in(chat, "m1", by="r1", now=NOW)

    later = NumericDate(NOW + ASKED_KEPT_S)
    assert await chats.asked_in(chat, "m1", by="r2", now=later) is None
