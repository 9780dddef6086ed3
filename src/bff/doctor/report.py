"""A report for people, for programs, and for docs/conformance.md."""

from collections import Counter
from collections.abc import Sequence

from bff.doctor.clause import Clause, Level, Outcome, Verdict
from bff.doctor.examination import failed

FORMAT = 1
"""Version of the JSON report; members may be added to it, none is taken away or changed."""

_LOUD = (Outcome.FAILED, Outcome.WARNED, Outcome.NOT_CHECKED)


def document(verdicts: Sequence[Verdict]) -> dict[str, object]:
    """Return the report as JSON members."""
    return {
        "format": FORMAT,
        "ok": not failed(verdicts),
        "counts": counts(verdicts),
        "verdicts": [_members(verdict) for verdict in verdicts],
    }


def counts(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Return how often there is each outcome."""
    found = Counter(verdict.outcome for verdict in verdicts)
    return {outcome.value: found[outcome] for outcome in Outcome}


def _members(verdict: Verdict) -> dict[str, object]:
    clause = verdict.clause
    return {
        "clause": clause.id,
        "document": clause.document,
        "section": clause.section,
        "level": clause.level.value,
        "says": clause.says,
        "about": verdict.about,
        "outcome": verdict.outcome.value,
        "evidence": verdict.evidence.value,
        "seen": verdict.seen,
        "advice": verdict.advice,
        "tests": list(clause.tests),
    }


def lines(verdicts: Sequence[Verdict], *, every: bool) -> list[str]:
    """Return the report as lines of text; what passed is told if `every`, and counted if not."""
    wanted = (*_LOUD, Outcome.PASSED) if every else _LOUD
    told = [
        line
        for outcome in wanted
        for verdict in verdicts
        if verdict.outcome is outcome
        for line in _told(verdict)
    ]
    summary = ", ".join(f"{count} {name}" for name, count in counts(verdicts).items() if count)
    return [*told, summary]


def _told(verdict: Verdict) -> list[str]:
    clause = verdict.clause
    about = f" [{verdict.about}]" if verdict.about else ""
    place = f"{_place(clause)}, {clause.level.value}{about}"
    first = f"{verdict.outcome.value:<11}  {clause.id:<4} {place}: {clause.says}"
    rest = [f"seen: {verdict.seen}", *([f"do: {verdict.advice}"] if verdict.advice else [])]
    return [first, *(f"{'':<18}{line}" for line in rest)]


def _place(clause: Clause) -> str:
    return f"{clause.document} §{clause.section}" if clause.section else clause.document


def markdown(verdicts: Sequence[Verdict]) -> str:
    """Return the report as tables, one for each document."""
    documents = dict.fromkeys(verdict.clause.document for verdict in verdicts)
    parts = [_SUMMARY.format(**_numbers(verdicts))]
    for name in documents:
        of_it = [verdict for verdict in verdicts if verdict.clause.document == name]
        parts.append("\n".join([f"## {name}", "", *_HEAD, *map(_row, of_it)]))
    return "\n\n".join(parts) + "\n"


def _numbers(verdicts: Sequence[Verdict]) -> dict[str, int]:
    musts = [one for one in verdicts if one.clause.level is Level.MUST]
    return {
        "verdicts": len(verdicts),
        "musts": len(musts),
        "kept": sum(one.outcome is Outcome.PASSED for one in musts),
        **{name.replace(" ", "_"): count for name, count in counts(verdicts).items()},
    }


_SUMMARY = (
    "Verdicts: {verdicts}, of them {passed} passed, {failed} failed, {warned} warned,"
    " {not_checked} not checked. Of {musts} that are a MUST, {kept} passed."
)

_HEAD = (
    "| clause | § | level | says | outcome | by | seen | tests |",
    "|---|---|---|---|---|---|---|---|",
)


def _row(verdict: Verdict) -> str:
    clause = verdict.clause
    seen = f"{verdict.seen}. To do: {verdict.advice}" if verdict.advice else verdict.seen
    tests = " ".join(f"`{test}`" for test in clause.tests)
    cells = (
        clause.id,
        clause.section,
        clause.level.value,
        clause.says,
        f"**{verdict.outcome.value}**" if verdict.outcome in _LOUD else verdict.outcome.value,
        verdict.evidence.value,
        seen,
        tests,
    )
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    # What stands in a cell may be a provider's: it must end neither the cell nor the table.
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ") or "-"
