"""One report, said in three ways."""

import json
from dataclasses import replace

from bff.doctor.clause import Clause, Evidence, Level, Outcome, Verdict
from bff.doctor.examination import examine
from bff.doctor.report import counts, document, lines, markdown
from fakes.deployment import good, offering

BROKEN = examine(offering(issuer="https://other|example", end_session_endpoint=None))

MEMBERS = {
    "clause",
    "document",
    "section",
    "level",
    "says",
    "about",
    "outcome",
    "evidence",
    "seen",
    "advice",
    "tests",
}


def test_the_json_report_has_these_members_and_no_others() -> None:
    report = json.loads(json.dumps(document(BROKEN)))

    assert report.keys() == {"format", "ok", "counts", "verdicts"}
    assert report["format"] == 1
    assert report["ok"] is False
    assert report["counts"].keys() == {"passed", "failed", "warned", "not checked"}
    assert sum(report["counts"].values()) == len(report["verdicts"])
    for verdict in report["verdicts"]:
        assert verdict.keys() == MEMBERS
        assert verdict["level"] in {"MUST", "SHOULD", "MAY"}
        assert verdict["outcome"] in report["counts"]
        assert verdict["evidence"] in {"configuration", "provider", "probe", "tests"}
        assert isinstance(verdict["tests"], list)


def test_a_good_deployment_is_ok() -> None:
    assert document(examine(good()))["ok"] is True


def test_the_worst_comes_first_with_what_to_do() -> None:
    told = lines(BROKEN, every=False)

    assert told[0].startswith("failed       P2   OpenID Connect Discovery 1.0 §4.3, MUST [default]")
    assert told[1].strip().startswith("seen: issuer is")
    assert told[2].strip().startswith("do: configure the issuer")
    assert told[3].startswith("warned       P13")
    assert not [line for line in told[:-1] if line.startswith("passed")]
    assert "1 failed, 1 warned" in told[-1]


def test_what_passed_is_told_to_who_asks() -> None:
    told = lines(examine(good()), every=True)

    assert told[0].startswith("passed       B1a")
    assert not [line for line in told if line.strip().startswith("do:")]
    assert told[-1] == f"{len(examine(good()))} passed"


def test_the_tables_hold_every_verdict_once_and_no_cell_breaks_them() -> None:
    report = markdown(BROKEN)

    rows = [line for line in report.splitlines() if line.startswith("| ")]
    heads = [line for line in rows if line.startswith("| clause |")]
    assert len(rows) - len(heads) == len(BROKEN)
    assert {line.replace("\\|", "").count("|") for line in rows} == {9}
    assert "other\\|example" in report
    assert "**failed**" in report


def test_a_cell_holds_no_html_and_no_line_end() -> None:
    clause = Clause(id="X1", document="D", section="", level=Level.MAY, says="a")
    verdict = Verdict(clause=clause, outcome=Outcome.PASSED, evidence=Evidence.PROBE, seen="<b>\n|")

    row = markdown([verdict]).splitlines()[-1]

    assert row == "| X1 | - | MAY | a | passed | probe | &lt;b> \\| | - |"


def test_a_clause_without_a_section_is_told_without_one() -> None:
    clause = Clause(id="X1", document="Gatehouse", section="", level=Level.MUST, says="it is so.")
    verdict = Verdict(
        clause=clause, outcome=Outcome.FAILED, evidence=Evidence.PROBE, seen="no", advice="yes"
    )

    assert lines([verdict], every=False)[0] == "failed       X1   Gatehouse, MUST: it is so."


def test_every_outcome_is_counted() -> None:
    verdicts = [replace(BROKEN[0], outcome=outcome) for outcome in Outcome]

    assert counts(verdicts) == {"passed": 1, "failed": 1, "warned": 1, "not checked": 1}
