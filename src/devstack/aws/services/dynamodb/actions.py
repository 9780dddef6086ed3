"""From a DynamoDB call to what IAM is asked: actions, tables and indexes, condition keys.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon DynamoDB".
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from devstack.aws.errors import AwsError
from devstack.aws.iam.evaluate import Request
from devstack.aws.place import Place
from devstack.aws.services.document import (
    Document,
    as_document,
    documents,
    invalid,
    mapping,
    optional_text,
    text,
)
from devstack.aws.services.dynamodb.attributes import attributes
from devstack.aws.services.dynamodb.keycondition import partition_value
from devstack.aws.services.dynamodb.partiql import action_and_resource
from devstack.aws.services.dynamodb.schema import Schema

_TABLE_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}", re.ASCII)
_INDEX_NAME = _TABLE_NAME

_ITEM_MEMBER = {"GetItem": "Key", "PutItem": "Item", "UpdateItem": "Key", "DeleteItem": "Key"}
_WRITES = {
    "Put": ("PutItem", "Item"),
    "Update": ("UpdateItem", "Key"),
    "Delete": ("DeleteItem", "Key"),
    "ConditionCheck": ("ConditionCheckItem", "Key"),
}
_ON_TABLE = frozenset(
    {
        "CreateTable",
        "DeleteTable",
        "DescribeContinuousBackups",
        "DescribeTable",
        "DescribeTimeToLive",
        "UpdateContinuousBackups",
        "UpdateTable",
        "UpdateTimeToLive",
    }
)
_ON_ACCOUNT = frozenset({"DescribeEndpoints", "DescribeLimits", "ListTables"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One DynamoDB call and where its tables' keys can be looked up."""

    operation: str
    body: Document
    place: Place
    schema: Schema

    def request(
        self, action: str, resource: str, context: dict[str, tuple[str, ...]] | None = None
    ) -> Request:
        """Return one question to IAM."""
        arn = "*" if resource == "*" else self.place.arn("dynamodb", resource)
        return Request(action=f"dynamodb:{action}", resource=arn, context=context or {})


def requests(call: Call) -> tuple[Request, ...]:
    """Return everything that must be allowed. Raises AwsError; an unknown operation is one."""
    derive = _DERIVATIONS.get(call.operation)
    if derive is None:
        raise AwsError(
            "AccessDeniedException", 400, f"The local DynamoDB does not know {call.operation}."
        )
    return tuple(derive(call))


def _item(call: Call) -> Iterator[Request]:
    yield _on_item(call, call.operation, call.body, _ITEM_MEMBER[call.operation])


def _on_item(call: Call, action: str, part: Document, member: str) -> Request:
    table = _table(part)
    context = _leading(call, table, [mapping(part, member)]) | _about(part)
    return call.request(action, f"table/{table}", context)


def _query(call: Call) -> Iterator[Request]:
    table, index = _table(call.body), _index(call.body)
    context = _about(call.body)
    attribute = call.schema(table, index)
    if attribute is not None:
        value = partition_value(call.body, attribute=attribute)
        context["dynamodb:LeadingKeys"] = (_key_text(value, attribute),)
    yield call.request("Query", _resource(table, index), context)


def _scan(call: Call) -> Iterator[Request]:
    table, index = _table(call.body), _index(call.body)
    # No LeadingKeys: a scan reads every partition, whatever its filter says.
    yield call.request("Scan", _resource(table, index), _about(call.body))


def _batch_get(call: Call) -> Iterator[Request]:
    for table, part in _by_table(call.body):
        wanted = as_document(part, table)
        leading = _leading(call, table, documents(wanted, "Keys"))
        yield call.request("BatchGetItem", f"table/{table}", leading | _about(wanted))


def _batch_write(call: Call) -> Iterator[Request]:
    for table, part in _by_table(call.body):
        writes = documents({"Requests": part}, "Requests")
        items = [_written(write) for write in writes]
        names = tuple(sorted({name for item in items for name in item}))
        context = _leading(call, table, items) | {"dynamodb:Attributes": names}
        yield call.request("BatchWriteItem", f"table/{table}", context)


