"""Checks of parameters, with the sentences that AWS's own validation answers.

STS API Reference: "Request Parameters" of each action; the sentences are those of its errors.
"""

import re
import unicodedata
from collections.abc import Callable

from devstack.aws.errors import AwsError

TAG_PATTERN = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]"
"""What tags are made of, as AWS writes it; Python's `re` does not know `\\p`."""
_TAG_SYMBOLS = frozenset("_.:/=+-@")


def is_tag_text(text: str) -> bool:
    """Tell whether a text may be part of a tag: letters, separators, numbers, a few symbols."""
    return all(
        unicodedata.category(character)[0] in "LZN" or character in _TAG_SYMBOLS
        for character in text
    )


def spelled(pattern: str) -> Callable[[str], bool]:
    """Return a check that a text matches an (ASCII) pattern as a whole."""
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


class Constraints:
    """Collects what is wrong with a request, since AWS tells of all of it at once."""

    def __init__(self) -> None:
        self._violations: list[str] = []

    def present(self, value: str | None, at: str) -> str:
        """Check that a parameter was sent."""
        if value is None:
            self._violated("null", at, "Member must not be null", quoted=False)
        return value or ""

    def length(self, value: str, at: str, *, least: int, most: int) -> None:
        """Check how many characters a text has."""
        if len(value) < least:
            self._violated(value, at, f"Member must have length greater than or equal to {least}")
        if len(value) > most:
            self._violated(value, at, f"Member must have length less than or equal to {most}")

    def pattern(self, value: str, at: str, *, fits: Callable[[str], bool], shown: str) -> None:
        """Check how a text is spelled."""
        if not fits(value):
            self._violated(value, at, f"Member must satisfy regular expression pattern: {shown}")

    def count(self, values: tuple[object, ...], at: str, *, most: int) -> None:
        """Check how many members a list has."""
        if len(values) > most:
            listed = f"[{len(values)} members]"
            self._violated(listed, at, f"Member must have length less than or equal to {most}")

    def number(self, value: str, at: str, *, least: int, most: int) -> int:
        """Read an integer within bounds; the least one if it is none."""
        if not re.fullmatch(r"-?[0-9]{1,9}", value):
            self._violated(value, at, "Member must be an integer")
            return least
        if int(value) < least:
            self._violated(value, at, f"Member must have value greater than or equal to {least}")
        if int(value) > most:
            self._violated(value, at, f"Member must have value less than or equal to {most}")
        return int(value)

    def _violated(self, value: str, at: str, constraint: str, *, quoted: bool = True) -> None:
        shown = f"'{value}'" if quoted else value
        self._violations.append(
            f"Value {shown} at '{at}' failed to satisfy constraint: {constraint}"
        )

    def enforce(self) -> None:
        """Raise AwsError (ValidationError) if anything was wrong."""
        if self._violations:
            count = len(self._violations)
            noun = "error" if count == 1 else "errors"
            listed = "; ".join(self._violations)
            raise AwsError("ValidationError", 400, f"{count} validation {noun} detected: {listed}")
