"""What a command says: answers on standard output, everything else on standard error."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import cast

from trust.errors import SettingsError, TrustError

FAILED = 1
"""Exit code for what was understood and could not be done."""

WRONG_USE = 2
"""Exit code for a configuration or an argument that is wrong."""


def say(*lines: str) -> None:
    """Say something to whoever runs the command."""
    for line in lines:
        print(f"gatehouse: {line}", file=sys.stderr)  # noqa: T201 a command talks


def answer(document: object) -> None:
    """Answer a program."""
    print(json.dumps(document, indent=2, default=str))  # noqa: T201 the answer


def done(chosen: argparse.Namespace, what: str, **members: object) -> int:
    """Say that something was done, to a program with `members`; return the exit code."""
    if chosen.json:
        answer({"ok": True, **members})
    else:
        say(what)
    return 0


def listed(
    chosen: argparse.Namespace,
    name: str,
    heads: Sequence[str],
    rows: Sequence[Mapping[str, object]],
) -> int:
    """Answer with rows: a program all of them under `name`, a person what `heads` names."""
    if chosen.json:
        answer({name: rows})
    else:
        _table(heads, rows)
    return 0


def _table(heads: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    # Columns are as wide as they need to be.
    lines = [list(heads), *([_cell(row.get(head)) for head in heads] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(padded).rstrip())  # noqa: T201 the answer


def refuse(error: TrustError, *, as_json: bool) -> int:
    """Say why something was not done; return the exit code."""
    wrong = isinstance(error, SettingsError)
    faults = error.faults if isinstance(error, SettingsError) else [str(error) or error.title]
    if as_json:
        answer({"ok": False, "code": error.code, "faults": faults})
    else:
        say(*faults)
    return WRONG_USE if wrong else FAILED


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_cell, cast("list[object]", value)))
    # A name comes from whoever registered it: an escape sequence in it must not reach a terminal.
    return "-" if value is None else "".join(c if c.isprintable() else "?" for c in str(value))
