"""Reading the JSON documents that AWS's JSON protocols carry, without trusting their shape."""

import json
from collections.abc import Mapping
from typing import cast

from devstack.aws.errors import AwsError

Document = Mapping[str, object]


def document(body: bytes) -> Document:
    """Read a request's body as one JSON object; an empty body is an empty one. Raises AwsError."""
    try:
        read: object = json.loads(body or b"{}")
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise AwsError("SerializationException", 400, "The body is not a JSON object.")
    return cast("Document", read)


def text(document: Document, name: str) -> str:
    """Return a member that must be a text. Raises AwsError."""
    value = document.get(name)
    if not isinstance(value, str):
        raise invalid(f"{name} is missing or not a string.")
    return value


def optional_text(document: Document, name: str) -> str | None:
    """Return a member that is a text if it is there at all. Raises AwsError."""
    return None if document.get(name) is None else text(document, name)


def mapping(document: Document, name: str) -> Document:
    """Return a member that is an object; an absent one is empty. Raises AwsError."""
    value = document.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(f"{name} is not an object.")
    return cast("Document", value)


def sequence(document: Document, name: str) -> list[object]:
    """Return a member that is a list; an absent one is empty. Raises AwsError."""
    value = document.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid(f"{name} is not a list.")
    return cast("list[object]", value)


def documents(document: Document, name: str) -> list[Document]:
    """Return a member that is a list of objects. Raises AwsError."""
    return [as_document(entry, name) for entry in sequence(document, name)]


def texts(document: Document, name: str) -> list[str]:
    """Return a member that is a list of texts. Raises AwsError."""
    entries = sequence(document, name)
    kept = [entry for entry in entries if isinstance(entry, str)]
    if len(kept) != len(entries):
        raise invalid(f"{name} is not a list of strings.")
    return kept


def as_document(value: object, name: str) -> Document:
    """Return a value that must be an object. Raises AwsError."""
    if not isinstance(value, dict):
        raise invalid(f"{name} is not an object.")
    return cast("Document", value)


def invalid(message: str) -> AwsError:
    """Return the refusal of a request that is malformed."""
    return AwsError("ValidationException", 400, message)
