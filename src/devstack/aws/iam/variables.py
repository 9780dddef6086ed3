"""Policy variables: `${key}`, `${key, 'default'}` and the literal `${*}`, `${?}`, `${$}`.

IAM User Guide: "IAM policy elements: Variables and tags". What a variable inserts is literal text:
a tag whose value is `*` names a thing called `*`, and nothing else.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from devstack.aws.iam.context import Context
from devstack.aws.iam.match import ARN_PARTS, Pattern, glob, literal

Reader = Callable[[str], Pattern]
"""How the text around variables is read: `glob` or `literal`."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_WITH_DEFAULT = re.compile(r"([^,]*), '([^']*)'")
_SPECIAL = frozenset("*?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variable:
    key: str
    default: str | None


_Part = Pattern | _Variable


def expanded(text: str, context: Context, *, reader: Reader) -> Pattern | None:
    """Replace the variables of a condition value; None if one of them has no value.

    "When policy variables reference a condition context key that has no value or is not present
    …, the value is effectively null. There is no equal or like value" (section "Policy variables
    with no value").
    """
    return _joined(_parts(text, reader), context)


def expanded_resource(text: str, context: Context) -> Pattern | None:
    """Replace the variables of a Resource entry; None if one of them has no value.

    Only the part behind the fifth colon may hold variables (section "Resource element"); before
    it, the text is taken as it stands, and so matches nothing real.
    """
    *prefix, rest = text.split(":", ARN_PARTS - 1)
    if len(prefix) < ARN_PARTS - 1:
        return glob(text)
    tail = _joined(_parts(rest, glob), context)
    return None if tail is None else (*glob("".join(f"{part}:" for part in prefix)), *tail)


def _joined(parts: tuple[_Part, ...], context: Context) -> Pattern | None:
    pattern: Pattern = ()
    for part in parts:
        if isinstance(part, _Variable):
            value = _value(part, context)
            if value is None:
                return None
            pattern += literal(value)
        else:
            pattern += part
    return pattern


def _value(variable: _Variable, context: Context) -> str | None:
    values = context.get(variable.key)
    if len(values) > 1:
        # "You can't use a multivalued condition key as a variable" (section "Using variables").
        return None
    # An empty value is no value: with it, `bucket/${tag}/*` would become `bucket//*`.
    return (values[0] if values else "") or variable.default


@lru_cache(maxsize=4096)
def _parts(text: str, reader: Reader) -> tuple[_Part, ...]:
    # re.split with one group: text, variable, text, variable, … text.
    pieces = _VARIABLE.split(text)
    parts: list[_Part] = []
    for place, piece in enumerate(pieces):
        if place % 2 == 0:
            parts.append(reader(piece))
        elif piece in _SPECIAL:
            parts.append(literal(piece))
        else:
            parts.append(_variable(piece))
    return tuple(parts)


def _variable(inside: str) -> _Variable:
    with_default = _WITH_DEFAULT.fullmatch(inside)
    if with_default:
        return _Variable(key=with_default[1], default=with_default[2])
    return _Variable(key=inside, default=None)
