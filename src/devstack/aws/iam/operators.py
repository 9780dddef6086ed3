"""The condition operators and what each of them compares.

IAM User Guide: "IAM JSON policy elements: Condition operators". Negated operators are the
positive ones turned round, so each comparison is written once.
"""

import base64
import binascii
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from operator import eq, ge, gt, le, lt
from typing import TypeVar

from devstack.aws.iam.context import Context
from devstack.aws.iam.match import Pattern, Wild, arn_like, glob, literal, matches
from devstack.aws.iam.quantities import instant, number
from devstack.aws.iam.variables import Reader, expanded

Comparison = Callable[[str, str, Context | None], bool]
"""The request's value, the policy's value, and the context for variables (None: plain text)."""


class Qualifier(Enum):
    """How an operator treats a key with several values."""

    ALL = "ForAllValues:"
    ANY = "ForAnyValue:"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A condition operator with its qualifier and suffix."""

    name: str
    compare: Comparison | None
    """None for `Null`, which looks at no value."""
    negated: bool
    qualifier: Qualifier
    if_exists: bool


def _pattern(text: str, context: Context | None, reader: Reader) -> Pattern | None:
    return reader(text) if context is None else expanded(text, context, reader=reader)


def _plain(text: str, context: Context | None) -> str | None:
    pattern = _pattern(text, context, literal)
    if pattern is None:
        return None
    return "".join(token for token in pattern if not isinstance(token, Wild))


def _equals(ours: str, theirs: str, context: Context | None) -> bool:
    return ours == _plain(theirs, context)


def _equals_ignoring_case(ours: str, theirs: str, context: Context | None) -> bool:
    plain = _plain(theirs, context)
    return plain is not None and ours.lower() == plain.lower()


def _like(ours: str, theirs: str, context: Context | None) -> bool:
    pattern = _pattern(theirs, context, glob)
    return pattern is not None and matches(pattern, ours)


def _arn(ours: str, theirs: str, context: Context | None) -> bool:
    pattern = _pattern(theirs, context, glob)
    return pattern is not None and arn_like(pattern, ours)


def _bool(ours: str, theirs: str, context: Context | None) -> bool:
    plain = _plain(theirs, context)
    return (
        plain is not None and plain.lower() in {"true", "false"} and ours.lower() == plain.lower()
    )


def _binary(ours: str, theirs: str, _context: Context | None) -> bool:
    # Both sides carry base64: a policy is text, and so are the values of a request context.
    left, right = _bytes(ours), _bytes(theirs)
    return left is not None and left == right


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _ip(ours: str, theirs: str, _context: Context | None) -> bool:
    try:
        # Not strict: AWS accepts "203.0.113.7/24" for the network around that address.
        return ipaddress.ip_address(ours) in ipaddress.ip_network(theirs, strict=False)
    except ValueError:
        return False


Quantity = TypeVar("Quantity", Decimal, Fraction)


def _ordered(
    read: Callable[[str], Quantity | None], holds: Callable[[Quantity, Quantity], bool]
) -> Comparison:
    def compare(ours: str, theirs: str, _context: Context | None) -> bool:
        left, right = read(ours), read(theirs)
        return left is not None and right is not None and holds(left, right)

    return compare


_POSITIVE: dict[str, Comparison | None] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": _like,
    "NumericEquals": _ordered(number, eq),
    "NumericLessThan": _ordered(number, lt),
    "NumericLessThanEquals": _ordered(number, le),
    "NumericGreaterThan": _ordered(number, gt),
    "NumericGreaterThanEquals": _ordered(number, ge),
    "DateEquals": _ordered(instant, eq),
    "DateLessThan": _ordered(instant, lt),
    "DateLessThanEquals": _ordered(instant, le),
    "DateGreaterThan": _ordered(instant, gt),
    "DateGreaterThanEquals": _ordered(instant, ge),
    "Bool": _bool,
    "BinaryEquals": _binary,
    "IpAddress": _ip,
    # "The ArnEquals and ArnLike condition operators behave identically."
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Null": None,
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def operator(text: str) -> Operator | None:
    """Read an operator's name with its qualifier and suffix; None if AWS has no such operator.

    "You can add IfExists to the end of any condition operator name except the Null condition."
    """
    qualifier = next(kind for kind in Qualifier if text.startswith(kind.value))
    name = text.removeprefix(qualifier.value)
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    negated = name in _NEGATED
    positive = _NEGATED.get(name, name)
    if positive not in _POSITIVE or (if_exists and name == "Null"):
        return None
    return Operator(
        name=name,
        compare=_POSITIVE[positive],
        negated=negated,
        qualifier=qualifier,
        if_exists=if_exists,
    )
