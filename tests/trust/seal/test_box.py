"""A box opens with its key, at its place, as it was made; and never otherwise."""

import secrets
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.desk import KEYRING
from trust.seal.base64url import decode, encode
from trust.seal.box import (
    NONCE_BYTES,
    Box,
    KeyUnknown,
    Place,
    SealBroken,
    parse_box,
    seal,
    unseal,
)
from trust.seal.keyring import Keyring, new_keyring, parse_keyring, rotated

PLAIN = b'{"access_token": "correct-horse"}'
NONCE = bytes(range(NONCE_BYTES))
PLACE = Place(purpose="session", salt=b"session-id", context="pk\nsk\n1")
BOX = seal(KEYRING, PLAIN, PLACE, nonce=NONCE)
TAG_BYTES = 16


def flipped(content: bytes, at: int) -> bytes:
    """Return the content with one bit of one byte changed."""
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


def test_a_box_opens_at_its_place() -> None:
    assert unseal(KEYRING, BOX, PLACE) == PLAIN


@given(st.binary(max_size=200), st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES))
def test_what_was_sealed_comes_out(plain: bytes, nonce: bytes) -> None:
    box = parse_box(str(seal(KEYRING, plain, PLACE, nonce=nonce)))

    assert unseal(KEYRING, box, PLACE) == plain


def test_a_box_does_not_show_what_is_in_it() -> None:
    assert PLAIN not in BOX.content
    assert len(BOX.content) == NONCE_BYTES + len(PLAIN) + TAG_BYTES


@pytest.mark.parametrize("at", range(len(BOX.content)))
def test_a_box_with_one_bit_changed_does_not_open(at: int) -> None:
    # Nonce, body and tag in turn.
    with pytest.raises(SealBroken):
        unseal(KEYRING, replace(BOX, content=flipped(BOX.content, at)), PLACE)


@pytest.mark.parametrize("length", range(len(BOX.content)))
def test_a_box_that_was_cut_does_not_open(length: int) -> None:
    with pytest.raises(SealBroken):
        unseal(KEYRING, replace(BOX, content=BOX.content[:length]), PLACE)


def test_a_box_with_something_added_does_not_open() -> None:
    for content in (BOX.content + b"\x00", b"\x00" + BOX.content):
        with pytest.raises(SealBroken):
            unseal(KEYRING, replace(BOX, content=content), PLACE)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(replace(PLACE, salt=b"another-id"), id="another-cookie"),
        pytest.param(replace(PLACE, salt=b""), id="no-cookie"),
        pytest.param(replace(PLACE, context="pk\nsk\n2"), id="another-version"),
        pytest.param(replace(PLACE, context="pk\nother\n1"), id="another-row"),
        pytest.param(replace(PLACE, context="other\nsk\n1"), id="another-tenant"),
        pytest.param(replace(PLACE, context=""), id="nowhere"),
        pytest.param(replace(PLACE, purpose="login"), id="another-purpose"),
    ],
)
def test_a_box_does_not_open_elsewhere(place: Place) -> None:
    with pytest.raises(SealBroken) as broken:
        unseal(KEYRING, BOX, place)

    # No oracle: all ways to be wrong look alike.
    assert str(broken.value) == ""


def test_another_key_of_the_same_name_does_not_open_it() -> None:
    forged = Keyring(
        current=KEYRING.current,
        sealing={KEYRING.current: secrets.token_bytes(32)},
        naming=KEYRING.naming,
    )

    with pytest.raises(SealBroken):
        unseal(forged, BOX, PLACE)


def test_a_box_that_names_another_key_does_not_open() -> None:
    text = rotated(new_keyring(secrets.token_bytes), secrets.token_bytes)
    keyring = parse_keyring(text)
    box = seal(keyring, PLAIN, PLACE, nonce=NONCE)
    older = next(kid for kid in keyring.sealing if kid != box.kid)

    with pytest.raises(SealBroken):
        unseal(keyring, replace(box, kid=older), PLACE)


def test_a_key_that_is_not_there_is_told_from_a_broken_box() -> None:
    with pytest.raises(KeyUnknown):
        unseal(KEYRING, replace(BOX, kid="elsewhere"), PLACE)


def test_two_salts_make_two_keys() -> None:
    other = seal(KEYRING, PLAIN, replace(PLACE, salt=b"another-id"), nonce=NONCE)

    # Under one key, equal nonces would show that the contents are equal.
    assert other.content[NONCE_BYTES:-TAG_BYTES] != BOX.content[NONCE_BYTES:-TAG_BYTES]


# -- its text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("kid", id="no-dot"),
        pytest.param("kid.", id="no-content"),
        pytest.param(f"kid.{encode(bytes(NONCE_BYTES))}", id="nonce-only"),
        pytest.param("kid.*****", id="no-base64"),
        pytest.param("kid.AAAA AAAA AAAA AAAA AAAA", id="spaces"),
        pytest.param("kid.AAAAAAAAAAAAAAAAAAAAA", id="impossible-length"),
        pytest.param("kid.ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ", id="not-ascii"),
        pytest.param("\ud800.\ud800", id="surrogate"),
        pytest.param("a.b.c", id="two-dots"),
    ],
)
def test_a_text_that_is_no_box_is_broken(text: str) -> None:
    with pytest.raises(SealBroken):
        parse_box(text)


def test_the_shortest_text_is_taken_for_a_box_and_does_not_open() -> None:
    box = parse_box(f"{KEYRING.current}.{encode(bytes(NONCE_BYTES + 1))}")

    with pytest.raises(SealBroken):
        unseal(KEYRING, box, PLACE)


def test_a_box_s_text_is_its_key_s_id_and_its_content() -> None:
    assert str(Box("k1", b"\xff\xfe")) == "k1.__4"


def variants(content: str) -> list[str]:
    """Return other texts that base64 decoders take for the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # The last of an odd number of letters says less than six bits (RFC 4648 §3.5).
    tails = [content[:-1] + letter for letter in alphabet]
    padded = content + "=" * (-len(content) % 4)
    found = [*tails, padded, content.replace("-", "+"), content.replace("_", "/")]
    return [text for text in dict.fromkeys(found) if text != content]


@pytest.mark.parametrize("length", [NONCE_BYTES + 1, NONCE_BYTES + 2, NONCE_BYTES + 3])
def test_a_box_has_one_text(length: int) -> None:
    """A cookie with another last letter, or a padding, is a changed cookie."""
    content = b"\xfb\xef\xff" * length
    box = Box("kid", content[:length])

    assert parse_box(str(box)) == box
    same = [text for text in variants(encode(box.content)) if decoded(text) == box.content]
    assert same
    for text in same:
        with pytest.raises(SealBroken):
            parse_box(f"kid.{text}")


def decoded(text: str) -> bytes:
    try:
        return decode(text)
    except ValueError:
        return b""


@given(st.text(max_size=60))
def test_no_text_makes_reading_a_box_fail_otherwise(text: str) -> None:
    try:
        box = parse_box(text)
    except SealBroken:
        return

    assert len(box.content) > NONCE_BYTES


# -- rotation


def test_after_a_rotation_old_boxes_open_and_new_ones_use_the_new_key() -> None:
    text = new_keyring(secrets.token_bytes)
    old = parse_keyring(text)
    before = seal(old, PLAIN, PLACE, nonce=NONCE)

    new = parse_keyring(rotated(text, secrets.token_bytes))
    after = seal(new, PLAIN, PLACE, nonce=NONCE)

    assert unseal(new, before, PLACE) == PLAIN
    assert after.kid != before.kid
    with pytest.raises(KeyUnknown):
        unseal(old, after, PLACE)
