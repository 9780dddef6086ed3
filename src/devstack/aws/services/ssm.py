"""From a Parameter Store call to what IAM is asked.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Systems Manager".
"""

import re
from collections.abc import Iterator

from devstack.aws.errors import AwsError
from devstack.aws.iam.evaluate import Request
from devstack.aws.place import Place
from devstack.aws.services.document import Document, invalid, sequence, text, texts

_NAME = re.compile(r"/?[a-zA-Z0-9_.-]+(?:/[a-zA-Z0-9_.-]+)*", re.ASCII)
_SECRET_REFERENCE = "/aws/reference/secretsmanager/"  # noqa: S105 a path, not a secret
"""Parameter Store reads Secrets Manager through names that start like this."""

_ONE = frozenset({"DeleteParameter", "GetParameter", "GetParameterHistory", "PutParameter"})
_MANY = frozenset({"DeleteParameters", "GetParameters"})
_TAGS = frozenset({"AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource"})


def requests(operation: str, body: Document, place: Place) -> tuple[Request, ...]:
    """Return everything that must be allowed. Raises AwsError; an unknown operation is one."""
    return tuple(
        Request(action=f"ssm:{action}", resource=resource, context=context)
        for action, resource, context in _asked(operation, body, place)
    )


Asked = tuple[str, str, dict[str, tuple[str, ...]]]


def _asked(operation: str, body: Document, place: Place) -> Iterator[Asked]:
    if operation in _ONE:
        yield from _one(operation, body, place)
    elif operation in _MANY:
        for name in texts(body, "Names"):
            yield operation, _arn(name, place), {}
    elif operation == "GetParametersByPath":
        recursive = "true" if body.get("Recursive") is True else "false"
        yield operation, _path_arn(text(body, "Path"), place), {"ssm:Recursive": (recursive,)}
    elif operation == "DescribeParameters":
        yield operation, "*", {}
    elif operation in _TAGS and body.get("ResourceType") == "Parameter":
        yield operation, _arn(text(body, "ResourceId"), place), {}
    else:
        raise AwsError(
            "AccessDeniedException", 400, f"The local Parameter Store does not know {operation}."
        )


def _one(operation: str, body: Document, place: Place) -> Iterator[Asked]:
    context: dict[str, tuple[str, ...]] = {}
    if operation == "PutParameter":
        context["ssm:Overwrite"] = ("true" if body.get("Overwrite") is True else "false",)
    yield operation, _arn(text(body, "Name"), place), context
    if operation == "PutParameter" and sequence(body, "Tags"):
        yield "AddTagsToResource", _arn(text(body, "Name"), place), {}


def _arn(name: str, place: Place) -> str:
    plain = _without_selector(name)
    if plain.startswith(_SECRET_REFERENCE):
        # Through this door a reader of parameters would read every secret.
        raise invalid("The local Parameter Store does not read Secrets Manager.")
    if not _NAME.fullmatch(plain):
        raise invalid("Parameter name: can't be an ARN here; only a-z, 0-9, '_', '.', '-', '/'.")
    return place.arn("ssm", "parameter/" + plain.removeprefix("/"))


def _without_selector(name: str) -> str:
    # `name:3` and `name:label` name a version, not another parameter.
    return name.partition(":")[0] if not name.startswith("arn:") else name


def _path_arn(path: str, place: Place) -> str:
    if path != "/" and not (path.startswith("/") and _NAME.fullmatch(path.removesuffix("/"))):
        raise invalid("The parameter path must start with a slash.")
    if path.startswith("/aws/reference"):
        raise invalid("The local Parameter Store does not read Secrets Manager.")
    return place.arn("ssm", "parameter/" + path.strip("/"))
