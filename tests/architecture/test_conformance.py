"""docs/conformance.md is what the doctor says, and the tests that it names are there."""

import re

import pytest

from architecture.conformance import DOCUMENT, made
from architecture.test_threat_model import meant
from bff.doctor.clauses.table import CLAUSES

_TEST = re.compile(r"(tests/[a-z0-9_/]+\.py)::(test_[a-z0-9_]*)(\*?)")


def cited() -> list[tuple[str, str]]:
    """Return clause and test for every test that a clause names."""
    return [(clause.id, test) for clause in CLAUSES for test in clause.tests]


@pytest.mark.parametrize(("clause", "test"), cited())
def test_a_test_that_a_clause_names_exists(clause: str, test: str) -> None:
    found = _TEST.fullmatch(test)

    assert found, f"{clause} names {test}, which is no test"
    assert meant((found[1], found[2], bool(found[3]))), f"{clause} names {test}, which is not there"


@pytest.mark.journey
def test_the_document_is_what_the_doctor_says_of_the_local_stack() -> None:
    published = DOCUMENT.read_text(encoding="utf-8")

    assert published == made(), "what the doctor says has changed: make conformance"


def test_every_clause_is_in_the_document() -> None:
    published = DOCUMENT.read_text(encoding="utf-8")

    assert [clause.id for clause in CLAUSES if f"\n| {clause.id} | " not in published] == []


def test_the_document_tells_of_no_machine_and_no_day() -> None:
    published = DOCUMENT.read_text(encoding="utf-8")

    assert not re.search(r"127\.0\.0\.1|localhost|:\d{4,5}\b|20\d\d-\d\d", published)
