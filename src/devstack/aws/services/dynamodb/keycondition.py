"""Key conditions of a Query: one strict grammar, and one way to write them down again.

What decides about access must read the condition as the store behind it does. So what this grammar
does not know is refused, and the store is handed the condition as it was understood here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from devstack.aws.errors import AwsError
from devstack.aws.services.document import Document, as_document, invalid, mapping, sequence, text

_TOKEN = re.compile(
    r"\s*(?P<token>[#:]?[A-Za-z_][A-Za-z0-9_]*|[#:][A-Za-z0-9_]+|<=|>=|[=<>(),])", re.ASCII
)
_COMPARATORS = frozenset({"=", "<", "<=", ">", ">="})

LONGEST_EXPRESSION = 4096
"""DynamoDB's limit for any expression, in bytes (Developer Guide, "Quotas")."""
MOST_PARENTHESES = 20
"""Ours: the parser calls itself once for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCondition:
    """One condition: an attribute's placeholder or name, an operator, one or two placeholders."""

    name: str
    operator: str
    values: tuple[str, ...]

    @property
    def expression(self) -> str:
        """The condition in the one form that is passed on."""
        if self.operator == "begins_with":
            return f"begins_with({self.name}, {self.values[0]})"
        return f"{self.name} {self.operator} {' AND '.join(self.values)}"


def key_conditions(expression: str) -> tuple[KeyCondition, ...]:
    """Parse a KeyConditionExpression. Raises AwsError (ValidationException).

    DynamoDB Developer Guide, "Key condition expressions for the Query operation": conditions
    joined by AND, each `name op :value`, `name BETWEEN :a AND :b` or `begins_with(name, :value)`,
    any of them in parentheses.
    """
    if len(expression) > LONGEST_EXPRESSION or expression.count("(") > MOST_PARENTHESES:
        raise _unreadable(expression[:80])
    tokens = _Tokens(expression)
    conditions = tokens.conjunction()
    if tokens.peek is not None:
        raise _unreadable(expression)
    return conditions


def _unreadable(expression: str) -> AwsError:
    return invalid(f"Invalid KeyConditionExpression: Syntax error; {expression!r}")


class _Tokens:
    """A row of tokens, read from the left by recursive descent."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = list(_tokens(expression))
        self._at = 0

    @property
    def peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def conjunction(self) -> tuple[KeyCondition, ...]:
        conditions = self._term()
        while (self.peek or "").upper() == "AND":
            self._next()
            conditions += self._term()
        return conditions

    def _term(self) -> tuple[KeyCondition, ...]:
        if self.peek == "(":
            self._next()
            inside = self.conjunction()
            self._expect(")")
            return inside
        if self.peek == "begins_with":
            return (self._begins_with(),)
        return (self._comparison(),)

    def _begins_with(self) -> KeyCondition:
        self._next()
        self._expect("(")
        name = self._name()
        self._expect(",")
        value = self._value()
        self._expect(")")
        return KeyCondition(name=name, operator="begins_with", values=(value,))

    def _comparison(self) -> KeyCondition:
        name = self._name()
        operator = self._next().upper()
        if operator in _COMPARATORS:
            return KeyCondition(name=name, operator=operator, values=(self._value(),))
        if operator != "BETWEEN":
            raise _unreadable(self._expression)
        low = self._value()
        self._expect("AND")
        return KeyCondition(name=name, operator=operator, values=(low, self._value()))

    def _name(self) -> str:
        token = self._next()
        if not re.match(r"#|[A-Za-z_]", token):
            raise _unreadable(self._expression)
        return token

    def _value(self) -> str:
        token = self._next()
        if not token.startswith(":"):
            raise _unreadable(self._expression)
        return token

    def _expect(self, token: str) -> None:
        if self._next().upper() != token:
            raise _unreadable(self._expression)

    def _next(self) -> str:
        token = self.peek
        if token is None:
            raise _unreadable(self._expression)
        self._at += 1
        return token


def _tokens(expression: str) -> Iterator[str]:
    rest = expression.rstrip()
    at = 0
    while at < len(rest):
        match = _TOKEN.match(rest, at)
        if match is None:
            raise _unreadable(expression)
        yield match["token"]
        at = match.end()


def partition_value(query: Document, *, attribute: str) -> object:
    """Return the attribute value that a Query asks for as its partition. Raises AwsError.

    Both the expression and the older `KeyConditions` are read; a request with both is refused, as
    DynamoDB does, and so is one that names the partition key twice.
    """
    expression, legacy = query.get("KeyConditionExpression"), mapping(query, "KeyConditions")
    if expression is not None and legacy:
        raise invalid("Can not use both expression and non-expression parameters")
    if expression is None:
        return _legacy_value(legacy, attribute)
    conditions = key_conditions(text(query, "KeyConditionExpression"))
    names = mapping(query, "ExpressionAttributeNames")
    ours = [c for c in conditions if _resolved(c.name, names) == attribute]
    if len(ours) != 1 or ours[0].operator != "=":
        raise invalid(f"Query condition missed key schema element: {attribute}")
    return mapping(query, "ExpressionAttributeValues").get(ours[0].values[0])


def _resolved(name: str, names: Document) -> object:
    return names.get(name) if name.startswith("#") else name


def _legacy_value(conditions: Document, attribute: str) -> object:
    condition = as_document(conditions.get(attribute, {}), attribute)
    values = sequence(condition, "AttributeValueList")
    if condition.get("ComparisonOperator") != "EQ" or len(values) != 1:
        raise invalid(f"Query condition missed key schema element: {attribute}")
    return values[0]
