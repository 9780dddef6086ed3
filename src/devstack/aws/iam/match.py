"""Wildcard matching of actions, ARNs and strings, in time linear in the text.

IAM User Guide: "IAM JSON policy elements: Action", "IAM JSON policy elements: Resource" (section
"Using wildcards in resource ARNs") and "Condition operators" (sections "String" and "ARN").

A pattern is a row of tokens, not a string: a `*` that came out of a policy variable is a plain
character there, and can never become a wildcard again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import groupby

SEPARATOR = ":"
ARN_PARTS = 6
"""`arn:partition:service:region:account:resource`; the resource may hold further colons."""


class Wild(Enum):
    """A wildcard; the two kinds `…_IN_SEGMENT` stop at a colon."""

    MANY = "*"
    ONE = "?"
    MANY_IN_SEGMENT = "* but no colon"
    ONE_IN_SEGMENT = "? but no colon"


Token = str | Wild
"""One literal character, or a wildcard."""

Pattern = tuple[Token, ...]


def glob(text: str) -> Pattern:
    """Read `*` and `?` in a text as wildcards."""
    wildcards: dict[str, Token] = {"*": Wild.MANY, "?": Wild.ONE}
    return tuple(wildcards.get(character, character) for character in text)


def literal(text: str) -> Pattern:
    """Read a text as itself."""
    return tuple(text)


def matches(pattern: Pattern, text: str) -> bool:
    """Tell whether a pattern covers the whole text."""
    return _automaton(pattern).accepts(text)


def action_matches(pattern: str, action: str) -> bool:
    """Tell whether an Action entry covers an action; prefix and name are case-insensitive."""
    return matches(glob(pattern.lower()), action.lower())


def resource_matches(pattern: Pattern, resource: str) -> bool:
    """Tell whether a Resource entry covers a resource; ARNs are case-sensitive.

    Wildcards stand for characters within a segment of the ARN, but "if the `*` wildcard is the
    last character of a resource ARN segment, it can expand to match beyond the colon boundaries"
    (IAM User Guide, "Using wildcards in resource ARNs"). So `arn:aws:s3:*` covers every S3 ARN,
    while the star in `arn:aws:sqs:us-*-1:…` stays within the region. The sixth segment is
    everything after the fifth colon: wildcards there match any character.
    """
    return matches(_arn_pattern(pattern), resource)


def arn_like(pattern: Pattern, arn: str) -> bool:
    """Tell whether two ARNs agree in each of their six components (operator `ArnLike`)."""
    ours, theirs = _components(pattern), arn.split(SEPARATOR, ARN_PARTS - 1)
    if len(ours) != ARN_PARTS or len(theirs) != ARN_PARTS:
        return False
    return all(matches(part, text) for part, text in zip(ours, theirs, strict=True))


def _components(pattern: Pattern) -> list[Pattern]:
    components: list[list[Token]] = [[]]
    for token in pattern:
        if token == SEPARATOR and len(components) < ARN_PARTS:
            components.append([])
        else:
            components[-1].append(token)
    return [tuple(component) for component in components]


@lru_cache(maxsize=4096)
def _arn_pattern(pattern: Pattern) -> Pattern:
    *segments, last = _components(_without_double_stars(pattern))
    rewritten: list[Token] = []
    for segment in segments:
        rewritten += [*_within_segment(segment), SEPARATOR]
    if len(segments) < ARN_PARTS - 1:
        return (*rewritten, *_within_segment(last))
    return (*rewritten, *last)


def _within_segment(segment: Pattern) -> Pattern:
    if segment == ():
        return segment
    stopping: dict[Token, Token] = {
        Wild.MANY: Wild.MANY_IN_SEGMENT,
        Wild.ONE: Wild.ONE_IN_SEGMENT,
    }
    inner = tuple(stopping.get(token, token) for token in segment[:-1])
    end = segment[-1]
    return (*inner, Wild.ONE_IN_SEGMENT if end is Wild.ONE else end)


def _without_double_stars(pattern: Iterable[Token]) -> Pattern:
    kept: list[Token] = []
    for token, run in groupby(pattern):
        kept += [token] if token is Wild.MANY else run
    return tuple(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Automaton:
    """All the places in a pattern that a text may have reached, as the bits of one integer.

    Every character moves every place at once, so there is nothing to back up to and no pattern
    that takes long (a regular expression with many stars would).
    """

    takes: dict[str, int]
    """For each literal character, the places that it moves on from."""
    takes_any: int
    takes_any_but_colon: int
    stays: int
    stays_but_colon: int
    stars: int
    end: int

    def accepts(self, text: str) -> bool:
        reached = self._past_stars(1)
        for character in text:
            moved = (reached & self._moves(character)) << 1
            reached = self._past_stars(moved | (reached & self._keeps(character)))
            if not reached:
                return False
        return bool(reached & self.end)

    def _moves(self, character: str) -> int:
        general = (
            self.takes_any if character == SEPARATOR else self.takes_any | self.takes_any_but_colon
        )
        return general | self.takes.get(character, 0)

    def _keeps(self, character: str) -> int:
        return self.stays if character == SEPARATOR else self.stays | self.stays_but_colon

    def _past_stars(self, reached: int) -> int:
        # A star may stand for nothing at all; stars may follow one another.
        while (further := reached | (reached & self.stars) << 1) != reached:
            reached = further
        return reached


@lru_cache(maxsize=4096)
def _automaton(pattern: Pattern) -> _Automaton:
    tokens = _without_double_stars(pattern)
    takes: dict[str, int] = {}
    wild = dict.fromkeys(Wild, 0)
    for place, token in enumerate(tokens):
        if isinstance(token, Wild):
            wild[token] |= 1 << place
        else:
            takes[token] = takes.get(token, 0) | 1 << place
    return _Automaton(
        takes=takes,
        takes_any=wild[Wild.ONE],
        takes_any_but_colon=wild[Wild.ONE_IN_SEGMENT],
        stays=wild[Wild.MANY],
        stays_but_colon=wild[Wild.MANY_IN_SEGMENT],
        stars=wild[Wild.MANY] | wild[Wild.MANY_IN_SEGMENT],
        end=1 << len(tokens),
    )
