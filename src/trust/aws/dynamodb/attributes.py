"""Items as DynamoDB writes them in JSON: every value under the letter of its type.

Amazon DynamoDB API Reference, `AttributeValue`: `S` text, `N` a number as text, `B` base64.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from trust.clock import NumericDate
from trust.store.table import Attribute, Item, Key, RowMalformed, unreadable

Row = Mapping[str, Mapping[str, Any]]


def key_of(key: Key) -> dict[str, dict[str, str]]:
    """Return the two attributes that a key is."""
    return {"pk": {"S": key.partition}, "sk": {"S": key.sort}}


def row_of(item: Item) -> dict[str, dict[str, str]]:
    """Return an item as it is stored."""
    row = key_of(item.key)
    row["version"] = {"N": str(item.version)}
    if item.expires_at is not None:
        # A number of seconds: DynamoDB's time to live takes it from here.
        row["expires_at"] = {"N": str(item.expires_at)}
    for name, value in item.attributes.items():
        row[name] = _value(value)
    return row


def item_of(row: Row) -> Item:
    """Read a row. Raises RowMalformed where it is not of the table's form."""
    try:
        plain = {name: plain_of(value) for name, value in row.items()}
        partition, sort = str(plain.pop("pk")), str(plain.pop("sk"))
        version, expires_at = plain.pop("version"), plain.pop("expires_at", None)
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise RowMalformed("a row without its key or version, or no row at all") from error
    if not isinstance(version, int) or not isinstance(expires_at, int | None):
        raise RowMalformed("a row whose version or expiry is no number")
    expiry = None if expires_at is None else NumericDate(expires_at)
    return Item(key=Key(partition, sort), version=version, expires_at=expiry, attributes=plain)


def one_of_many(row: Row) -> Item:
    """Read a row of a query, which cannot be without its key."""
    try:
        return item_of(row)
    except RowMalformed:
        return unreadable(Key(row["pk"]["S"], row["sk"]["S"]))


def plain_of(value: Mapping[str, Any]) -> Attribute:
    """Read a value. Raises ValueError, or TypeError for what is none."""
    ((kind, content),) = value.items()
    if kind == "S":
        return str(content)
    if kind == "N":
        return int(content)
    if kind == "B":
        return binascii.a2b_base64(content, strict_mode=True)
    # Of no type that is written here: kept as text, so that it hinders nobody.
    return str(content)


def _value(value: Attribute) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"B": base64.b64encode(value).decode()}
    return {"S": value} if isinstance(value, str) else {"N": str(value)}
