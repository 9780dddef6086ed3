"""PartiQL statements: the action and the table that IAM sees in them.

Only the verb and the table are read. The partition key is not: to IAM a PartiQL call has its own
actions, so a policy that lists item actions never allows one.
"""

import re

from devstack.aws.services.document import invalid

_LITERAL = re.compile(r"'(?:[^']|'')*'")
_NAME = r'(?:"(?P<quoted>[^"]+)"|(?P<bare>[A-Za-z0-9_.-]+))'
_STATEMENTS = {
    "SELECT": re.compile(
        rf"SELECT\b.*?\bFROM\s+{_NAME}(?:\.\"(?P<index>[^\"]+)\")?", re.DOTALL | re.IGNORECASE
    ),
    "INSERT": re.compile(rf"INSERT\s+INTO\s+{_NAME}", re.DOTALL | re.IGNORECASE),
    "UPDATE": re.compile(rf"UPDATE\s+{_NAME}", re.DOTALL | re.IGNORECASE),
    "DELETE": re.compile(rf"DELETE\s+FROM\s+{_NAME}", re.DOTALL | re.IGNORECASE),
}
ANY_TABLE = "table/*"
"""What a statement touches that names its table in no simple way: no narrower grant covers it."""


def action_and_resource(statement: str) -> tuple[str, str]:
    """Return e.g. `PartiQLSelect` and `table/notes/index/by-day`. Raises AwsError.

    Developer Guide, "Use IAM security policies with PartiQL for DynamoDB".
    """
    # A FROM inside a string must not pass for the statement's own.
    plain = _LITERAL.sub("''", statement).strip()
    verb = plain.split(None, 1)[0].upper() if plain else ""
    pattern = _STATEMENTS.get(verb)
    if pattern is None:
        raise invalid("Statement wasn't well formed, can't be processed")
    return f"PartiQL{verb.capitalize()}", _resource(pattern.match(plain), plain)


def _resource(match: re.Match[str] | None, plain: str) -> str:
    if match is None or len(re.findall(r"\bFROM\b", plain, re.IGNORECASE)) > 1:
        return ANY_TABLE
    groups = match.groupdict()
    table = f"table/{groups['quoted'] or groups['bare']}"
    return f"{table}/index/{groups['index']}" if groups.get("index") else table
