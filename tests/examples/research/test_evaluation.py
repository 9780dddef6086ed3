"""The offline evaluation: what each criterion sees, and the program around it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from research.evaluation import CRITERIA, TurnMalformed, scores, turn_of

EXAMPLE = Path(__file__).parents[3] / "examples" / "4-research"


def turn(**changed: object) -> dict[str, Any]:
    record = json.loads((EXAMPLE / "turns" / "lighthouses.json").read_text())
    return {**record, **changed}


def missed(record: dict[str, Any]) -> set[str]:
    return {name for name, met in scores(turn_of(record)).items() if not met}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLE / "evaluate.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


SOURCES = "\n\n## Sources\n\n1. Lighthouses (corpus:lighthouses)"
READ = {"tool": "read_page", "arguments": {"address": "corpus:lighthouses"}}


@pytest.mark.parametrize(
    ("changed", "criteria"),
    [
        pytest.param({}, set[str](), id="as-recorded"),
        pytest.param({"answer": "They are striped."}, {"grounded"}, id="made-up"),
        pytest.param({"answer": "None is manned." + SOURCES}, {"cited"}, id="not-cited"),
        pytest.param({"answer": "So it is [1][2]." + SOURCES}, {"cited"}, id="no-such-source"),
        pytest.param({"calls": []}, {"read"}, id="not-read"),
        pytest.param({"calls": [READ, READ]}, {"frugal"}, id="read-twice"),
        pytest.param(
            {
                "calls": [
                    READ,
                    *({"tool": "search", "arguments": {"query": f"q{n}"}} for n in range(8)),
                ]
            },
            {"frugal"},
            id="too-many-calls",
        ),
        pytest.param(
            {"answer": "I do not answer it.", "calls": []}, set[str](), id="nothing-found"
        ),
    ],
)
def test_a_criterion_misses_what_it_is_for(changed: dict[str, Any], criteria: set[str]) -> None:
    assert missed(turn(**changed)) == criteria


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {},
        {"question": "q", "calls": [{}], "answer": "a"},
        {"question": "q", "calls": 1, "answer": "a"},
    ],
)
def test_what_is_no_turn_is_refused(record: object) -> None:
    with pytest.raises(TurnMalformed):
        turn_of(record)


def test_the_recorded_turns_pass_and_facts_are_printed() -> None:
    ended = run("--json")

    found = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert found["passed"] == found["total"] == 4
    assert set(found["met"]) == set(CRITERIA)


def test_a_turn_that_fails_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "striped.json"
    bad.write_text(json.dumps(turn(answer="They are striped.")))

    ended = run(str(bad))

    assert ended.returncode == 1
    assert ended.stdout.startswith("striped: NOT grounded, cited")
    assert "0 of 1 turns meet all criteria" in ended.stdout


def test_a_record_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")

    ended = run(str(broken))

    assert ended.returncode == 2
    assert "a record cannot be read" in ended.stderr


def test_a_model_judges_by_criteria_of_the_same_names() -> None:
    variables = (EXAMPLE / "terraform.tfvars").read_text()

    for name in CRITERIA:
        assert f"\n  {name} " in variables.partition("evaluation_criteria")[2]
