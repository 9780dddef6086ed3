"""A session as a row: what comes back, what lies open, and what an intruder in the table can do."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from fakes.clock import NOW
from fakes.desk import KEYRING
from fakes.login import ALICE, BOB, new_session
from trust.clock import NumericDate
from trust.seal.box import NONCE_BYTES, KeyUnknown, Place, seal
from trust.secret import Secret
from trust.session.codec import from_item, to_item
from trust.session.ids import new_session_id
from trust.session.record import Lease, Owner, Session, Setback, TokenSet
from trust.store.table import Attribute, Item, Key, RowMalformed

NONCE = bytes(NONCE_BYTES)
SESSION = new_session()


def row_of(session: Session) -> Item:
    return to_item(session, KEYRING, nonce=NONCE)


def read(item: Item, *, owner: Owner = ALICE, session_id: Secret = SESSION.id) -> Session:
    return from_item(item, owner=owner, session_id=session_id, keyring=KEYRING)


def changed(item: Item, attributes: Mapping[str, Attribute | None]) -> Item:
    """Return the row with other attributes; None takes one away."""
    merged = {**item.attributes, **attributes}
    return item._replace(attributes={k: v for k, v in merged.items() if v is not None})


@pytest.mark.parametrize(
    "session",
    [
        pytest.param(SESSION, id="with-everything"),
        pytest.param(
            replace(SESSION, lease=Lease(holder="one", until=NumericDate(NOW + 30))), id="leased"
        ),
        pytest.param(
            replace(SESSION, setback=Setback(failures=3, until=NumericDate(NOW + 8))), id="set-back"
        ),
        pytest.param(replace(SESSION, version=2**40), id="written-often"),
        pytest.param(
            replace(
                SESSION,
                tokens=TokenSet(access_token=Secret("only"), expires_at=None),
                identity=replace(
                    SESSION.identity, name=None, email=None, acr=None, provider_session=None
                ),
                device="",
            ),
            id="with-the-least",
        ),
        pytest.param(
            replace(SESSION, identity=replace(SESSION.identity, name='Zoë "🚪"'), device="日本"),
            id="beyond-ascii",
        ),
    ],
)
def test_a_session_comes_back_as_it_was(session: Session) -> None:
    assert read(row_of(session)) == session


def test_what_lies_open_is_what_must_be_decided_without_the_cookie() -> None:
    item = row_of(replace(SESSION, lease=Lease(holder="one", until=NumericDate(NOW + 30))))
    open_ones = {name: item.attributes[name] for name in item.attributes if name != "box"}

    assert item.key == Key(
        "APP#demo#TENANT#acme", f"SUBJECT#{ALICE.subject}#SESSION#{SESSION.id_hash}"
    )
    assert (item.version, item.expires_at) == (1, NOW + 1800)
    assert open_ones == {
        "kid": KEYRING.current,
        "created_at": NOW,
        "seen_at": NOW,
        "idle_expires_at": NOW + 1800,
        "ends_at": NOW + 43200,
        "device": "Firefox on Linux",
        "lease_holder": "one",
        "lease_until": NOW + 30,
    }


def test_neither_tokens_nor_identity_nor_the_id_lie_open() -> None:
    shown = repr(row_of(SESSION))

    for hidden in ("access-0", "refresh-0", "id-0", "alice@", "Alice Archer", "provider-session"):
        assert hidden not in shown
    assert SESSION.id.reveal() not in shown


def test_the_table_and_the_keyring_without_the_cookie_open_nothing() -> None:
    item = row_of(SESSION)
    guesses = [new_session_id(), Secret(""), Secret(SESSION.id_hash), Secret(str(item.key))]

    for guess in guesses:
        with pytest.raises(RowMalformed):
            read(item, session_id=guess)


def test_a_row_moved_to_another_person_does_not_open() -> None:
    moved = row_of(SESSION)._replace(key=replace(SESSION, owner=BOB).key)

    with pytest.raises(RowMalformed):
        read(moved, owner=BOB)


def test_a_row_moved_to_another_session_does_not_open() -> None:
    other = new_session()

    with pytest.raises(RowMalformed):
        read(row_of(SESSION)._replace(key=other.key))


@pytest.mark.parametrize("version", [0, 1, 3])
def test_old_contents_under_another_version_do_not_open(version: int) -> None:
    written = row_of(replace(SESSION, version=2))

    with pytest.raises(RowMalformed):
        read(written._replace(version=version))


@pytest.mark.parametrize("name", ["kid", "box"])
def test_contents_of_another_row_do_not_open(name: str) -> None:
    other = row_of(replace(new_session(), identity=replace(SESSION.identity, sub="mallory")))
    forged = b"\x00" * 60 if name == "box" else "elsewhere"

    with pytest.raises(RowMalformed):
        read(changed(row_of(SESSION), {"box": other.octets("box")}))
    with pytest.raises((RowMalformed, KeyUnknown)):
        read(changed(row_of(SESSION), {name: forged}))


@pytest.mark.parametrize(
    "name",
    ["kid", "box", "created_at", "seen_at", "idle_expires_at", "ends_at", "device", "lease_holder"],
)
def test_a_row_that_lacks_an_attribute_is_malformed(name: str) -> None:
    with pytest.raises(RowMalformed):
        read(changed(row_of(SESSION), {name: None}))


def test_a_lease_without_its_end_is_malformed() -> None:
    leased = row_of(replace(SESSION, lease=Lease(holder="one", until=NumericDate(NOW))))

    with pytest.raises(RowMalformed):
        read(changed(leased, {"lease_until": None}))


@pytest.mark.parametrize(
    "plain",
    [
        pytest.param(b"\xff", id="no-text"),
        pytest.param(b"{", id="no-json"),
        pytest.param(b"[]", id="no-object"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{}", id="empty"),
        pytest.param(json.dumps({"identity": {}, "tokens": {}}).encode(), id="empty-members"),
        pytest.param(json.dumps({"identity": 1, "tokens": 2}).encode(), id="numbers"),
    ],
)
def test_contents_of_another_form_are_malformed(plain: bytes) -> None:
    # As a newer version might write them.
    key = SESSION.key
    place = Place(
        purpose="session",
        salt=SESSION.id.reveal().encode(),
        context=f"{key.partition}\n{key.sort}\n1",
    )
    box = seal(KEYRING, plain, place, nonce=NONCE)

    with pytest.raises(RowMalformed):
        read(changed(row_of(SESSION), {"kid": box.kid, "box": box.content}))
