"""What can be read of a Python dictionary that was sent as its `repr`.

`bedrock_agentcore` sends an object that is no JSON as `str(object)`. Strands puts what a client
needs at the front (`{'data': 'Hello', 'delta': …`) and objects behind it (`'agent': <…>`): so the
members before the first object are read, and nothing is evaluated but literals.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any, cast

_MOST_CHARS = 65536
"""How far into it one looks: what a client needs is a token, or a tool's arguments."""

_MOST_DEPTH = 20
"""The interpreter's own parser must not be led too deep (`ast.literal_eval`, its warning)."""

_ESCAPE = r"\\(?:[\\'nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})"
_TOKEN = re.compile(
    # Only the escapes that `repr` writes: the parser would print a warning about others.
    rf"(?P<string>b?'(?:[^'\\]|{_ESCAPE})*+'|b?\"(?:[^\"\\]|{_ESCAPE})*+\")"
    r"|(?P<open>[\[{(])|(?P<close>[\])}])|(?P<comma>,)"
    r"|(?P<plain>[\s:]++|None\b|True\b|False\b|-?\d[\d.e+-]*+)",
    re.DOTALL,
)


def members_of(text: str) -> Mapping[str, Any]:
    """Return the members before the first that is no literal; none if it is no dictionary."""
    literal = _literal(text[:_MOST_CHARS])
    if literal is None:
        return {}
    try:
        parsed: object = ast.literal_eval(literal)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return {}
    if not isinstance(parsed, dict):
        return {}
    members = cast("dict[object, Any]", parsed)
    return {key: value for key, value in members.items() if isinstance(key, str)}


def _literal(text: str) -> str | None:
    """Return the dictionary up to its end, or up to its first member that is no literal."""
    depth = at = cut = 0
    while token := _TOKEN.match(text, at):
        kind = token.lastgroup
        at = token.end()
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        if kind == "comma" and depth == 1:
            cut = token.start()
        if depth == 0:
            return text[:at]
        if depth > _MOST_DEPTH:
            break
    return text[:cut] + "}" if cut else None
