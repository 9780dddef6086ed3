"""A request's fields, read as Vault's framework reads them: with some good will about types.

A duration may be a number of seconds or a Go duration, a list may be one text with commas.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

Document = Mapping[str, object]

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
_DURATION = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)


class FieldRefused(Exception):
    """A field that cannot be read; the text names it, never its value."""

    def __init__(self, name: str) -> None:
        super().__init__(f"error converting input for field {name!r}")


@dataclass(frozen=True, slots=True)
class Fields:
    """The members of a request's body and query."""

    all: Document

    def has(self, name: str) -> bool:
        """Whether a field was sent with a value."""
        return self.all.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """Return a text. Raises FieldRefused."""
        value = self.all.get(name)
        if value is None:
            return default
        if isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise FieldRefused(name)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a truth value. Raises FieldRefused."""
        value = self.all.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if value in {"true", "1", 1}:
            return True
        if value in {"false", "0", "", 0}:
            return False
        raise FieldRefused(name)

    def whole(self, name: str, default: int = 0) -> int:
        """Return a whole number. Raises FieldRefused."""
        value = self.all.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            return int(value)
        raise FieldRefused(name)

    def seconds(self, name: str, default: float = 0) -> float:
        """Return a duration in seconds. Raises FieldRefused."""
        value = self.all.get(name)
        if value is None or value == "":
            return default
        seconds = duration_s(value)
        if seconds is None:
            raise FieldRefused(name)
        return seconds

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; one text is split at its commas. Raises FieldRefused."""
        value = self.all.get(name)
        if value is None:
            return ()
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        if isinstance(value, list):
            entries = cast("list[object]", value)
            kept = tuple(entry for entry in entries if isinstance(entry, str))
            if len(kept) == len(entries):
                return kept
        raise FieldRefused(name)

    def mapping(self, name: str) -> Document:
        """Return an object. Raises FieldRefused."""
        value = self.all.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise FieldRefused(name)
        return cast("Document", value)


def duration_s(value: object) -> float | None:
    """Return a duration in seconds, from a number or a text such as `90`, `15m`, `1h30m`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, str):
        return None
    if _WHOLE.fullmatch(value):
        return float(value)
    if not _DURATION.fullmatch(value):
        return None
    return sum(float(number) * _UNITS_S[unit] for number, unit in _PART.findall(value))
