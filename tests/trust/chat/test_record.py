"""Chat ids and titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.chat.record import MAX_TITLE_CHARS, is_chat_id, title_of, ulid

MILLISECONDS = st.integers(0, 2**48 - 1)
RANDOM = st.binary(min_size=10, max_size=10)


def test_an_id_is_as_the_specification_spells_it() -> None:
    # The ULID specification's own example of a time: 01ARZ3NDEK is 1469922850259.
    made = ulid(milliseconds=1469922850259, random=bytes(10))

    assert made == "01ARZ3NDEK" + "0" * 16


def test_an_id_holds_all_of_its_chance() -> None:
    assert ulid(milliseconds=0, random=b"\xff" * 10) == "0" * 10 + "Z" * 16


@given(MILLISECONDS, MILLISECONDS, RANDOM, RANDOM)
def test_ids_are_in_the_order_of_their_times(one: int, two: int, a: bytes, b: bytes) -> None:
    if one < two:
        assert ulid(milliseconds=one, random=a) < ulid(milliseconds=two, random=b)


@given(MILLISECONDS, RANDOM)
def test_an_id_that_was_made_here_is_one(milliseconds: int, random: bytes) -> None:
    made = ulid(milliseconds=milliseconds, random=random)

    assert len(made) == 26
    assert is_chat_id(made)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("", id="empty"),
        pytest.param("0" * 25, id="too-short"),
        pytest.param("0" * 27, id="too-long"),
        pytest.param("8" + "0" * 25, id="too-large"),
        pytest.param("0" * 25 + "a", id="lower-case"),
        pytest.param("0" * 25 + "I", id="letter-i"),
        pytest.param("0" * 25 + "L", id="letter-l"),
        pytest.param("0" * 25 + "O", id="letter-o"),
        pytest.param("0" * 25 + "U", id="letter-u"),
        pytest.param("0" * 26 + "\n", id="newline-at-the-end"),
        pytest.param("0" * 25 + "٣", id="arabic-digit"),
        pytest.param("0" * 22 + "#CUT", id="separator"),
        pytest.param("../" + "0" * 23, id="path"),
    ],
)
def test_what_was_not_made_here_is_none(raw: str) -> None:
    assert not is_chat_id(raw)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        pytest.param("Plan my week", "Plan my week", id="plain"),
        pytest.param("  Plan \n\n my\tweek  ", "Plan my week", id="white-space"),
        pytest.param("a\x00b\x1b[31mc\x7fd\u0085e", "a b [31mc d e", id="control-characters"),
        pytest.param("txt.\u202egpj", "txt. gpj", id="right-to-left-override"),
        pytest.param("a\u2028b\u2029c", "a b c", id="line-separators"),
        pytest.param("a\ud800b", "a b", id="surrogate"),
        pytest.param("Zoë 日本 🚪", "Zoë 日本 🚪", id="beyond-ascii"),
        pytest.param("<b>&amp;", "<b>&amp;", id="markup-is-shown-as-text"),
        pytest.param("\n\t ", "", id="nothing"),
        pytest.param("x" * MAX_TITLE_CHARS, "x" * MAX_TITLE_CHARS, id="just-fits"),
        pytest.param("x" * 81, "x" * 79 + "…", id="too-long"),
        pytest.param("x" * 78 + " yyy", "x" * 78 + "…", id="cut-at-a-space"),
    ],
)
def test_a_title_is_one_line_of_what_can_be_seen(text: str, title: str) -> None:
    assert title_of(text) == title


@given(st.text(max_size=200))
def test_every_text_makes_a_title(text: str) -> None:
    title = title_of(text)

    assert len(title) <= MAX_TITLE_CHARS
    assert title.isprintable()
    assert title == title.strip()
