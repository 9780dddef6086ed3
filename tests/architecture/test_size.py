"""Files and functions stay small enough to be read in one go."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.tree import files, short

FILE_LINES = 400
FUNCTION_LINES = 50

_PYTHON = files("src", "tests", "examples", "bench")
_SCRIPT = files("spa/src", "spa/test", "src/devstack/idp", suffixes=(".ts", ".mjs"))

_OPENS = re.compile(
    r"""^(?P<indent>\s*)
    (?!.*\b(?:if|for|while|switch|catch|class|interface|type|enum|do|try|else)\b[^=]*\{$)
    (?:.*\bfunction\b.*|.*=>\s*|.*\)\s*(?::[^{]+)?)\{$""",
    re.VERBOSE,
)
"""A line that opens a function of TypeScript or JavaScript and whose indent its end has, too."""


def python_functions(source: str) -> Iterator[tuple[str, int]]:
    """Yield each function's name and length in lines, decorators left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def script_functions(source: str) -> Iterator[tuple[str, int]]:
    """Yield each function's first line and length; goes by the indent, which is uniform here."""
    lines = source.splitlines()
    for number, line in enumerate(lines):
        opened = _OPENS.match(line)
        if opened is None:
            continue
        closes = f"{opened['indent']}}}"
        ends = (at for at in range(number + 1, len(lines)) if lines[at].startswith(closes))
        yield line.strip(), next(ends, number) - number + 1


@pytest.mark.parametrize("path", [*_PYTHON, *_SCRIPT], ids=short)
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= FILE_LINES


@pytest.mark.parametrize("path", [*_PYTHON, *_SCRIPT], ids=short)
def test_its_functions_are_short(path: Path) -> None:
    read = python_functions if path.suffix == ".py" else script_functions
    long = [(name, lines) for name, lines in read(path.read_text()) if lines > FUNCTION_LINES]

    assert long == []


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
    assert [lines for _, lines in script_functions(source)] == [FUNCTION_LINES + 2]


@pytest.mark.parametrize("opening", ["if (a) {", "for (const a of b) {", "class A extends B {"])
def test_a_block_of_a_script_is_no_function(opening: str) -> None:
    assert list(script_functions(f"{opening}\n{_BODY}}}\n")) == []


def test_a_long_function_of_python_is_seen() -> None:
    source = "async def big():\n" + "    pass\n" * FUNCTION_LINES

    assert list(python_functions(source)) == [("big", FUNCTION_LINES + 1)]
