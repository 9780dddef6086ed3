"""Requests and answers, checked against botocore's own model of the service.

botocore's client checks required members and types; AWS checks patterns, enums, lengths, ranges,
unions and unknown members as well, and so does this.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

Members = dict[str, Any]
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "boolean": (bool,),
}
_HOLE = re.compile(r"\{(\w+)\}")


@cache
def service() -> ServiceModel:
    """Return the model of the control plane."""
    return botocore.session.Session().get_service_model("bedrock-agentcore-control")


def operation(name: str) -> OperationModel:
    """Return one operation."""
    return service().operation_model(name)


def input_shape(name: str) -> StructureShape:
    """Return the structure of an operation's request."""
    shape = operation(name).input_shape
    assert shape is not None
    return shape


def output_shape(name: str) -> StructureShape | None:
    """Return the structure of an operation's answer."""
    return operation(name).output_shape


def faults(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """Yield what is wrong with a value."""
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield f"{path}: a list is wanted"
            return
        entries = cast("list[object]", value)
        yield from _bounds(shape, len(entries), path)
        for number, entry in enumerate(entries):
            yield from faults(shape.member, entry, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        yield from _map(shape, value, path)
    else:
        yield from _scalar(shape, value, path)


def _structure(shape: StructureShape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: a structure is wanted"
        return
    members = cast("Members", value)
    if getattr(shape, "is_document_type", False):
        return
    for name in shape.required_members:
        if name not in members:
            yield f"{path}.{name}: is required"
    if getattr(shape, "is_tagged_union", False) and len(members) != 1:
        yield f"{path}: exactly one member is wanted"
    for name, inner in members.items():
        if name not in shape.members:
            yield f"{path}.{name}: is no member of {shape.name}"
        else:
            yield from faults(shape.members[name], inner, f"{path}.{name}")


def _map(shape: MapShape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: a map is wanted"
        return
    entries = cast("Members", value)
    yield from _bounds(shape, len(entries), path)
    for key, entry in entries.items():
        yield from faults(shape.key, key, f"{path}.{key}")
        yield from faults(shape.value, entry, f"{path}.{key}")


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[str]:
    wanted = _TYPES.get(shape.type_name)
    if wanted is None:
        return  # timestamps, blobs
    if not isinstance(value, wanted) or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield f"{path}: a {shape.type_name} is wanted"
        return
    if isinstance(value, str):
        yield from _text(shape, value, path)
    else:
        yield from _bounds(shape, float(cast("float", value)), path)


def _text(shape: Shape, value: str, path: str) -> Iterator[str]:
    yield from _bounds(shape, len(value), path)
    enum = cast("list[str]", getattr(shape, "enum", []))
    if enum and value not in enum:
        yield f"{path}: {value} is none of {enum}"
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        yield f"{path}: {value} does not match {pattern}"


def _bounds(shape: Shape, size: float, path: str) -> Iterator[str]:
    if size < shape.metadata.get("min", size) or size > shape.metadata.get("max", size):
        yield f"{path}: {size} is outside of {shape.metadata}"


def only(shape: StructureShape, members: Members) -> Members:
    """Return those of the members that the structure has."""
    return {name: value for name, value in members.items() if name in shape.members}


@cache
def _routes() -> list[tuple[str, re.Pattern[str], str]]:
    routes: list[tuple[str, re.Pattern[str], str]] = []
    for name in service().operation_names:
        http = operation(name).http
        pattern = _HOLE.sub(r"(?P<\1>[^/]+)", http["requestUri"].rstrip("/"))
        routes.append((http["method"], re.compile(pattern), name))
    return routes


def routed(method: str, target: str, body: Mapping[str, Any]) -> tuple[str, Members]:
    """Return the operation and the members of an HTTP request; LookupError for none."""
    parts = urlsplit(target)
    for verb, pattern, name in _routes():
        match = pattern.fullmatch(parts.path.rstrip("/"))
        if verb == method and match is not None:
            members = {hole: unquote(text) for hole, text in match.groupdict().items()}
            return name, dict(body) | members | _query(name, parts.query)
    raise LookupError(f"{method} {target}")


def _query(name: str, query: str) -> Members:
    found: Members = {}
    for key, text in parse_qsl(query):
        for member, shape in input_shape(name).members.items():
            if shape.serialization.get("name", member) != key:
                continue
            if shape.type_name == "list":
                found.setdefault(member, []).append(text)
            else:
                found[member] = int(text) if shape.type_name == "integer" else text
    return found
