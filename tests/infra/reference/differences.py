"""The document's table of what is not as the reference has it."""

import re
from dataclasses import dataclass
from pathlib import Path

_HEAD = "| variable | difference | reference | here | why |"
_ROW = re.compile(
    r"^\| `(?P<name>\w+)` \| (?P<kind>\w+) \| (?P<reference>.+?) "
    r"\| (?P<here>.+?) \| (?P<why>.+?) \|$"
)
KINDS = ("default", "mapped", "narrower", "refused", "wider")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One row: what the reference says, what holds here, and why."""

    name: str
    kind: str
    here: str
    why: str


def differences_in(document: Path) -> dict[str, Difference]:
    """Return the table's rows by the variables' names."""
    lines = document.read_text(encoding="utf-8").splitlines()
    found: dict[str, Difference] = {}
    for line in lines[lines.index(_HEAD) + 2 :]:
        if not line.startswith("|"):
            break
        match = _ROW.match(line)
        assert match, f"not a row of the table: {line}"
        assert match["name"] not in found, f"{match['name']} stands twice"
        found[match["name"]] = Difference(
            name=match["name"], kind=match["kind"], here=match["here"], why=match["why"]
        )
    return found
