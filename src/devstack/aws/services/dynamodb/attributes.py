"""The condition key `dynamodb:Attributes`: the top-level attributes that a request names."""

import re
from collections.abc import Iterator

from devstack.aws.services.document import Document, mapping, texts

_EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
_BY_NAME = (
    "AttributeUpdates",
    "Expected",
    "Item",
    "Key",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
)
_PATH = re.compile(
    r"(?P<name>[#:]?[A-Za-z0-9_]+)(?:\.[#A-Za-z0-9_]+|\[\d+\])*(?P<call>\s*\()?", re.ASCII
)
_KEYWORDS = frozenset({"and", "or", "not", "in", "between", "set", "remove", "add", "delete"})


def attributes(request: Document) -> tuple[str, ...]:
    """Return the names, sorted; of a path such as `address.street[0]` only the first.

    Service Authorization Reference, "Condition keys for Amazon DynamoDB".
    """
    found = set(texts(request, "AttributesToGet"))
    for member in _BY_NAME:
        found.update(mapping(request, member))
    names = mapping(request, "ExpressionAttributeNames")
    for member in _EXPRESSIONS:
        found.update(_named_in(request.get(member), names))
    return tuple(sorted(found))


def _named_in(expression: object, names: Document) -> Iterator[str]:
    for match in _PATH.finditer(expression if isinstance(expression, str) else ""):
        name = match["name"]
        # Three things that look like a name and are none: a value, a keyword, a function.
        if name.startswith(":") or name.lower() in _KEYWORDS or _is_function(match):
            continue
        yield str(names.get(name, name))


def _is_function(match: re.Match[str]) -> bool:
    return match["call"] is not None
