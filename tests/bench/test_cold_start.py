"""What the runs of cold starts come to, and which are run."""

import pytest
from bench.cold_start.__main__ import chosen
from bench.cold_start.cases import BARE, CASES, Case
from bench.cold_start.fresh import CaseFailed, Run, run
from bench.cold_start.report import documents, lines, table

NONE = Case(name=BARE, does="nothing", program="")
HEAVY = Case(name="heavy", does="much", program="")
LIGHT = Case(name="light", does="little", program="", against="heavy", at_most=0.25)
CASE = (NONE, HEAVY, LIGHT)


def runs(*walls: float) -> list[Run]:
    return [Run(wall_ms=wall, cpu_ms=wall / 2) for wall in walls]


def test_a_case_is_measured_without_the_interpreter_and_compared_within_its_round() -> None:
    # The second round was slow for both.
    of = {BARE: runs(10, 10, 10), "heavy": runs(110, 1010, 110), "light": runs(30, 210, 30)}

    bare, heavy, light = lines(CASE, of)

    assert (bare.wall_ms, heavy.wall_ms, light.wall_ms) == (0, 100, 20)
    assert (light.least_ms, light.most_ms, light.cpu_ms) == (20, 200, 10)
    assert (light.wall_ratio, light.cpu_ratio, light.reached) == (0.2, 0.2, True)
    assert (heavy.wall_ratio, heavy.reached) == (None, None)


def test_a_goal_is_missed_and_the_table_says_so() -> None:
    found = lines(CASE, {BARE: runs(0), "heavy": runs(100), "light": runs(26)})

    assert "| 0.26 | 0.26 | 0.25 missed |" in table(found)
    assert [one["reached"] for one in documents(found)] == [None, None, False]


def test_what_was_not_run_has_no_line() -> None:
    (bare,) = lines(CASE, {BARE: runs(1)})
    assert bare.name == BARE
    (_, light) = lines(CASE, {BARE: runs(1), "light": runs(2)})
    assert light.wall_ratio is None


def test_a_case_is_run_with_what_it_is_compared_with() -> None:
    assert chosen(None) == list(CASES)
    assert [case.name for case in chosen(["authorizer-session"])] == [
        BARE,
        "boto3",
        "authorizer-session",
    ]
    with pytest.raises(SystemExit, match="no such case: nothing"):
        chosen(["nothing"])


def test_every_case_is_compared_with_one_that_there_is() -> None:
    names = [case.name for case in CASES]

    assert len(set(names)) == len(names)
    assert {case.against for case in CASES if case.against} <= set(names)


def test_a_case_that_does_not_do_what_it_is_for_fails() -> None:
    failing = Case(name="failing", does="nothing", program="raise SystemExit('its own words')")

    with pytest.raises(CaseFailed, match="failing: its own words"):
        run(failing, {})
    assert run(NONE, {}).wall_ms > 0
