"""What the documents list is what the code has: no more and no less."""

import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator

import pytest

from architecture.tree import PRODUCT, ROOT, product_files, texts
from trust.errors import TrustError

_ENTRIES = frozenset({"bff.main", "bff.lambda_handler", "bff.streaming", "authorizer.handler"})
"""Importing one of these starts something; they define no errors."""

_SETTING = re.compile(
    r"(?:BFF|AUTHORIZER|PROXY|VAULT|SPIFFE)_[A-Z][A-Z0-9_]*|AWS_ENDPOINT_URL(?:_[A-Z_]+)?"
)
_ELSEWHERE = frozenset({"VAULT_TOKEN"})
"""Named in the documents as an example of a reference, read by nobody."""


def first_cells(markdown: str) -> list[str]:
    """Return what stands in backticks in the first cell of each row of the tables."""
    return re.findall(r"^\| `([^`]+)`", markdown, re.MULTILINE)


def rows(markdown: str) -> dict[str, tuple[str, str]]:
    """Return code → (status, title) of the table of errors."""
    row = re.compile(r"^\| `([^`]+)` \| (\d+) \| ([^|]+?) \|", re.MULTILINE)
    return {code: (status, title) for code, status, title in row.findall(markdown)}


def _family(error: type[TrustError]) -> Iterator[type[TrustError]]:
    yield error
    for child in error.__subclasses__():
        yield from _family(child)


def _import_the_product() -> None:
    for package in PRODUCT:
        module = importlib.import_module(package)
        for found in pkgutil.walk_packages(module.__path__, f"{package}."):
            if found.name not in _ENTRIES and not found.name.endswith("__main__"):
                importlib.import_module(found.name)


@pytest.fixture(scope="module")
def errors() -> list[type[TrustError]]:
    """Every error that the product can answer with; the tests' own do not count."""
    _import_the_product()
    return [error for error in _family(TrustError) if error.__module__.startswith(PRODUCT)]


def test_every_error_is_documented_and_every_documented_error_exists(
    errors: list[type[TrustError]],
) -> None:
    documented = rows((ROOT / "docs" / "errors.md").read_text())

    assert {error.code for error in errors} == documented.keys()


def test_the_documents_say_what_the_errors_say(errors: list[type[TrustError]]) -> None:
    documented = rows((ROOT / "docs" / "errors.md").read_text())
    said = {error.code: (str(error.status), error.title) for error in errors}

    assert {code: documented.get(code) for code in said} == said


def test_one_code_means_one_thing(errors: list[type[TrustError]]) -> None:
    meanings = {(error.code, error.status, error.title) for error in errors}

    assert len(meanings) == len({error.code for error in errors})


def test_every_setting_is_documented_and_every_documented_setting_is_read() -> None:
    documents = (ROOT / "docs" / "configuration.md").read_text()
    read = {
        text
        for path in product_files()
        for _, text in texts(path.read_text())
        if _SETTING.fullmatch(text)
    }

    assert read, "the settings are spelled in a way that this test does not see"
    assert sorted(name for name in read if f"`{name}`" not in documents) == []
    named = {name for name in first_cells(documents) if _SETTING.fullmatch(name)}
    assert sorted(named - read - _ELSEWHERE) == []


def _project() -> dict[str, list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


def test_every_dependency_has_its_reason_and_every_reason_its_dependency() -> None:
    names = {
        name
        for requirements in _project().values()
        for requirement in requirements
        if (name := re.split(r"[\[<>=~! ;]", requirement)[0]) != "gatehouse"
    }
    for package in ("spa", "src/devstack/idp"):
        about = importlib.import_module("json").loads((ROOT / package / "package.json").read_text())
        names |= about.get("dependencies", {}).keys() | about.get("devDependencies", {}).keys()

    assert names == set(first_cells((ROOT / "docs" / "dependencies.md").read_text()))


def test_a_missing_row_would_be_seen() -> None:
    table = (
        "| code | status |\n|---|---|\n| `a_b` | 400 | A title. | when |\n`not_a_row` | 1 | x |\n"
    )

    assert rows(table) == {"a_b": ("400", "A title.")}
    assert first_cells(table) == ["a_b"]
