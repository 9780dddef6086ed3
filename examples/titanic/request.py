"""What a caller asks for, parsed: a model wrote the arguments, so nothing is believed."""

from collections.abc import Mapping
from dataclasses import dataclass

CLASSES = (1, 2, 3)
SEXES = ("female", "male")
PORTS = {"C": "Cherbourg", "Q": "Queenstown", "S": "Southampton"}
GROUPS = ("class", "sex", "age_band", "embarked")
MAX_ROWS = 20
MAX_AGE = 120


class ArgumentRefused(Exception):
    """An argument cannot be used; the message is for the model, and quotes nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Whom to look at; None means everybody."""

    passenger_class: int | None = None
    sex: str | None = None
    embarked: str | None = None
    age_from: int | None = None
    age_below: int | None = None


_FILTERS = ("passenger_class", "sex", "embarked", "age_from", "age_below")


def only(arguments: Mapping[str, object], *names: str) -> None:
    """Refuse arguments that a tool does not know. Raises ArgumentRefused."""
    known = (*_FILTERS, *names)
    if not set(arguments) <= set(known):
        raise ArgumentRefused(f"arguments are {', '.join(known)}, and no others")


def filters_of(arguments: Mapping[str, object]) -> Filters:
    """Parse the filters. Raises ArgumentRefused."""
    age_from, age_below = _age(arguments, "age_from"), _age(arguments, "age_below")
    if age_from is not None and age_below is not None and age_from >= age_below:
        raise ArgumentRefused("age_from is below age_below")
    port = _one_of(arguments, "embarked", tuple(PORTS))
    return Filters(
        passenger_class=_class(arguments),
        sex=_one_of(arguments, "sex", SEXES),
        embarked=port,
        age_from=age_from,
        age_below=age_below,
    )


def group_of(arguments: Mapping[str, object]) -> str:
    """Parse by what to group. Raises ArgumentRefused."""
    group = _one_of(arguments, "group_by", GROUPS)
    if group is None:
        raise ArgumentRefused(f"group_by is one of {', '.join(GROUPS)}")
    return group


def rows_of(arguments: Mapping[str, object]) -> int:
    """Parse how many rows are wanted. Raises ArgumentRefused."""
    rows = arguments.get("rows", 5)
    if isinstance(rows, bool) or not isinstance(rows, int) or not 1 <= rows <= MAX_ROWS:
        raise ArgumentRefused(f"rows is a whole number from 1 to {MAX_ROWS}")
    return rows


def _class(arguments: Mapping[str, object]) -> int | None:
    found = arguments.get("passenger_class")
    if found is None:
        return None
    # True is 1 in Python, and no class on a ship.
    if isinstance(found, bool) or not isinstance(found, int) or found not in CLASSES:
        raise ArgumentRefused("passenger_class is 1, 2 or 3")
    return found


def _one_of(arguments: Mapping[str, object], name: str, known: tuple[str, ...]) -> str | None:
    found = arguments.get(name)
    if found is None:
        return None
    if not isinstance(found, str) or found not in known:
        raise ArgumentRefused(f"{name} is one of {', '.join(known)}")
    return found


def _age(arguments: Mapping[str, object], name: str) -> int | None:
    found = arguments.get(name)
    if found is None:
        return None
    # True is 1 in Python. No fractions: a policy's language compares whole numbers alone.
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= MAX_AGE:
        return found
    raise ArgumentRefused(f"{name} is a whole number of years from 0 to {MAX_AGE}")
