"""Key sets: which are taken, what is never shown, and who is named by them."""

import json
import secrets
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.desk import KEYRING
from trust.seal.base64url import decode, encode
from trust.seal.keyring import KeyringMalformed, new_keyring, parse_keyring, rotated

KEY = encode(b"k" * 32)
ENC = {"kty": "oct", "use": "enc", "alg": "A256GCM", "kid": "e1", "k": KEY}
SIG = {"kty": "oct", "use": "sig", "alg": "HS256", "kid": "s1", "k": KEY}


def text_of(*keys: object) -> str:
    """Return a key set's text."""
    return json.dumps({"keys": list(keys)})


def without(member: str) -> dict[str, str]:
    """Return a sealing key that lacks a member."""
    return {name: value for name, value in ENC.items() if name != member}


def test_a_new_keyring_seals_and_names() -> None:
    text = new_keyring(secrets.token_bytes)
    keyring = parse_keyring(text)
    other = parse_keyring(new_keyring(secrets.token_bytes))

    assert [key["use"] for key in json.loads(text)["keys"]] == ["enc", "sig"]
    assert len(keyring.sealing[keyring.current]) == len(keyring.naming) == 32
    assert keyring.current != other.current
    assert keyring.sealing[keyring.current] != other.sealing[other.current]
    assert keyring.naming not in (other.naming, keyring.sealing[keyring.current])


def test_the_first_key_of_each_use_is_the_one_in_use() -> None:
    keys = [SIG | {"k": encode(b"1" * 32)}, ENC | {"kid": "new"}, ENC | {"kid": "old"}, SIG]

    keyring = parse_keyring(text_of(*keys))

    assert keyring.current == "new"
    assert list(keyring.sealing) == ["new", "old"]
    assert keyring.naming == b"1" * 32


def test_what_was_derived_is_kept_and_goes_with_its_keyring() -> None:
    """Nothing stays of a key that was withdrawn."""
    text = text_of(ENC, SIG)
    keyring, next_one = parse_keyring(text), parse_keyring(text)
    asked = keyring.sealing["e1"], "session", b"salt"

    assert keyring.opening(*asked) is keyring.opening(*asked)
    assert next_one.opening(*asked) is not keyring.opening(*asked)


def test_a_rotation_puts_a_new_key_in_front_and_keeps_the_rest() -> None:
    old = text_of(ENC, SIG)

    new = rotated(rotated(old, secrets.token_bytes), secrets.token_bytes)

    keys = json.loads(new)["keys"]
    assert [key["use"] for key in keys] == ["enc", "enc", "enc", "sig"]
    assert keys[2:] == [ENC, SIG]
    assert parse_keyring(new).current == keys[0]["kid"]
    # Who a person is does not depend on the rotation.
    assert parse_keyring(new).subject_key("i", "s") == parse_keyring(old).subject_key("i", "s")