def _written(write: Document) -> Document:
    if set(write) == {"PutRequest"}:
        return mapping(mapping(write, "PutRequest"), "Item")
    if set(write) == {"DeleteRequest"}:
        return mapping(mapping(write, "DeleteRequest"), "Key")
    raise invalid("Each write is one PutRequest or one DeleteRequest.")


def _transact_write(call: Call) -> Iterator[Request]:
    for entry in documents(call.body, "TransactItems"):
        [name, *others] = list(entry) or [""]
        if others or name not in _WRITES:
            raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
        action, member = _WRITES[name]
        yield _enclosed(call, _on_item(call, action, mapping(entry, name), member))


def _transact_get(call: Call) -> Iterator[Request]:
    for entry in documents(call.body, "TransactItems"):
        if set(entry) != {"Get"}:
            raise invalid("TransactItems can only contain Get")
        yield _enclosed(call, _on_item(call, "GetItem", mapping(entry, "Get"), "Key"))


def _enclosed(call: Call, request: Request) -> Request:
    context = {**request.context, "dynamodb:EnclosingOperation": (call.operation,)}
    return Request(action=request.action, resource=request.resource, context=context)


def _statement(call: Call) -> Iterator[Request]:
    yield call.request(*action_and_resource(text(call.body, "Statement")))


def _statements(member: str) -> Callable[[Call], Iterator[Request]]:
    def derive(call: Call) -> Iterator[Request]:
        for entry in documents(call.body, member):
            yield call.request(*action_and_resource(text(entry, "Statement")))

    return derive


def _on_table(call: Call) -> Iterator[Request]:
    yield call.request(call.operation, f"table/{_table(call.body)}")


def _on_account(call: Call) -> Iterator[Request]:
    yield call.request(call.operation, "*")


_DERIVATIONS: dict[str, Callable[[Call], Iterator[Request]]] = {
    **dict.fromkeys(_ITEM_MEMBER, _item),
    **dict.fromkeys(_ON_TABLE, _on_table),
    **dict.fromkeys(_ON_ACCOUNT, _on_account),
    "BatchExecuteStatement": _statements("Statements"),
    "BatchGetItem": _batch_get,
    "BatchWriteItem": _batch_write,
    "ExecuteStatement": _statement,
    "ExecuteTransaction": _statements("TransactStatements"),
    "Query": _query,
    "Scan": _scan,
    "TransactGetItems": _transact_get,
    "TransactWriteItems": _transact_write,
}


def _by_table(body: Document) -> list[tuple[str, object]]:
    parts = mapping(body, "RequestItems")
    return [(_table({"TableName": name}), part) for name, part in parts.items()]


def _table(part: Document) -> str:
    name = text(part, "TableName")
    if not _TABLE_NAME.fullmatch(name):
        raise invalid("TableName must be a table's name (the local DynamoDB takes no ARNs).")
    return name


def _index(part: Document) -> str | None:
    name = optional_text(part, "IndexName")
    if name is not None and not _INDEX_NAME.fullmatch(name):
        raise invalid("IndexName must be an index's name.")
    return name


def _resource(table: str, index: str | None) -> str:
    # A query on an index is a question about the index alone, not about its table.
    return f"table/{table}" if index is None else f"table/{table}/index/{index}"


def _leading(call: Call, table: str, items: Iterable[Document]) -> dict[str, tuple[str, ...]]:
    attribute = call.schema(table, None)
    if attribute is None:
        return {}
    values = tuple(_key_text(item.get(attribute), attribute) for item in items)
    return {"dynamodb:LeadingKeys": values}


def _key_text(value: object, attribute: str) -> str:
    """Return a key attribute's value as IAM compares it, e.g. of `{"S": "a"}` the text `a`."""
    typed = as_document(value, f"The key attribute {attribute}")
    [(kind, content), *others] = list(typed.items()) or [("", None)]
    if others or kind not in {"S", "N", "B"} or not isinstance(content, str):
        raise invalid(f"The key attribute {attribute} is missing or not of a key's type.")
    return content


def _about(part: Document) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that say how a request looks at items."""
    context: dict[str, tuple[str, ...]] = {"dynamodb:Attributes": attributes(part)}
    for member in ("ReturnConsumedCapacity", "ReturnValues", "Select"):
        value = optional_text(part, member)
        if value is not None:
            context[f"dynamodb:{member}"] = (value,)
    return context
