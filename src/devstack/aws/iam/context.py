"""The request context: what is known about a request, by condition key."""

from collections.abc import Mapping
from typing import final


@final
class Context:
    """Values by condition key; "key names are not case-sensitive" (Condition element).

    Two keys that differ only in case are one key with the values of both.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values: dict[str, tuple[str, ...]] = {}
        for key, given in values.items():
            self._values[key.lower()] = self._values.get(key.lower(), ()) + tuple(given)

    def get(self, key: str) -> tuple[str, ...]:
        """Return a key's values; none if the key is absent or its set is empty."""
        return self._values.get(key.lower(), ())
