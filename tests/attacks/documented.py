"""An answer held to what the OpenAPI document says of it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from fakes.proxy.asgi import Answer

Document = Mapping[str, Any]

METHODS = frozenset({"get", "put", "post", "delete", "patch"})

_KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}
_TEXT = frozenset({"title", "description", "default"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation, with the document that it stands in."""

    method: str
    path: str
    says: Document
    document: Document

    @property
    def name(self) -> str:
        """How a person calls it."""
        return f"{self.method.upper()} {self.path}"

    @property
    def parameters(self) -> list[Document]:
        """Its parameters."""
        found: list[Document] = self.says.get("parameters", [])
        return found

    def faults_of(self, answer: Answer) -> list[str]:
        """Return what is not as documented; nothing, if all is."""
        said = self.says["responses"].get(str(answer.status))
        if said is None:
            return [f"{answer.status} is not documented"]
        missing = [
            f"{name} is missing"
            for name, header in said.get("headers", {}).items()
            if header.get("required") and answer.header(name.lower()) is None
        ]
        return [*missing, *self._faults_of_body(answer, said.get("content", {}))]

    def _faults_of_body(self, answer: Answer, content: Document) -> list[str]:
        kind = (answer.header("content-type") or "").partition(";")[0]
        if not content:
            return ["a body where none is documented"] if answer.body else []
        if kind not in content:
            return [f"{kind or 'no content type'} is not documented for {answer.status}"]
        schema = content[kind].get("schema", {})
        return faults(answer.json, schema, self.document) if kind.endswith("json") else []


def operations(document: Document) -> list[Operation]:
    """Return all of a document's operations."""
    return [
        Operation(method=method, path=path, says=says, document=document)
        for path, item in document["paths"].items()
        for method, says in item.items()
        if method in METHODS
    ]


def faults(value: object, schema: Document, document: Document, *, at: str = "$") -> list[str]:
    """Return how a value differs from its schema: as much of JSON Schema as our document uses.

    Raises KeyError for anything else: a word that is not checked must not look as if it were.
    """
    return [
        fault
        for word, meant in schema.items()
        if word not in _TEXT
        for fault in _CHECKS[word](value, meant, schema, document, at)
    ]


Check = Callable[[Any, Any, Document, Document, str], Iterator[str]]


def _ref(value: Any, meant: str, _: Document, document: Document, at: str) -> Iterator[str]:
    found: Any = document
    for step in meant.removeprefix("#/").split("/"):
        found = found[step]
    yield from faults(value, found, document, at=at)


def _type(value: Any, meant: str, _: Document, __: Document, at: str) -> Iterator[str]:
    is_number = meant in {"integer", "number"}
    if not isinstance(value, _KINDS[meant]) or (is_number and isinstance(value, bool)):
        yield f"{at} is no {meant}"


def _any(value: Any, meant: list[Any], _: Document, document: Document, at: str) -> Iterator[str]:
    if all(faults(value, one, document, at=at) for one in meant):
        yield f"{at} is none of the forms"


def _const(value: Any, meant: Any, _: Document, __: Document, at: str) -> Iterator[str]:
    if value != meant:
        yield f"{at} is not {meant!r}"


def _enum(value: Any, meant: list[Any], _: Document, __: Document, at: str) -> Iterator[str]:
    if value not in meant:
        yield f"{at} is none of {meant!r}"


def _pattern(value: Any, meant: str, _: Document, __: Document, at: str) -> Iterator[str]:
    if isinstance(value, str) and not re.search(meant, value):
        yield f"{at} is not of the form {meant}"


def _least(value: Any, meant: float, _: Document, __: Document, at: str) -> Iterator[str]:
    if isinstance(value, int | float) and value < meant:
        yield f"{at} is less than {meant}"


def _most(value: Any, meant: float, _: Document, __: Document, at: str) -> Iterator[str]:
    if isinstance(value, int | float) and value > meant:
        yield f"{at} is more than {meant}"


def _items(value: Any, meant: Any, _: Document, document: Document, at: str) -> Iterator[str]:
    for index, one in enumerate(cast("list[object]", value) if isinstance(value, list) else []):
        yield from faults(one, meant, document, at=f"{at}[{index}]")


def _required(value: Any, meant: list[str], _: Document, __: Document, at: str) -> Iterator[str]:
    yield from (f"{at}.{name} is missing" for name in meant if name not in value)


def _members(value: Any, meant: Any, _: Document, document: Document, at: str) -> Iterator[str]:
    members = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    for name in meant.keys() & members.keys():
        yield from faults(members[name], meant[name], document, at=f"{at}.{name}")


def _others(value: Any, meant: Any, schema: Document, _: Document, at: str) -> Iterator[str]:
    unknown = value.keys() - schema.get("properties", {}).keys()
    if unknown and not meant:
        yield f"{at} has {sorted(unknown)}, which is not documented"


_CHECKS: Mapping[str, Check] = {
    "$ref": _ref,
    "type": _type,
    "anyOf": _any,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "minimum": _least,
    "maximum": _most,
    "items": _items,
    "required": _required,
    "properties": _members,
    "additionalProperties": _others,
}
