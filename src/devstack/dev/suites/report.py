"""Reading what test runners wrote in JUnit's XML form, and the one line that sums it up."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 §2.2 does not allow; node's reporter lets terminal colours through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the tests of one runner, or of all, ended."""

    passed: int
    failed: tuple[str, ...]
    """Names of the tests that failed."""
    skipped: tuple[tuple[str, str], ...]
    """Names and reasons of the tests that were not run."""

    @property
    def ran(self) -> bool:
        """Whether anything was tried at all."""
        return self.passed > 0 or bool(self.failed)

    @property
    def total(self) -> str:
        """The line for people and for whoever counts."""
        return f"{self.passed} passed, {len(self.failed)} failed, {len(self.skipped)} skipped"


NOTHING = Outcome(passed=0, failed=(), skipped=())


class ReportUnreadable(ValueError):
    """The runner's report is not the XML that it should be."""


def outcome_of(xml: str) -> Outcome:
    """Read a report of pytest or of node's runner. Raises ReportUnreadable."""
    try:
        root = ET.fromstring(_UNFIT.sub("", xml))  # noqa: S314 written by our own runner
    except ET.ParseError as error:
        raise ReportUnreadable(str(error)) from error
    passed = 0
    failed: list[str] = []
    skipped: list[tuple[str, str]] = []
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(_name(case))
        elif (skip := case.find("skipped")) is not None:
            skipped.append((_name(case), _reason(skip)))
        else:
            passed += 1
    return Outcome(passed=passed, failed=tuple(failed), skipped=tuple(skipped))


def together(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the sum."""
    whole = NOTHING
    for outcome in outcomes:
        whole = Outcome(
            passed=whole.passed + outcome.passed,
            failed=whole.failed + outcome.failed,
            skipped=whole.skipped + outcome.skipped,
        )
    return whole


def _reason(skip: ET.Element) -> str:
    # Counted as skipped, since it proves nothing; told apart, since it was run.
    known = "fails as expected: " if skip.get("type") == "pytest.xfail" else ""
    return known + (skip.get("message") or "no reason given")


def _name(case: ET.Element) -> str:
    place, name = case.get("classname"), case.get("name", "?")
    # node's reporter says "test" for every class, pytest nothing for a file it could not import.
    return name if place in {None, "", "test"} else f"{place}::{name}"
