"""KMS: what IAM is asked, and only then what is done.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Key Management
Service". Key policies are not looked at: every key is taken to leave its use to the account's IAM.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from devstack.aws.errors import AwsError
from devstack.aws.iam.evaluate import Request
from devstack.aws.judge import Judge
from devstack.aws.kms.key import Key
from devstack.aws.kms.keys import Answered, Keys
from devstack.aws.place import Place
from devstack.aws.services.document import Document, document, optional_text, text
from devstack.aws.services.jsonrpc import operation_of
from devstack.aws.wire import Answer, WireRequest

TARGET_PREFIX = "TrentService"
"""KMS's own name in `X-Amz-Target`."""

_ALIAS_OPERATIONS = frozenset({"CreateAlias", "UpdateAlias", "DeleteAlias"})
_SIGN_KEYS = {"SigningAlgorithm": "kms:SigningAlgorithm", "MessageType": "kms:MessageType"}
Context = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kms:
    """The keys, behind the check."""

    keys: Keys
    place: Place

    def serve(self, request: WireRequest, judge: Judge) -> Answer:
        """Answer one call. Raises AwsError."""
        operation = operation_of(request, TARGET_PREFIX)
        body = document(request.body)
        judge.require(operation, tuple(self.requests(operation, body)))
        return Answer(
            status=200,
            headers=(("content-type", "application/x-amz-json-1.1"),),
            body=json.dumps(self._done(operation, body)).encode(),
        )

    def requests(self, operation: str, body: Document) -> Iterator[Request]:
        """Return everything that must be allowed. Raises AwsError."""
        context: Context = {"kms:CallerAccount": (self.place.account,)}
        if operation == "CreateKey":
            # Which key it will be is not known yet.
            told = {"kms:KeySpec": text(body, "KeySpec"), "kms:KeyUsage": text(body, "KeyUsage")}
            yield Request(
                action="kms:CreateKey",
                resource="*",
                context=context | {name: (value,) for name, value in told.items()},
            )
        elif operation in _ALIAS_OPERATIONS:
            alias = self.place.arn("kms", text(body, "AliasName"))
            yield Request(action=f"kms:{operation}", resource=alias, context=context)
            yield self._on_key(operation, self._of_alias(operation, body), body, context)
        elif operation in self.keys.on_key:
            key = self.keys.found(text(body, "KeyId"))
            yield self._on_key(operation, key, body, context)
        else:
            raise AwsError(
                "AccessDeniedException", 400, f"The local KMS does not know {operation}."
            )

    def _on_key(self, operation: str, key: Key, body: Document, context: Context) -> Request:
        told: Context = {
            **context,
            "kms:KeySpec": (key.spec,),
            "kms:KeyUsage": (key.usage,),
            "kms:ResourceAliases": self.keys.aliases_of(key),
        }
        named = optional_text(body, "KeyId") or ""
        if "alias/" in named:
            told["kms:RequestAlias"] = (named[named.index("alias/") :],)
        if operation == "Sign":
            for member, condition_key in _SIGN_KEYS.items():
                # A message whose type is not said is raw.
                value = optional_text(body, member) or "RAW"
                told[condition_key] = (value,)
        # An alias is a name: permission is asked for the key that it stands for.
        return Request(action=f"kms:{operation}", resource=key.arn, context=told)

    def _of_alias(self, operation: str, body: Document) -> Key:
        named = "AliasName" if operation == "DeleteAlias" else "TargetKeyId"
        return self.keys.found(text(body, named))

    def _done(self, operation: str, body: Document) -> Answered:
        if operation == "CreateKey":
            return self.keys.create_from(body)
        if operation == "DeleteAlias":
            self.keys.unname(text(body, "AliasName"))
            return {}
        if operation in _ALIAS_OPERATIONS:
            key = self._of_alias(operation, body)
            self.keys.name(text(body, "AliasName"), key, anew=operation == "UpdateAlias")
            return {}
        return self.keys.done(operation, self.keys.found(text(body, "KeyId")), body)
