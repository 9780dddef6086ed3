"""The threat model is true: every place it names is there, every attack that is tested is in it."""

import ast
import re
from dataclasses import dataclass

from architecture.tree import ROOT, files

DOCUMENT = ROOT / "docs" / "threat-model.md"
THEMES = (
    "Open redirect",
    "Authorization response",
    "ID token",
    "Discovery and keys",
    "Sessions and cookies",
    "Logout",
    "The way to the agent",
    "Requests of other sites",
    "Refresh",
    "Logs and caches",
)
_ROW = re.compile(
    r"^\| (?P<threat>[^|]+) \| (?P<rule>[^|]+) \| (?P<places>[^|]+) \| (?P<tests>[^|]+) \|$"
)
_TEST = re.compile(r"`(tests/[a-z_/]+\.py)::(test_[a-z0-9_]*)(\*?)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One threat: what is done about it, where, and which tests would miss it."""

    threat: str
    places: list[str]
    tests: list[tuple[str, str, bool]]


def rows() -> list[Row]:
    """Return the document's rows, heads of tables left out."""
    found = (_ROW.match(line) for line in DOCUMENT.read_text(encoding="utf-8").splitlines())
    return [
        Row(
            threat=row["threat"],
            places=re.findall(r"`([^`]+)`", row["places"]),
            tests=[(path, name, bool(more)) for path, name, more in _TEST.findall(row["tests"])],
        )
        for row in found
        if row is not None and row["threat"] not in {"threat", "---"}
    ]


def functions_of(path: str) -> set[str]:
    """Return the names of a file's test functions."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def meant(test: tuple[str, str, bool]) -> set[tuple[str, str]]:
    """Return the test functions that a reference means, by name or by the name's beginning."""
    path, name, more = test
    if not (ROOT / path).is_file():
        return set()
    return {
        (path, given)
        for given in functions_of(path)
        if given == name or (more and given.startswith(name))
    }


def test_every_theme_has_a_table() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")

    for theme in THEMES:
        _, _, below = text.partition(f"\n## {theme}\n")
        section = below.partition("\n## ")[0]
        assert section.count("\n| ") > 1, f"{DOCUMENT.name}: {theme} has no rows"


def test_every_threat_names_a_place_that_exists() -> None:
    missing = [
        (row.threat, place)
        for row in rows()
        for place in row.places or ["nothing"]
        if not (ROOT / place).exists()
    ]

    assert missing == []


def test_every_threat_names_tests_that_exist() -> None:
    unshown = [row.threat for row in rows() if not row.tests]
    untrue = [(row.threat, test) for row in rows() for test in row.tests if not meant(test)]

    assert (unshown, untrue) == ([], [])


def test_every_attack_that_is_tested_stands_in_the_threat_model() -> None:
    known = {pair for row in rows() for test in row.tests for pair in meant(test)}
    attacks = {
        (str(path.relative_to(ROOT)), name)
        for path in files("tests/attacks")
        for name in functions_of(str(path.relative_to(ROOT)))
        if name.startswith("test_")
    }

    assert sorted(attacks - known) == []
