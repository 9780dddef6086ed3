"""The words of HCL, as far as policies are written in it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class PolicyMalformed(ValueError):
    """The text is no policy; the message says where and what would be right."""


class Kind(Enum):
    """What a token is."""

    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One word of the text."""

    kind: Kind
    text: str
    """A string without its quotes."""
    line: int


_PATTERN = re.compile(
    r"""
      (?P<skip>   [ \t\r\n]+ | \#[^\n]* | //[^\n]* | /\*.*?\*/ )
    | (?P<string> "(?:[^"\\\n]|\\["\\nrt/]|\\u[0-9A-Fa-f]{4})*" )
    | (?P<number> -?[0-9]+(?:\.[0-9]+)?(?![\w.]) )
    | (?P<name>   [A-Za-z_][\w-]* )
    | (?P<sign>   [{}\[\]=,] )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


def tokens_of(text: str) -> Iterator[Token]:
    """Yield the text's tokens, and the end last. Raises PolicyMalformed."""
    at, line = 0, 1
    while at < len(text):
        match = _PATTERN.match(text, at)
        if match is None:
            # Here documents and interpolation are HCL too; in a policy they hide what it says.
            raise PolicyMalformed(f"line {line}: this is nothing that a policy is written in")
        if match.lastgroup != "skip":
            yield _token(Kind(match.lastgroup), match[0], line)
        line += match[0].count("\n")
        at = match.end()
    yield Token(kind=Kind.END, text="", line=line)


def _token(kind: Kind, text: str, line: int) -> Token:
    # Raw tabs stand in HCL's strings, and not in JSON's.
    read = json.loads(text, strict=False) if kind is Kind.STRING else text
    return Token(kind=kind, text=read, line=line)
