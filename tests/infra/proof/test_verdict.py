"""What all checks come to together."""

import json

import pytest

from proof.verdict import Failed, NotRun, Passed, Result, Verdict, as_json, exit_code, line, total


def results(*verdicts: Verdict) -> list[Result]:
    return [Result(name="a check", verdict=verdict, seconds=1.0) for verdict in verdicts]


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((Passed(), Passed()), 0),
        ((Passed(), NotRun(why="no network")), 0),
        ((Passed(), Failed(why="x")), 1),
        ((NotRun(why="x"), Failed(why="x")), 1),
        # Nothing was proven: that is no success.
        ((NotRun(why="no terraform"),), 3),
        ((), 3),
    ],
)
def test_what_was_not_run_never_counts_as_passed(verdicts: tuple[Verdict, ...], code: int) -> None:
    assert exit_code(results(*verdicts)) == code


def test_each_check_is_one_line_and_the_last_line_counts_them() -> None:
    made = results(Passed(note="3 runs"), Failed(why="first\nsecond"), NotRun(why="no registry"))

    assert [line(result) for result in made] == [
        "passed   a check · 3 runs (1 s)",
        "FAILED   a check (1 s)\n    first\n    second",
        "not run  a check: no registry",
    ]
    assert total(made) == "infra: 1 passed, 1 failed, 1 not run"


def test_a_program_gets_the_same_as_json() -> None:
    made = results(Passed(), NotRun(why="no registry"))

    assert [(entry["verdict"], entry["why"]) for entry in json.loads(as_json(made))] == [
        ("passed", ""),
        ("notrun", "no registry"),
    ]
