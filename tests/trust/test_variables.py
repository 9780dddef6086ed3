"""Configuration by environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from trust import parse
from trust.variables import contradictions_of, values_of, variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    needed: str = variable("NEEDED", parse.text)
    perhaps: str | None = variable("PERHAPS", parse.text, "")
    count: int = variable("COUNT", parse.number(1, 9), "3")
    derived: str = "not read"


def read(environment: Mapping[str, str]) -> tuple[dict[str, object], list[str]]:
    faults: list[str] = []
    return values_of(Settings, environment, faults), faults


def test_a_variable_that_is_set_is_read() -> None:
    values, faults = read({"NEEDED": " a ", "PERHAPS": "b", "COUNT": "4", "DERIVED": "x"})

    assert values == {"needed": "a", "perhaps": "b", "count": 4}
    assert faults == []
    assert Settings(needed="a", perhaps="b", count=4).derived == "not read"


def test_what_is_not_set_has_its_default_or_is_none() -> None:
    values, _ = read({"NEEDED": "a"})

    assert values == {"needed": "a", "perhaps": None, "count": 3}


@pytest.mark.parametrize("environment", [{}, {"NEEDED": ""}], ids=["unset", "empty"])
def test_what_has_no_default_has_to_be_set(environment: Mapping[str, str]) -> None:
    values, faults = read(environment)

    assert "needed" not in values
    assert faults == ["NEEDED is not set"]


def test_an_empty_variable_is_as_one_that_is_not_set() -> None:
    values, faults = read({"NEEDED": "a", "PERHAPS": "", "COUNT": ""})

    assert values == {"needed": "a", "perhaps": None, "count": 3}
    assert faults == []


def test_all_faults_are_told_by_the_variables_names_and_no_value_is_quoted() -> None:
    values, faults = read({"COUNT": "correct-horse"})

    assert values == {"perhaps": None}
    assert faults == ["NEEDED is not set", "COUNT is no whole number from 1 to 9"]


def test_faults_are_added_to_those_of_others() -> None:
    faults = ["OTHER is not set"]
    values_of(Settings, {}, faults)

    assert faults == ["OTHER is not set", "NEEDED is not set"]


def needed_is_counted(settings: Settings) -> list[str]:
    return [] if len(settings.needed) == settings.count else ["NEEDED is not as long as COUNT"]


def perhaps_is_needed(settings: Settings) -> list[str]:
    return [] if settings.perhaps == settings.needed else ["PERHAPS is not NEEDED"]


def test_what_is_wrong_together_is_told_by_every_check_in_their_order() -> None:
    values = {"needed": "a", "perhaps": "b", "count": 3}

    assert contradictions_of(values, (needed_is_counted, perhaps_is_needed)) == [
        "NEEDED is not as long as COUNT",
        "PERHAPS is not NEEDED",
    ]
    right = {"needed": "abc", "perhaps": "abc", "count": 3}
    assert contradictions_of(right, (needed_is_counted, perhaps_is_needed)) == []


def test_a_check_that_lacks_what_was_wrong_already_says_nothing() -> None:
    values = {"needed": "a", "perhaps": "b"}

    assert contradictions_of(values, (needed_is_counted, perhaps_is_needed)) == [
        "PERHAPS is not NEEDED"
    ]
