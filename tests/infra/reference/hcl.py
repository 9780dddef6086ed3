"""Reading the variables and the tests of Terraform's files, as far as these tests need them.

No parser of the language: blocks as `terraform fmt` writes them, which end at a line's start.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_VARIABLE = re.compile(
    r'^variable "(?P<name>\w+)" \{\n(?P<body>.*?)^\}\n', re.MULTILINE | re.DOTALL
)
_ATTRIBUTE = re.compile(r"^  (?P<name>type|default|description|nullable) += ", re.MULTILINE)
_VALIDATION = re.compile(r"^  validation \{\n", re.MULTILINE)
_RUN = re.compile(r'^run "\w+" \{\n(?P<body>.*?)^\}\n', re.MULTILINE | re.DOTALL)
_EXPECTED = re.compile(r"expect_failures = \[(?P<names>.*?)\]", re.DOTALL)
_OPENING, _CLOSING = "([{", ")]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable as it stands in its file."""

    name: str
    text: str
    type: str
    """Without what stands inside `object(…)`."""
    default: str | None
    """As text without blanks; None where the variable is required."""
    description: str
    nullable: bool
    validations: int


def variables_of(folder: Path) -> dict[str, Variable]:
    """Return a module's variables by their names."""
    found: dict[str, Variable] = {}
    for path in sorted(folder.glob("*.tf")):
        for match in _VARIABLE.finditer(path.read_text(encoding="utf-8")):
            assert match["name"] not in found, f"{match['name']} stands twice in {folder}"
            found[match["name"]] = _variable(match["name"], match[0], match["body"])
    return found


def expected_failures(folder: Path) -> Counter[str]:
    """Return in how many runs each variable is expected to fail."""
    counted: Counter[str] = Counter()
    for path in sorted(folder.glob("tests/*.tftest.hcl")):
        for run in _RUN.finditer(path.read_text(encoding="utf-8")):
            counted.update(set(_names(run["body"])))
    return counted


def _names(body: str) -> Iterator[str]:
    for expected in _EXPECTED.finditer(body):
        yield from re.findall(r"\bvar\.(\w+)", expected["names"])


def _variable(name: str, text: str, body: str) -> Variable:
    found = {m["name"]: _value(body, m.end()) for m in _ATTRIBUTE.finditer(body)}
    type_ = re.sub(r"\s", "", found.get("type", ""))
    return Variable(
        name=name,
        text=text,
        type=re.sub(r"object\(\{.*\}\)", "object", type_),
        default=re.sub(r"\s", "", found["default"]) if "default" in found else None,
        description=json.loads(found.get("description", '""')),
        nullable=found.get("nullable") != "false",
        validations=len(_VALIDATION.findall(body)),
    )


def _value(body: str, start: int) -> str:
    depth = 0
    for at in range(start, len(body)):
        if body[at] in _OPENING:
            depth += 1
        elif body[at] in _CLOSING:
            depth -= 1
        elif body[at] == "\n" and depth == 0:
            return body[start:at]
    return body[start:]
