"""A role's statements, made ready to run as Vault's plugin for PostgreSQL makes them.

(API docs, "PostgreSQL database plugin HTTP API"; OpenBao 2, `plugins/database/postgresql`.)
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from devstack.vault.fields import Document, Fields

RENEWAL = """ALTER ROLE "{{name}}" VALID UNTIL '{{expiration}}'"""
ROTATION = """ALTER ROLE "{{name}}" WITH PASSWORD '{{password}}'"""
"""What is run where a role has no statements of its own."""

BUFFER_S = 5
"""A user outlives its lease by this much, so that it never ends before."""

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_BLOCK = re.compile(r"\bEND\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """How the users of a role are made, kept and ended."""

    creation: tuple[str, ...]
    renewal: tuple[str, ...]
    revocation: tuple[str, ...]

    def shown(self) -> Document:
        """Return them as the role's fields."""
        return {
            "creation_statements": list(self.creation),
            "renew_statements": list(self.renewal),
            "revocation_statements": list(self.revocation),
        }


def statements_of(fields: Fields) -> Statements:
    """Read a role's statements. Raises FieldRefused."""
    return Statements(
        creation=_texts(fields, "creation_statements"),
        renewal=_texts(fields, "renew_statements"),
        revocation=_texts(fields, "revocation_statements"),
    )


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    # One text is one statement, whose commas are its own.
    return (fields.text(name),) if isinstance(fields.all.get(name), str) else fields.texts(name)


def queries(statements: Iterable[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the queries, with the values where their names stand: `{{name}}`, nothing escaped."""
    return tuple(
        _filled(query.strip(), values)
        for statement in statements
        for query in _split(statement)
        if query.strip()
    )


def expiration(at: float) -> str:
    """Write the end of a lease as `VALID UNTIL` takes it."""
    return datetime.fromtimestamp(at + BUFFER_S, UTC).strftime("%Y-%m-%d %H:%M:%S%z")


def _split(statement: str) -> list[str]:
    # A block (`DO $$ … END $$`) has semicolons of its own, and goes as it is.
    if _BLOCK.search(_QUOTED.sub("", statement)):
        return [statement]
    return statement.split(";")


def _filled(query: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        query = query.replace(f"{{{{{name}}}}}", value)
    return query
