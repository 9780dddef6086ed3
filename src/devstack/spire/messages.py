"""The messages of the SPIFFE Workload API, described here instead of by generated code.

They live in a pool of their own and in a package of their own: the client's generated messages of
the same names, in the same process, stay out of the way. On the wire only numbers and types count.
"""

from importlib import import_module
from typing import Any

descriptor_pb2: Any = import_module("google.protobuf.descriptor_pb2")
descriptor_pool: Any = import_module("google.protobuf.descriptor_pool")
json_format: Any = import_module("google.protobuf.json_format")
message_factory: Any = import_module("google.protobuf.message_factory")
struct_pb2: Any = import_module("google.protobuf.struct_pb2")

_PACKAGE = "gatehouse.devstack.spire"
_STRUCT = ".google.protobuf.Struct"

_FIELDS: dict[str, dict[str, tuple[int, str]]] = {
    "X509SVIDRequest": {},
    "X509SVID": {
        "spiffe_id": (1, "string"),
        "x509_svid": (2, "bytes"),
        "x509_svid_key": (3, "bytes"),
        "bundle": (4, "bytes"),
        "hint": (5, "string"),
    },
    "X509SVIDResponse": {
        "svids": (1, "repeated X509SVID"),
        "crl": (2, "repeated bytes"),
        "federated_bundles": (3, "map"),
    },
    "X509BundlesRequest": {},
    "X509BundlesResponse": {"crl": (1, "repeated bytes"), "bundles": (2, "map")},
    "JWTSVIDRequest": {"audience": (1, "repeated string"), "spiffe_id": (2, "string")},
    "JWTSVID": {"spiffe_id": (1, "string"), "svid": (2, "string"), "hint": (3, "string")},
    "JWTSVIDResponse": {"svids": (1, "repeated JWTSVID")},
    "JWTBundlesRequest": {},
    "JWTBundlesResponse": {"bundles": (1, "map")},
    "ValidateJWTSVIDRequest": {"audience": (1, "string"), "svid": (2, "string")},
    "ValidateJWTSVIDResponse": {"spiffe_id": (1, "string"), "claims": (2, _STRUCT)},
}
"""Field numbers and types as in the API's definition (SPIFFE Workload API, appendix A)."""


def message(name: str) -> Any:
    """Return the class of a message."""
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


def with_claims(answer: Any, claims: dict[str, object]) -> Any:
    """Return `answer` with its `claims` filled in."""
    json_format.ParseDict(claims, answer.claims)
    return answer


def _pool() -> Any:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="gatehouse/devstack/spire.proto",
        package=_PACKAGE,
        syntax="proto3",
        dependency=["google/protobuf/struct.proto"],
    )
    for name, fields in _FIELDS.items():
        described = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _describe(described, field, number, kind)
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def _describe(described: Any, name: str, number: int, kind: str) -> None:
    kinds = descriptor_pb2.FieldDescriptorProto
    repeated, _, element = kind.rpartition(" ")
    if kind == "map":
        element = _map_entry(described, name)
    field = described.field.add(name=name, number=number)
    field.label = kinds.LABEL_REPEATED if repeated or kind == "map" else kinds.LABEL_OPTIONAL
    scalar = {"string": kinds.TYPE_STRING, "bytes": kinds.TYPE_BYTES}.get(element)
    field.type = kinds.TYPE_MESSAGE if scalar is None else scalar
    if scalar is None:
        field.type_name = element if element.startswith(".") else f".{_PACKAGE}.{element}"


def _map_entry(described: Any, name: str) -> str:
    # A map is a repeated message of its own, named after its field.
    entry = described.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
    entry.options.map_entry = True
    _describe(entry, "key", 1, "string")
    _describe(entry, "value", 2, "bytes")
    return f"{described.name}.{entry.name}"


_POOL = _pool()
