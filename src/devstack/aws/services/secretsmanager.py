"""From a Secrets Manager call to what IAM is asked.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Secrets Manager".
"""

from collections.abc import Callable, Iterator

from devstack.aws.errors import AwsError
from devstack.aws.iam.evaluate import Request
from devstack.aws.place import Place
from devstack.aws.services.document import (
    Document,
    invalid,
    optional_text,
    sequence,
    text,
    texts,
)

ArnOf = Callable[[str], str | None]
"""From a secret's name or ARN to its full ARN; None if there is no such secret."""

_ON_SECRET = frozenset(
    {
        "CancelRotateSecret",
        "DeleteSecret",
        "DescribeSecret",
        "GetSecretValue",
        "ListSecretVersionIds",
        "PutSecretValue",
        "RestoreSecret",
        "RotateSecret",
        "TagResource",
        "UntagResource",
        "UpdateSecret",
        "UpdateSecretVersionStage",
    }
)
_ON_ACCOUNT = frozenset({"GetRandomPassword", "ListSecrets"})
_VERSION_KEYS = {
    "VersionId": "secretsmanager:VersionId",
    "VersionStage": "secretsmanager:VersionStage",
}


def requests(operation: str, body: Document, place: Place, arn_of: ArnOf) -> tuple[Request, ...]:
    """Return everything that must be allowed. Raises AwsError; an unknown operation is one."""
    return tuple(_requests(operation, body, place, arn_of))


def _requests(operation: str, body: Document, place: Place, arn_of: ArnOf) -> Iterator[Request]:
    if operation in _ON_SECRET:
        yield _on_secret(operation, text(body, "SecretId"), body, place, arn_of)
    elif operation == "CreateSecret":
        yield from _create(body, place)
    elif operation == "BatchGetSecretValue":
        yield from _batch(body, place, arn_of)
    elif operation in _ON_ACCOUNT:
        yield Request(action=f"secretsmanager:{operation}", resource="*", context={})
    else:
        raise AwsError(
            "AccessDeniedException", 400, f"The local Secrets Manager does not know {operation}."
        )


def _on_secret(operation: str, secret: str, body: Document, place: Place, arn_of: ArnOf) -> Request:
    arn = arn_of(secret) or _expected_arn(secret, place)
    context = {"secretsmanager:SecretId": (arn,)}
    for member, key in _VERSION_KEYS.items():
        value = optional_text(body, member)
        if value is not None:
            context[key] = (value,)
    return Request(action=f"secretsmanager:{operation}", resource=arn, context=context)


def _create(body: Document, place: Place) -> Iterator[Request]:
    name = text(body, "Name")
    # The six characters that AWS appends are not known yet; policies end in `-??????` or `-*`.
    arn = place.arn("secretsmanager", f"secret:{name}-000000")
    context = {"secretsmanager:Name": (name,)}
    yield Request(action="secretsmanager:CreateSecret", resource=arn, context=context)
    if sequence(body, "Tags"):
        yield Request(action="secretsmanager:TagResource", resource=arn, context=context)


def _batch(body: Document, place: Place, arn_of: ArnOf) -> Iterator[Request]:
    if body.get("Filters"):
        raise invalid("The local Secrets Manager takes SecretIdList, no Filters.")
    yield Request(action="secretsmanager:BatchGetSecretValue", resource="*", context={})
    for secret in texts(body, "SecretIdList"):
        yield _on_secret("GetSecretValue", secret, {}, place, arn_of)


def _expected_arn(secret: str, place: Place) -> str:
    prefix = place.arn("secretsmanager", "secret:")
    return secret if secret.startswith(prefix) else prefix + secret
