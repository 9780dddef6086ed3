"""Counting what the runners reported."""

import sys
from pathlib import Path

import pytest

from devstack.dev.suites.__main__ import Suite, run, sum_up
from devstack.dev.suites.report import NOTHING, Outcome, ReportUnreadable, outcome_of, together

_PYTEST = """<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">
<testsuite name="pytest" errors="1" failures="1" skipped="2" tests="6">
<testcase classname="tests.a.test_x" name="test_good[1]" />
<testcase classname="tests.a.test_x" name="test_bad"><failure message="assert 1">t</failure>
</testcase>
<testcase classname="" name="tests.a.test_broken"><error message="fixture">t</error>
</testcase>
<testcase classname="tests.a.test_x" name="test_off"><skipped type="pytest.skip" message="no x">p
</skipped></testcase>
<testcase classname="tests.a.test_x" name="test_known"><skipped type="pytest.xfail" message="" />
</testcase>
<testcase classname="tests.a.test_x" name="test_fine" />
</testsuite></testsuites>"""

_NODE = """<?xml version="1.0" encoding="utf-8"?>
<testsuites>
\t<testcase name="good" time="0.000724" classname="test"/>
\t<testcase name="bad" time="0.0007" classname="test" failure="1 == 2">
\t\t<failure type="testCodeFailure" message="1 == 2">\x1b[31mred\x1b[39m</failure>
\t</testcase>
\t<testcase name="off" classname="test"><skipped type="skipped" message="no chrome"/></testcase>
\t<testsuite name="sub" tests="1"><testcase name="inner" classname="test"/></testsuite>
</testsuites>"""


def test_pytests_report_is_counted() -> None:
    outcome = outcome_of(_PYTEST)

    assert outcome.total == "2 passed, 2 failed, 2 skipped"
    assert outcome.failed == ("tests.a.test_x::test_bad", "tests.a.test_broken")
    assert outcome.skipped == (
        ("tests.a.test_x::test_off", "no x"),
        ("tests.a.test_x::test_known", "fails as expected: no reason given"),
    )


def test_nodes_report_is_counted_nested_tests_and_terminal_colours_included() -> None:
    outcome = outcome_of(_NODE)

    assert outcome.total == "2 passed, 1 failed, 1 skipped"
    assert outcome.failed == ("bad",)
    assert outcome.skipped == (("off", "no chrome"),)


def test_the_total_is_the_sum() -> None:
    whole = together([outcome_of(_PYTEST), outcome_of(_NODE)])

    assert whole.total == "4 passed, 3 failed, 3 skipped"


def test_half_a_report_is_no_report() -> None:
    with pytest.raises(ReportUnreadable):
        outcome_of(_PYTEST[:200])


_GOOD = '<testsuite><testcase classname="a" name="b"/></testsuite>'
_BAD = '<testsuite><testcase classname="a" name="b"><failure/></testcase></testsuite>'
_SKIPPED = (
    '<testsuite><testcase classname="a" name="b"><skipped message="r"/></testcase></testsuite>'
)


def _suite(folder: Path, report: str | None, code: int) -> Suite:
    writes = "" if report is None else f"open(sys.argv[1], 'w').write({report!r})\n"
    script = f"import sys\n{writes}sys.exit({code})"
    path = folder / "reports" / "r.xml"
    return Suite(name="s", argv=(sys.executable, "-c", script, str(path)), cwd=folder, report=path)


@pytest.mark.parametrize(
    ("report", "code", "complaint"),
    [
        pytest.param(_GOOD, 0, None, id="good"),
        pytest.param(_BAD, 1, None, id="a failed test speaks for itself"),
        pytest.param(_GOOD, 3, "no test failed, but the runner ended with code 3", id="crash"),
        pytest.param("<testsuite/>", 0, "not one test was run", id="nothing"),
        pytest.param(_SKIPPED, 0, "not one test was run", id="only skipped"),
        pytest.param(None, 0, "the runner ended with code 0, no report", id="no report"),
        pytest.param("<test", 1, "the runner ended with code 1, no report", id="half a report"),
    ],
)
def test_a_run_without_proof_is_a_complaint(
    tmp_path: Path, report: str | None, code: int, complaint: str | None
) -> None:
    _, complaints = run(_suite(tmp_path, report, code), {})

    assert bool(complaints) is (complaint is not None)
    assert not complaint or complaint in complaints[0]


def test_an_old_report_does_not_count_for_a_new_run(tmp_path: Path) -> None:
    run(_suite(tmp_path, _GOOD, 0), {})
    outcome, complaints = run(_suite(tmp_path, None, 0), {})

    assert outcome == NOTHING
    assert complaints


def test_a_runner_that_is_not_there_is_a_complaint(tmp_path: Path) -> None:
    absent = Suite(name="s", argv=("no-such-runner",), cwd=tmp_path, report=tmp_path / "r")

    assert run(absent, {})[1][0].startswith("s: the runner cannot be started")


def test_the_last_line_is_the_total_alone_and_what_was_skipped_is_named() -> None:
    lines, code = sum_up([(outcome_of(_PYTEST), []), (outcome_of(_NODE), [])])

    assert lines[-1] == "4 passed, 3 failed, 3 skipped"
    assert "skipped: off: no chrome" in lines
    assert "failed: tests.a.test_x::test_bad" in lines
    assert code == 1


@pytest.mark.parametrize(
    ("results", "code"),
    [
        pytest.param([(outcome_of(_GOOD), []), (outcome_of(_GOOD), [])], 0, id="good"),
        pytest.param([(outcome_of(_GOOD), []), (outcome_of(_BAD), [])], 1, id="failed"),
        pytest.param([(outcome_of(_GOOD), []), (NOTHING, ["nothing"])], 1, id="complaint"),
    ],
)
def test_only_a_whole_and_good_run_ends_with_0(
    results: list[tuple[Outcome, list[str]]], code: int
) -> None:
    assert sum_up(results)[1] == code
