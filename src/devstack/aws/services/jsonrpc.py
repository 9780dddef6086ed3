"""Services of the `json` protocols: operation in `X-Amz-Target`, the rest in the body."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from devstack.aws.errors import AwsError
from devstack.aws.iam.evaluate import Request
from devstack.aws.judge import Judge
from devstack.aws.moto import Name, Store, StoreRequest
from devstack.aws.services.document import Document, document
from devstack.aws.wire import Answer, WireRequest


def operation_of(request: WireRequest, target_prefix: str) -> str:
    """Return the operation's name. Raises AwsError for a call of another service."""
    prefix, _, operation = (request.header("x-amz-target") or "").partition(".")
    if request.method != "POST" or request.path != "/" or prefix != target_prefix:
        raise AwsError("UnknownOperationException", 400, "There is no such operation.")
    return operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How one service spells its calls."""

    service: Name
    target_prefix: str
    media_type: str

    def operation(self, request: WireRequest) -> str:
        """Return the operation's name. Raises AwsError."""
        return operation_of(request, self.target_prefix)

    def call(self, operation: str, body: Document) -> StoreRequest:
        """Write a call to this service."""
        return StoreRequest(
            service=self.service,
            method="POST",
            headers=(
                ("content-type", self.media_type),
                ("x-amz-target", f"{self.target_prefix}.{operation}"),
            ),
            # Written anew: of a member that stood there twice, the store sees the one seen here.
            body=json.dumps(body).encode(),
        )


SSM = Protocol(service="ssm", target_prefix="AmazonSSM", media_type="application/x-amz-json-1.1")
SECRETS_MANAGER = Protocol(
    service="secretsmanager",
    target_prefix="secretsmanager",
    media_type="application/x-amz-json-1.1",
)
DYNAMODB = Protocol(
    service="dynamodb",
    target_prefix="DynamoDB_20120810",
    media_type="application/x-amz-json-1.0",
)

Derive = Callable[[str, Document], tuple[Request, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonService:
    """One service of these protocols."""

    protocol: Protocol
    store: Store
    derive: Derive
    """From an operation and its body to everything that must be allowed."""

    def serve(self, request: WireRequest, judge: Judge) -> Answer:
        """Answer one call. Raises AwsError."""
        operation = self.protocol.operation(request)
        body = document(request.body)
        permit = judge.require(operation, self.derive(operation, body))
        return self.store.call(permit, self.protocol.call(operation, body))


def looked_up(store: Store, protocol: Protocol, operation: str, body: Document) -> Document | None:
    """Ask the store something a decision needs; None if it has no such thing."""
    answer = store.look(protocol.call(operation, body))
    return document(answer.body) if answer.status < 300 else None  # noqa: PLR2004 HTTP success
