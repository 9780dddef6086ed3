"""Filling the policy templates of `infra/policies`."""

import json
import re
from collections.abc import Mapping, Sequence

_PLACEHOLDER = re.compile(r'"@([A-Z_]+)@"|@([A-Z_]+)@')
_PATTERN_CHARACTERS = frozenset("*?$")


class TemplateError(ValueError):
    """A placeholder without a value, or a value that would change what the policy means."""


def filled(template: str, values: Mapping[str, str | Sequence[str]]) -> str:
    """Return the policy document. Raises TemplateError.

    A list replaces its placeholder together with the quotation marks; it cannot stand inside a
    longer text.
    """

    def value_of(match: re.Match[str]) -> str:
        alone, inside = match[1], match[2]
        value = _checked(alone or inside, values)
        if alone:
            return json.dumps(value)
        if not isinstance(value, str):
            raise TemplateError(f"@{inside}@ is a list, and stands inside a longer text")
        return json.dumps(value)[1:-1]

    return _PLACEHOLDER.sub(value_of, template)


def _checked(name: str, values: Mapping[str, str | Sequence[str]]) -> str | list[str]:
    value = values.get(name)
    if value is None:
        raise TemplateError(f"@{name}@ has no value")
    entries = [value] if isinstance(value, str) else list(value)
    for entry in entries:
        # A tenant called "*" would be everybody, one called "${…}" whoever asks.
        if not entry or _PATTERN_CHARACTERS & set(entry):
            raise TemplateError(f"@{name}@: {entry!r} is empty or holds one of * ? $")
    return value if isinstance(value, str) else entries
