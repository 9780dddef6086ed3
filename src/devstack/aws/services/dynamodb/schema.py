"""Which attribute is the partition key of a table or an index."""

from collections.abc import Callable
from dataclasses import dataclass

from devstack.aws.services.document import Document, documents, mapping, text

Schema = Callable[[str, str | None], str | None]
"""From a table's name and an index's name (None for the table itself) to the partition key's
attribute; None if there is no such table or index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableKeys:
    """The partition keys of one table and of its indexes."""

    table: str
    indexes: dict[str, str]

    def partition_key(self, index: str | None) -> str | None:
        """Return the attribute; None for an index that the table does not have."""
        return self.table if index is None else self.indexes.get(index)


def table_keys(description: Document) -> TableKeys:
    """Read the answer of DescribeTable."""
    table = mapping(description, "Table")
    indexes = documents(table, "GlobalSecondaryIndexes") + documents(table, "LocalSecondaryIndexes")
    return TableKeys(
        table=_hash_attribute(table),
        indexes={text(index, "IndexName"): _hash_attribute(index) for index in indexes},
    )


def _hash_attribute(described: Document) -> str:
    [key, *_] = [k for k in documents(described, "KeySchema") if k.get("KeyType") == "HASH"]
    return text(key, "AttributeName")
