"""Reading the Query protocol's form, where a list is `Tags.member.1.Key`, `Tags.member.2.Key` …"""

import re
from collections.abc import Mapping

Form = Mapping[str, str]


def members(form: Form, name: str, *, field: str = "") -> tuple[str | None, ...]:
    """Return the values of a list in order; None where a member lacks the field."""
    suffix = f".{field}" if field else ""
    return tuple(form.get(f"{name}.member.{index}{suffix}") for index in _indexes(form, name))


def _indexes(form: Form, name: str) -> list[int]:
    pattern = re.compile(rf"{re.escape(name)}\.member\.([1-9][0-9]{{0,5}})(?:\..+)?")
    return sorted({int(found[1]) for key in form if (found := pattern.fullmatch(key))})
