"""STS as one function: a form goes in, a status and an XML body come out."""

import uuid
from collections.abc import Mapping

from devstack.aws.errors import AwsError
from devstack.aws.iam.role import Role
from devstack.aws.sts import issue
from devstack.aws.sts.assume_role import assume_role
from devstack.aws.sts.caller_identity import caller_identity
from devstack.aws.sts.form import Form
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.principal import Principal
from devstack.aws.sts.web_identity import assume_role_with_web_identity
from devstack.aws.sts.xml import Tree, answer_xml, error_xml

_REQUEST_ID_BYTES = 16
RANDOM_BYTES = issue.RANDOM_BYTES + _REQUEST_ID_BYTES
"""How many random bytes one call needs."""


def answer_sts(
    form: Form,
    caller: Principal | None,
    identities: Identities,
    roles: Mapping[str, Role],
    *,
    now: int,
    random: bytes,
) -> tuple[int, bytes]:
    """Answer one call of STS: HTTP status and XML body.

    `caller` has been authenticated by the gateway, None if nobody signed; `roles` may be keyed by
    anything. `now` is in epoch seconds, `random` at least `RANDOM_BYTES` bytes; ValueError if it
    is shorter. New keys are added to `identities`. May block while a provider's keys are fetched.
    """
    if len(random) < RANDOM_BYTES:
        raise ValueError(f"STS needs {RANDOM_BYTES} random bytes")
    request_id = str(uuid.UUID(bytes=random[:_REQUEST_ID_BYTES], version=4))
    rest = random[_REQUEST_ID_BYTES:]
    try:
        result = _result(form, caller, identities, roles, now=now, random=rest)
    except AwsError as error:
        return error.status, error_xml(error, request_id=request_id)
    return 200, answer_xml(form["Action"], result, request_id=request_id)


def _result(
    form: Form,
    caller: Principal | None,
    identities: Identities,
    roles: Mapping[str, Role],
    *,
    now: int,
    random: bytes,
) -> Tree:
    match form.get("Action"):
        case "AssumeRoleWithWebIdentity":
            return assume_role_with_web_identity(form, identities, roles, now=now, random=random)
        case "AssumeRole":
            return assume_role(form, _known(caller), identities, roles, now=now, random=random)
        case "GetCallerIdentity":
            return caller_identity(_known(caller))
        case other:
            version = form.get("Version", "")
            raise AwsError(
                "InvalidAction", 400, f"Could not find operation {other} for version {version}"
            )


def _known(caller: Principal | None) -> Principal:
    if caller is None:
        raise AwsError("MissingAuthenticationToken", 403, "Request is missing Authentication Token")
    return caller
