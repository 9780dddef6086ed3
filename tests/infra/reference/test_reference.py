"""Every variable of the reference is there, or the document says what became of it."""

from pathlib import Path

import pytest

from infra.reference.differences import KINDS, Difference, differences_in
from infra.reference.hcl import Variable, expected_failures, variables_of
from infra.reference.seed import CORE, MODULES, ROWS, Row

ROOT = Path(__file__).parents[3]
INFRA = ROOT / "infra"
DOCUMENT = ROOT / "docs" / "infra.md"
OURS = ("foundation", "tools", "runtime", "governance")
INTERNAL = ("bucket/module", "delivery/module", "naming/module")


@pytest.fixture(scope="module")
def variables() -> dict[str, Variable]:
    return variables_of(INFRA)


@pytest.fixture(scope="module")
def differences() -> dict[str, Difference]:
    return differences_in(DOCUMENT)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_variable_is_there_with_its_type_and_default(
    row: Row, variables: dict[str, Variable], differences: dict[str, Difference]
) -> None:
    here = variables[row.name]
    difference = differences.get(row.name)
    assert here.type == row.type
    if difference is not None and difference.kind == "default":
        assert here.default != row.default
        assert str(here.default).strip('"') in difference.here
    else:
        assert here.default == row.default


@pytest.mark.parametrize("row", [r for r in ROWS if r.falls_back_on], ids=lambda row: row.name)
def test_what_falls_back_says_on_what(row: Row, variables: dict[str, Variable]) -> None:
    assert row.falls_back_on in variables[row.name].description


def test_the_document_names_no_variable_that_was_not_asked_for(
    differences: dict[str, Difference],
) -> None:
    assert set(differences) <= {row.name for row in ROWS}
    assert {difference.kind for difference in differences.values()} <= set(KINDS)


def test_what_is_refused_or_mapped_is_held_by_a_rule(
    variables: dict[str, Variable], differences: dict[str, Difference]
) -> None:
    ruled = [d for d in differences.values() if d.kind != "default"]
    assert ruled
    assert [d.name for d in ruled if not variables[d.name].validations] == []


@pytest.mark.parametrize("module", MODULES)
def test_each_variable_is_its_modules_too(module: str) -> None:
    own = variables_of(INFRA / "modules" / f"agentcore-{module}")
    assert [row.name for row in MODULES[module] if row.name not in own] == []


@pytest.mark.parametrize("module", OURS)
def test_the_root_and_a_module_say_the_same(module: str, variables: dict[str, Variable]) -> None:
    own = variables_of(INFRA / "modules" / f"agentcore-{module}")
    # In the root a region is a choice with a fallback, in a module what was chosen.
    chosen = {row.name for row in CORE if row.name.endswith("region")}
    shared = (own.keys() & variables.keys()) - chosen
    assert {name for name in shared if own[name].text != variables[name].text} == set()
    assert shared >= {row.name for row in MODULES[module]}


def test_the_root_and_the_front_doors_module_have_the_same_defaults(
    variables: dict[str, Variable],
) -> None:
    own = variables_of(INFRA / "modules" / "agentcore-bff")
    # In the root the functions' Python is the agent's, and an app is called like its agent.
    apart = {"python_version", "app_id"}
    shared = (own.keys() & variables.keys()) - apart
    differing = {
        name
        for name in shared
        if (own[name].type, own[name].default) != (variables[name].type, variables[name].default)
    }
    assert differing == set()


@pytest.mark.parametrize(
    "folder",
    [".", *(f"modules/agentcore-{m}" for m in MODULES), *INTERNAL],
)
def test_each_variable_is_typed_described_and_never_silently_null(folder: str) -> None:
    for variable in variables_of(INFRA / folder).values():
        assert variable.type, variable.name
        assert variable.description.endswith((".", "…")), variable.name
        if variable.nullable:
            assert variable.default == "null", variable.name
            assert "null" in variable.description.lower(), variable.name


@pytest.mark.parametrize("folder", [*(f"modules/agentcore-{m}" for m in OURS), *INTERNAL])
def test_each_rule_is_broken_by_a_run(folder: str) -> None:
    broken = expected_failures(INFRA / folder)
    untried = {
        name: variable.validations
        for name, variable in variables_of(INFRA / folder).items()
        if broken[name] < variable.validations
    }
    assert untried == {}


def test_each_rule_of_the_core_is_broken_in_the_root(variables: dict[str, Variable]) -> None:
    broken = expected_failures(INFRA)
    names = [*(row.name for row in CORE), "python"]
    assert [n for n in names if broken[n] < variables[n].validations] == []
