"""What a check came to, and what all of them come to together."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """The check was made and holds."""

    note: str = ""
    """What is worth knowing about it: "12 tests"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The check was made and does not hold."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """The check cannot be made here. Never counted as passed."""

    why: str


Verdict = Passed | Failed | NotRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One check, done."""

    name: str
    verdict: Verdict
    seconds: float


def exit_code(results: Sequence[Result]) -> int:
    """Return 1 where something failed, 3 where nothing failed but nothing was proven, else 0."""
    if any(isinstance(result.verdict, Failed) for result in results):
        return 1
    return 0 if any(isinstance(result.verdict, Passed) for result in results) else 3


def line(result: Result) -> str:
    """Return what is printed of one check."""
    match result.verdict:
        case Passed(note=note):
            return f"passed   {result.name}{note and f' · {note}'} ({result.seconds:.0f} s)"
        case Failed(why=why):
            return f"FAILED   {result.name} ({result.seconds:.0f} s)\n{_indented(why)}"
        case NotRun(why=why):
            return f"not run  {result.name}: {why}"


def total(results: Sequence[Result]) -> str:
    """Return the last line."""
    kinds = Counter(type(result.verdict) for result in results)
    return f"infra: {kinds[Passed]} passed, {kinds[Failed]} failed, {kinds[NotRun]} not run"


def as_json(results: Sequence[Result]) -> str:
    """Return the results for a program."""
    return json.dumps(
        [
            {
                "check": result.name,
                "verdict": type(result.verdict).__name__.lower(),
                "seconds": round(result.seconds, 1),
                "why": getattr(result.verdict, "why", ""),
            }
            for result in results
        ],
        indent=2,
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {row}" for row in text.strip().splitlines()[-60:])
