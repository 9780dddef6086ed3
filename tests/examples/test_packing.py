"""What an example's image and package hold: everything its program imports and reads."""

import ast
import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = {
    "1-hello-world": "hello_world",
    "2-gateway-tool": "gateway_tool",
    "3-deepresearch": "deepresearch",
    "4-research": "research",
}
OURS = {file.parent.name for file in EXAMPLES.glob("*/__init__.py")}

every_example = pytest.mark.parametrize("example", list(PROGRAMS))


def imported(file: Path) -> set[str]:
    """Return the packages of ours that a file imports, in functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
    return names & OURS


def needed(package: str, found: set[str] | None = None) -> set[str]:
    """Return a package with all packages of ours that it stands on."""
    found = {package} if found is None else found
    for file in (EXAMPLES / package).glob("*.py"):
        for other in imported(file) - found:
            found |= needed(other, found | {other})
    return found


def copied(example: str) -> list[str]:
    text = (EXAMPLES / example / "Dockerfile").read_text()
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    return [source for line in lines for source in line.split()]


@every_example
def test_an_image_holds_what_the_program_imports(example: str) -> None:
    assert needed(PROGRAMS[example]) <= set(copied(example))


@every_example
def test_an_image_s_files_are_there_and_not_left_out_of_its_context(example: str) -> None:
    let_in = (EXAMPLES / example / "Dockerfile.dockerignore").read_text().splitlines()

    assert let_in[0] == "*"
    for source in copied(example):
        assert (EXAMPLES / source).exists(), source
        assert f"!{source}" in let_in


@every_example
def test_an_image_starts_the_program_that_the_package_starts(example: str) -> None:
    program = f"{PROGRAMS[example]}/agent.py"
    variables = (EXAMPLES / example / "terraform.tfvars").read_text()

    assert (EXAMPLES / program).is_file()
    assert f'"{program}"]' in (EXAMPLES / example / "Dockerfile").read_text()
    assert re.search(rf'^runtime_entry_file += "{program}"$', variables, re.MULTILINE)
    assert re.search(r'^runtime_source_path += "\.\./examples"$', variables, re.MULTILINE)


@every_example
def test_the_lock_has_what_the_requirements_ask_for(example: str) -> None:
    folder = EXAMPLES / example
    wanted = re.findall(
        r"^[a-z0-9-]+==\S+", (folder / "requirements.txt").read_text(), re.MULTILINE
    )
    lock = (folder / "requirements.lock").read_text()

    assert wanted
    for line in wanted:
        assert f"\n{line} \\\n    --hash=sha256:" in f"\n{lock}"
    # A lock names packages and hashes, never the registry of whoever made it.
    assert "://" not in lock


@every_example
def test_the_code_names_no_package_that_is_not_asked_for(example: str) -> None:
    asked = (EXAMPLES / example / "requirements.txt").read_text()
    named = {"httpx": "httpx", "websockets": "websockets", "strands.tools.mcp": "mcp"}

    for package in needed(PROGRAMS[example]) - {"agent_host"}:
        for file in (EXAMPLES / package).glob("*.py"):
            for module, distribution in named.items():
                if re.search(
                    rf"^(?:from|import) {re.escape(module)}\b", file.read_text(), re.MULTILINE
                ):
                    assert f"\n{distribution}==" in asked, file


def test_the_local_stack_starts_the_first_example() -> None:
    from devstack.aws.settings import EXAMPLE_AGENT

    assert EXAMPLE_AGENT.is_file()
    assert EXAMPLE_AGENT.is_relative_to(EXAMPLES)
