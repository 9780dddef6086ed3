"""Fields: durations, lists and truths as Vault's clients write them."""

import pytest

from devstack.vault.fields import FieldRefused, Fields, duration_s
from devstack.vault.lifetime import spelled


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (90, 90),
        (1.5, 1.5),
        ("91", 91),
        ("90s", 90),
        ("15m", 900),
        ("1h30m", 5400),
        ("1d", 86_400),
        ("250ms", 0.25),
        ("1h0m0s", 3600),
        ("-1", -1),
    ],
)
def test_a_duration_is_a_number_or_a_text(value: object, seconds: float) -> None:
    assert duration_s(value) == seconds


@pytest.mark.parametrize("value", ["", "h", "1x", "1h ", "1 h", True, None, [], "१s"])
def test_what_is_no_duration_is_none(value: object) -> None:
    assert duration_s(value) is None


def test_a_missing_field_is_its_default() -> None:
    fields = Fields({"empty": ""})

    assert fields.text("x", "d") == "d"
    assert fields.flag("x", default=True) is True
    assert fields.whole("x", 7) == fields.whole("empty", 7) == 7
    assert fields.seconds("x", 8) == fields.seconds("empty", 8) == 8
    assert fields.texts("x") == ()
    assert fields.mapping("x") == {}


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), ("true", True), (1, True), ("false", False), ("0", False)]
)
def test_a_truth_is_written_in_several_ways(value: object, *, flag: bool) -> None:
    assert Fields({"x": value}).flag("x") is flag


def test_a_list_is_one_text_with_commas_or_a_list() -> None:
    assert Fields({"x": " a, b ,,c"}).texts("x") == ("a", "b", "c")
    assert Fields({"x": ["a,b", "c"]}).texts("x") == ("a,b", "c")


def test_a_number_is_a_text_too() -> None:
    assert Fields({"x": 7}).text("x") == "7"
    assert Fields({"x": "7"}).whole("x") == 7


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (Fields.text, True),
        (Fields.text, ["a"]),
        (Fields.flag, "maybe"),
        (Fields.whole, "7.5"),
        (Fields.whole, True),
        (Fields.seconds, "soon"),
        (Fields.texts, [1]),
        (Fields.texts, 1),
        (Fields.mapping, "x"),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused_by_its_name(read: object, value: object) -> None:
    assert callable(read)
    with pytest.raises(FieldRefused, match="'x'") as refused:
        read(Fields({"x": value}), "x")

    assert str(value) not in str(refused.value).replace("'x'", "")


@pytest.mark.parametrize(("seconds", "text"), [(5, "5s"), (65, "1m5s"), (5400, "1h30m0s")])
def test_a_duration_is_written_as_go_does(seconds: float, text: str) -> None:
    assert spelled(seconds) == text
