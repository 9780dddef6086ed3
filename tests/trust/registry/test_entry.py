"""Members of an entry, by type: what is wrong is noted and read as absent."""

import re
from enum import Enum

import pytest

from trust.registry.entry import Entry


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@pytest.fixture
def faults() -> list[str]:
    return []


def entry(faults: list[str], **members: object) -> Entry:
    return Entry("[things.one]", members, faults)


def test_a_member_that_is_needed_and_missing_is_noted(faults: list[str]) -> None:
    one = entry(faults, here=1)

    assert one.need("here")
    assert not one.need("there")
    assert faults == ["[things.one] needs there"]


def test_a_text_is_taken_and_what_is_none_is_noted(faults: list[str]) -> None:
    one = entry(faults, good="x", empty="", number=5)

    assert one.text("good") == "x"
    assert one.text("missing") is None
    assert one.text("missing", "default") == "default"
    assert one.text("missing", "") == ""
    assert faults == []
    assert one.text("empty", "default") == "default"
    assert one.text("number") is None
    assert len(faults) == 2


def test_a_text_may_be_empty_where_it_is_by_default(faults: list[str]) -> None:
    assert entry(faults, empty="").text("empty", "") == ""
    assert faults == []


@pytest.mark.parametrize("value", ["ab\n", "AB", "", 5, True, ["ab"]])
def test_a_text_of_another_form_is_noted(faults: list[str], value: object) -> None:
    one = entry(faults, good="ab", bad=value)

    assert one.matching("good", re.compile("[a-z]+"), "two letters") == "ab"
    assert one.matching("missing", re.compile("[a-z]+"), "two letters") is None
    assert faults == []
    assert one.matching("bad", re.compile("[a-z]+"), "two letters") is None
    assert faults == ["[things.one] has a bad that is not two letters"]


@pytest.mark.parametrize("value", ["true", "false", "", 0, 1, []])
def test_a_flag_is_true_or_false_and_nothing_else(faults: list[str], value: object) -> None:
    one = entry(faults, yes=True, no=False, bad=value)

    assert one.flag("yes")
    assert not one.flag("no")
    assert not one.flag("missing")
    assert faults == []
    assert not one.flag("bad")
    assert faults == ["[things.one] has a bad that is neither true nor false"]


@pytest.mark.parametrize("value", ["acme", 5, {"a": 1}, [True], [1.5], [""], ["a", ["b"]], [None]])
def test_a_list_of_texts_is_one_and_nothing_else(faults: list[str], value: object) -> None:
    one = entry(faults, good=["a", 17], empty=[], bad=value)

    assert one.texts("good") == ["a", "17"]
    assert one.texts("empty", ["default"]) == []
    assert one.texts("missing", ["default"]) == ["default"]
    assert one.texts("missing") == []
    assert faults == []
    assert one.texts("bad", ["default"]) == []
    assert faults == ["[things.one] has bad that are no list of texts"]


@pytest.mark.parametrize("value", ["green", "RED", "", 5, None, ["red"]])
def test_an_option_is_one_of_those_there_are(faults: list[str], value: object) -> None:
    one = entry(faults, good="blue", bad=value)

    assert one.option("good", Colour, Colour.RED) is Colour.BLUE
    assert one.option("missing", Colour, Colour.RED) is Colour.RED
    assert faults == []
    assert one.option("bad", Colour, Colour.RED) is Colour.RED
    assert faults == [f"[things.one] {value!r} is not of bad: red or blue"]


def test_what_nobody_asked_for_is_noted(faults: list[str]) -> None:
    one = entry(faults, known="x", unknown="y")
    one.text("known")

    one.end()

    assert faults == ["[things.one] has a member unknown, which nobody knows"]
