"""Taking JSON apart without trusting it, for policy documents."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn, cast

Object = Mapping[str, object]

SYNTAX = "Syntax errors in policy."
"""What AWS says of most things that do not fit its grammar."""


class MalformedPolicy(Exception):
    """A policy document that AWS would not accept; the message says what is wrong with it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def refuse(message: str) -> NoReturn:
    """Raise MalformedPolicy."""
    raise MalformedPolicy(message)


def loaded(text: str) -> Object:
    """Read JSON text that holds an object. Raises MalformedPolicy."""
    try:
        top: object = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_float=Decimal,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError):
        refuse("This policy contains invalid Json")
    return as_object(top)


def _refuse_constant(_name: str) -> NoReturn:
    refuse("This policy contains invalid Json")


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # "Individual elements must not contain multiple instances of the same key": a reader that
    # takes the first and a reader that takes the last would enforce two different policies.
    if len(dict(pairs)) != len(pairs):
        refuse(SYNTAX)
    return dict(pairs)


def as_object(value: object) -> Object:
    """Return the value if it is an object. Raises MalformedPolicy."""
    if not isinstance(value, Mapping):
        refuse(SYNTAX)
    return cast("Object", value)


def as_list(value: object) -> list[object]:
    """Return a list as it is, anything else as a list of one: AWS takes both everywhere."""
    return cast("list[object]", value) if isinstance(value, list) else [value]


def texts(value: object) -> tuple[str, ...]:
    """Return a string, or a list of strings. Raises MalformedPolicy."""
    return tuple(item if isinstance(item, str) else refuse(SYNTAX) for item in as_list(value))


def only(element: Object, known: set[str]) -> None:
    """Check that an object has no other members. Raises MalformedPolicy."""
    if any(key not in known for key in element):
        refuse(SYNTAX)


def prohibit(element: Object, fields: set[str]) -> None:
    """Check that an object has none of some members. Raises MalformedPolicy."""
    for name in sorted(fields & element.keys()):
        refuse(f"Has prohibited field {name}")
