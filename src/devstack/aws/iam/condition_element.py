"""Reading the Condition element.

IAM User Guide: "IAM JSON policy elements: Condition" and "Condition operators".
"""

from decimal import Decimal

from devstack.aws.iam.operators import operator
from devstack.aws.iam.quantities import instant
from devstack.aws.iam.reading import SYNTAX, Object, as_list, as_object, refuse
from devstack.aws.iam.statement import Clause


def conditions(value: object) -> tuple[Clause, ...]:
    """Read a Condition block. Raises MalformedPolicy."""
    return tuple(
        clause
        for name, keys in as_object(value).items()
        for clause in _clauses(name, as_object(keys))
    )


def _clauses(name: str, keys: Object) -> list[Clause]:
    known = operator(name)
    if known is None:
        refuse(SYNTAX)
    if len({key.lower() for key in keys}) != len(keys):
        refuse(f"{name} holds condition keys that differ only in case")
    clauses = [
        Clause(operator=known, key=key.lower(), values=_values(value))
        for key, value in keys.items()
    ]
    for clause in clauses:
        # Of all typed values, dates alone are checked by AWS when a policy is stored.
        if known.name.startswith("Date") and None in map(instant, clause.values):
            refuse("The policy failed legacy parsing")
    return clauses


def _values(value: object) -> tuple[str, ...]:
    return tuple(_text(item) for item in as_list(value))


def _text(value: object) -> str:
    # "Quotation marks are optional for numeric and Boolean values."
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float | Decimal):
        return str(value)
    return refuse(SYNTAX)
