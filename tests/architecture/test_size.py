"""Files and functions stay small enough to be read in one go."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.tree import files, short

FILE_LINES = 400
FUNCTION_LINES = 50

_PYTHON = files("src", "infra", "tests", "examples", "bench")
_TERRAFORM = files("infra", suffixes=(".tf", ".hcl"))
_SCRIPT = files("spa/src", "src/devstack/idp", suffixes=(".ts", ".mjs"))
_SCRIPT_TESTS = files("spa/test", suffixes=(".ts", ".mjs"))
"""Not asked for short functions: a suite is one function around its tests."""

_OPENS = re.compile(
    r"""^(?P<indent>\s*)
    (?!.*\b(?:if|for|while|switch|catch|class|interface|type|enum|do|try|else)\b[^=]*\{$)
    (?:.*\bfunction\b.*|.*=>\s*|.*\)\s*(?::[^{]+)?)\{$""",
    re.VERBOSE,
)
"""A line that opens a function of TypeScript or JavaScript and whose indent its end has, too."""


def lines(source: str) -> int:
    """Return how long a file is."""
    return len(source.splitlines())


def python_functions(source: str) -> Iterator[tuple[str, int]]:
    """Yield each function's name and length in lines, decorators left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def script_functions(source: str) -> Iterator[tuple[str, int]]:
    """Yield each function's first line and length; goes by the indent, which is uniform here."""
    every = source.splitlines()
    for number, line in enumerate(every):
        opened = _OPENS.match(line)
        if opened is None:
            continue
        closes = f"{opened['indent']}}}"
        ends = (at for at in range(number + 1, len(every)) if every[at].startswith(closes))
        yield line.strip(), next(ends, number) - number + 1


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    read = python_functions if path.suffix == ".py" else script_functions
    return read(path.read_text())


def test_files_are_short() -> None:
    sizes = {
        path: lines(path.read_text()) for path in (*_PYTHON, *_TERRAFORM, *_SCRIPT, *_SCRIPT_TESTS)
    }

    assert sizes
    assert {short(path): size for path, size in sizes.items() if size > FILE_LINES} == {}


def test_functions_are_short() -> None:
    long = {
        f"{short(path)}: {name}": size
        for path in (*_PYTHON, *_SCRIPT)
        for name, size in _functions(path)
        if size > FUNCTION_LINES
    }

    assert long == {}


_BODY = "".join(f"    step{number};\n" for number in range(FUNCTION_LINES))


@pytest.mark.parametrize(
    "source",
    [
        f"export function big(a: string): void {{\n{_BODY}}}\n",
        f"export async function big(): Promise<Map<string, number>> {{\n{_BODY}}}\n",
        f"const big = async (a, b) => {{\n{_BODY}}};\n",
        f"  static big(a: string) {{\n{_BODY}  }}\n",
        f"  async #big(): Promise<void> {{\n{_BODY}  }}\n",
        f"on('click', (event) => {{\n{_BODY}}});\n",
    ],
)
def test_a_long_function_of_a_script_is_seen(source: str) -> None:
    assert [size for _, size in script_functions(source)] == [FUNCTION_LINES + 2]


@pytest.mark.parametrize("opening", ["if (a) {", "for (const a of b) {", "class A extends B {"])
def test_a_block_of_a_script_is_no_function(opening: str) -> None:
    assert list(script_functions(f"{opening}\n{_BODY}}}\n")) == []


def test_a_long_function_of_python_is_seen() -> None:
    source = "async def big():\n" + "    pass\n" * FUNCTION_LINES

    assert list(python_functions(source)) == [("big", FUNCTION_LINES + 1)]