MALFORMED: dict[str, str] = {
    "empty": "",
    "no-json": "hunter2-hunter2-hunter2",
    "cut": text_of(ENC, SIG)[:-5],
    "list": "[]",
    "text": '"hunter2"',
    "number": "1",
    "null": "null",
    "no-keys": '{"jwks": []}',
    "keys-is-null": '{"keys": null}',
    "keys-is-a-text": '{"keys": "hunter2"}',
    "keys-is-an-object": '{"keys": {"enc": "hunter2"}}',
    "key-is-a-text": text_of("hunter2", SIG),
    "key-is-null": text_of(None, SIG),
    "no-keys-at-all": text_of(),
    "no-sealing-key": text_of(SIG),
    "no-naming-key": text_of(ENC),
    "use-is-unknown": text_of(ENC | {"use": "hunter2"}, SIG),
    "no-kty": text_of(without("kty"), SIG),
    "no-use": text_of(without("use"), SIG),
    "no-kid": text_of(without("kid"), SIG),
    "no-k": text_of(without("k"), SIG),
    "kty-is-another": text_of(ENC | {"kty": "RSA"}, SIG),
    "kid-is-a-number": text_of(ENC | {"kid": 1}, SIG),
    "kid-is-null": text_of(ENC | {"kid": None}, SIG),
    "kid-with-a-dot": text_of(ENC | {"kid": "a.b"}, SIG),
    "kid-not-ascii": text_of(ENC | {"kid": "é"}, SIG),
    "k-is-a-number": text_of(ENC | {"k": 12345}, SIG),
    "k-is-null": text_of(ENC | {"k": None}, SIG),
    "k-is-a-list": text_of(ENC | {"k": ["hunter2"]}, SIG),
    "k-is-empty": text_of(ENC | {"k": ""}, SIG),
    "k-too-short": text_of(ENC | {"k": encode(b"k" * 31)}, SIG),
    "k-too-long": text_of(ENC | {"k": encode(b"k" * 33)}, SIG),
    "k-no-base64": text_of(ENC | {"k": "hunter2 hunter2!"}, SIG),
    "k-not-ascii": text_of(ENC | {"k": "é" * 43}, SIG),
    "k-impossible-length": text_of(ENC | {"k": KEY + "AA"}, SIG),
    "the-second-key-is-wrong": text_of(ENC, SIG, ENC | {"k": "hunter2"}),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_a_text_that_is_no_key_set_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(KeyringMalformed) as malformed:
        parse_keyring(text)

    shown = "".join(traceback.format_exception(malformed.value))
    # The messages of the whole chain: what a log of the traceback would hold.
    said = "".join(line for line in shown.splitlines() if not line.startswith("    "))
    for part in ("hunter2", KEY, "kkk", "é"):
        assert part not in said


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_key_set_is_not_rotated(text: str) -> None:
    with pytest.raises(KeyringMalformed):
        rotated(text, secrets.token_bytes)


def test_two_sealing_keys_with_one_id_are_refused() -> None:
    with pytest.raises(KeyringMalformed):
        parse_keyring(text_of(ENC, ENC | {"k": encode(b"x" * 32)}, SIG))


@pytest.mark.parametrize("kid", ["a;b", "a b", "a\r\nb", 'a"b', "a,b", ""])
def test_a_key_s_id_that_does_not_fit_into_a_cookie_is_refused(kid: str) -> None:
    with pytest.raises(KeyringMalformed):
        parse_keyring(text_of(ENC | {"kid": kid}, SIG))


def test_a_text_that_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(KeyringMalformed):
        parse_keyring("[" * 100_000)


def test_a_keyring_does_not_show_its_keys() -> None:
    keyring = parse_keyring(text_of(ENC, SIG))

    assert repr(keyring) == "Keyring(current='e1')"


# -- base64url


@given(st.binary(max_size=100))
def test_bytes_come_back_from_their_text(raw: bytes) -> None:
    text = encode(raw)

    assert decode(text) == raw
    assert not set(text) & set("+/=")


@pytest.mark.parametrize("text", ["A", "AA A", "AA\n", "é", "AA!A", "\ud800"])
def test_a_text_that_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64url|ASCII"):
        decode(text)


# -- people

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PEOPLE = st.tuples(NAMES, NAMES)


@given(PEOPLE, PEOPLE)
def test_two_people_have_two_keys(one: tuple[str, str], two: tuple[str, str]) -> None:
    assert (KEYRING.subject_key(*one) == KEYRING.subject_key(*two)) == (one == two)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12), st.data())
def test_where_the_issuer_ends_counts(both: str, data: st.DataObject) -> None:
    first, second = (data.draw(st.integers(0, len(both))) for _ in range(2))

    keys = {KEYRING.subject_key(both[:at], both[at:]) for at in (first, second)}

    assert len(keys) == len({first, second})


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param(("a", "bc"), ("ab", "c"), id="moved-border"),
        pytest.param(("1:a", "b"), ("", "1:ab"), id="length-inside-the-issuer"),
        pytest.param(("x" * 11, "1"), ("x", "1" + "x" * 10), id="two-digits"),
        pytest.param(("é", ""), ("", "é"), id="two-bytes"),
    ],
)
def test_people_that_look_alike_are_two(one: tuple[str, str], two: tuple[str, str]) -> None:
    assert KEYRING.subject_key(*one) != KEYRING.subject_key(*two)


@given(PEOPLE)
def test_a_person_s_key_fits_into_keys_logs_and_cookies(person: tuple[str, str]) -> None:
    key = KEYRING.subject_key(*person)

    assert len(key) == 22
    assert key == encode(decode(key))
    assert KEYRING.subject_key(*person) == key


def test_a_person_s_key_cannot_be_guessed_without_the_keyring() -> None:
    other: Any = parse_keyring(new_keyring(secrets.token_bytes))

    assert other.subject_key("i", "alice@acme.test") != KEYRING.subject_key("i", "alice@acme.test")
