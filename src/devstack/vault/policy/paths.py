"""Which rule of several is the one for a path: "the most specific".

Source: Vault's documentation, "Policies", priority matching, and OpenBao 2.6, which has it alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A rule's path, its templates filled."""

    text: str

    @property
    def segmented(self) -> bool:
        """Whether `+` stands for whole segments; `a+b` is a name like any other."""
        return self.text == "+" or "/+" in self.text or self.text.startswith("+/")

    @property
    def prefix(self) -> bool:
        """Whether it ends in `*`; anywhere else a star is a star."""
        return self.text.endswith("*")

    @property
    def body(self) -> str:
        """The path without that `*`."""
        return self.text[:-1] if self.prefix else self.text

    @property
    def exact(self) -> bool:
        """Whether it is one path and no other."""
        return not self.prefix and not self.segmented

    def matches(self, path: str) -> bool:
        """Return whether a path is one of those meant."""
        if not self.segmented:
            return path.startswith(self.body) if self.prefix else path == self.text
        own, asked = self.body.split("/"), path.split("/")
        if len(asked) < len(own) or (not self.prefix and len(asked) != len(own)):
            return False
        return all(
            part in {"+", asked[at]}
            or (self.prefix and at == len(own) - 1 and asked[at].startswith(part))
            for at, part in enumerate(own)
        )

    @property
    def rank(self) -> tuple[int, bool, int, int, str]:
        """Of two that match, the one of the higher rank is for the path.

        The five criteria in the documentation's order: the first wildcard comes later; it does not
        end in `*`; it has fewer `+`; it is longer; it is greater as text.
        """
        first = self.text.find("+") if self.segmented else len(self.body)
        wildcards = self.body.split("/").count("+") if self.segmented else 0
        return (first, not self.prefix, -wildcards, len(self.body), self.body)


def chosen(patterns: Iterable[Pattern], path: str, *, listing: bool) -> Pattern | None:
    """Return the pattern that decides for a path, or None: then nothing is allowed.

    An exact path goes before all others. A listing is asked of `path/`, and a rule for `path`
    serves it too, but only where no rule is for `path/`.
    """
    known = tuple(patterns)
    asked = (path, path.removesuffix("/")) if listing and path.endswith("/") else (path,)
    for one in asked:
        if (found := Pattern(text=one)) in known and found.exact:
            return found
    for one in asked:
        # Of plain prefixes the longest is the one of the highest rank, too.
        fitting = [p for p in known if not p.exact and p.matches(one)]
        if fitting:
            return max(fitting, key=lambda pattern: pattern.rank)
    return None


def requested(raw: str) -> str | None:
    """Return the path that a request's target names after `/v1/`, or None: it is none.

    Vault decodes a target once and answers one with `//` or dots by a redirect to what it comes
    to; here it is no path at all: a client that writes such a target has a fault, or is one. What
    is encoded twice stays encoded, as in Vault: it is a name with a `%` in it.
    """
    path = unquote(raw.partition("?")[0], errors="replace")
    if not path.isprintable() or not path.isascii() or "\\" in path:
        return None
    segments = path.split("/")
    inner = segments[:-1] if len(segments) > 1 and not segments[-1] else segments
    return None if any(part in {"", ".", ".."} for part in inner) else path
