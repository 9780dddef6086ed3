"""DynamoDB behind the check."""

from dataclasses import dataclass, field

from devstack.aws.judge import Judge
from devstack.aws.moto import Store
from devstack.aws.place import Place
from devstack.aws.services.document import Document, document, text
from devstack.aws.services.dynamodb.actions import Call, requests
from devstack.aws.services.dynamodb.keycondition import key_conditions
from devstack.aws.services.dynamodb.schema import TableKeys, table_keys
from devstack.aws.services.jsonrpc import DYNAMODB, looked_up
from devstack.aws.wire import Answer, WireRequest

_CHANGES_SCHEMA = frozenset({"CreateTable", "DeleteTable", "UpdateTable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoDb:
    """Answers calls whose partition keys were seen and allowed."""

    store: Store
    place: Place
    known: dict[str, TableKeys] = field(default_factory=dict[str, TableKeys])
    """Keys by table; every change of a table passes here, so they are never out of date."""

    def serve(self, request: WireRequest, judge: Judge) -> Answer:
        """Answer one call. Raises AwsError."""
        operation, body = DYNAMODB.operation(request), document(request.body)
        call = Call(operation=operation, body=body, place=self.place, schema=self._partition_key)
        permit = judge.require(operation, requests(call))
        answer = self.store.call(permit, DYNAMODB.call(operation, _as_understood(operation, body)))
        if operation in _CHANGES_SCHEMA:
            self.known.clear()
        return answer

    def _partition_key(self, table: str, index: str | None) -> str | None:
        if table not in self.known:
            found = looked_up(self.store, DYNAMODB, "DescribeTable", {"TableName": table})
            if found is None:
                return None
            self.known[table] = table_keys(found)
        return self.known[table].partition_key(index)


def _as_understood(operation: str, body: Document) -> Document:
    """Write a Query's key condition the way it was read, so that the store cannot read another."""
    if operation != "Query" or body.get("KeyConditionExpression") is None:
        return body
    conditions = key_conditions(text(body, "KeyConditionExpression"))
    return {**body, "KeyConditionExpression": " AND ".join(c.expression for c in conditions)}
