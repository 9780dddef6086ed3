"""Reading IAM policy documents, as strictly as AWS does.

IAM User Guide: "Grammar of the IAM JSON policy language" and the elements reference. Messages are
AWS's own where they are known.
"""

import re
from enum import Enum

from devstack.aws.iam import principal_element
from devstack.aws.iam.condition_element import conditions
from devstack.aws.iam.principal_element import principals
from devstack.aws.iam.reading import (
    SYNTAX,
    MalformedPolicy,
    Object,
    as_list,
    as_object,
    loaded,
    only,
    prohibit,
    refuse,
    texts,
)
from devstack.aws.iam.statement import Effect, Policy, PrincipalSelection, Selection, Statement

__all__ = [
    "MalformedPolicy",
    "Policy",
    "parse_policy",
    "parse_resource_policy",
    "parse_trust_policy",
]

WITH_VARIABLES = "2012-10-17"
_VERSIONS = ("2008-10-17", WITH_VARIABLES)
"""The first is what a document without `Version` means."""


class _Kind(Enum):
    IDENTITY = "identity"
    RESOURCE = "resource"
    TRUST = "trust"


def parse_policy(document: str | Object) -> Policy:
    """Read an identity policy, session policy or permissions boundary. Raises MalformedPolicy."""
    return _policy(document, _Kind.IDENTITY)


def parse_resource_policy(document: str | Object) -> Policy:
    """Read the policy of a bucket, table or other resource. Raises MalformedPolicy."""
    return _policy(document, _Kind.RESOURCE)


def parse_trust_policy(document: str | Object) -> Policy:
    """Read a role's trust policy. Raises MalformedPolicy."""
    return _policy(document, _Kind.TRUST)


def _policy(document: str | Object, kind: _Kind) -> Policy:
    top = loaded(document) if isinstance(document, str) else document
    only(top, {"Version", "Id", "Statement"})
    version = top.get("Version", _VERSIONS[0])
    if version not in _VERSIONS or not isinstance(top.get("Id", ""), str):
        refuse(SYNTAX)
    statements = tuple(_statement(as_object(raw), kind) for raw in as_list(top.get("Statement")))
    sids = [statement.sid for statement in statements if statement.sid]
    if not statements:
        refuse(SYNTAX)
    if len(set(sids)) != len(sids):
        refuse("Statement IDs (SID) in a single policy must be unique.")
    return Policy(statements=statements, variables=version == WITH_VARIABLES)


_RESOURCES = {"Resource", "NotResource"}
_ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Condition"}
_EFFECTS = {effect.value: effect for effect in Effect}


def _statement(raw: Object, kind: _Kind) -> Statement:
    only(raw, _ELEMENTS | _RESOURCES | principal_element.ELEMENTS)
    effect = raw.get("Effect")
    # "The Effect value is case sensitive."
    if not isinstance(effect, str) or effect not in _EFFECTS:
        refuse(SYNTAX)
    return Statement(
        sid=_sid(raw.get("Sid", ""), kind),
        effect=_EFFECTS[effect],
        actions=_actions(raw, kind),
        resources=_resources(raw, kind),
        principals=_principals(raw, kind),
        conditions=conditions(raw.get("Condition", {})),
    )


def _sid(value: object, kind: _Kind) -> str:
    if not isinstance(value, str):
        refuse(SYNTAX)
    if kind is not _Kind.RESOURCE and not re.fullmatch(r"[0-9A-Za-z]*", value):
        refuse(
            "Statement IDs (SID) must be alphanumeric. "
            "Check that your input satisfies the regular expression [0-9A-Za-z]*"
        )
    return value


def _selection(raw: Object, name: str, *, missing: str) -> Selection:
    inverse = f"Not{name}"
    if name in raw and inverse in raw:
        refuse(SYNTAX)
    if name not in raw and inverse not in raw:
        refuse(missing)
    entries = texts(raw.get(name, raw.get(inverse)))
    if not entries:
        refuse(missing)
    return Selection(entries=entries, inverted=inverse in raw)


def _actions(raw: Object, kind: _Kind) -> Selection:
    selection = _selection(raw, "Action", missing="Policy statement must contain actions.")
    for action in selection.entries:
        _check_action(action)
        if kind is _Kind.TRUST and action != "*" and not action.lower().startswith("sts:"):
            refuse("AssumeRole policy may only specify STS AssumeRole actions.")
    return selection


def _check_action(action: str) -> None:
    vendor, colon, name = action.partition(":")
    if not colon and action != "*":
        refuse("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    if ":" in name:
        refuse("Actions/Condition can contain only one colon.")
    if vendor != "*" and not re.fullmatch(r"[a-zA-Z0-9.-]+", vendor):
        refuse(f"Vendor {vendor} is not valid")


def _resources(raw: Object, kind: _Kind) -> Selection | None:
    if kind is _Kind.TRUST:
        # "Role trust policies apply to the role that they are attached to."
        prohibit(raw, _RESOURCES)
        return None
    selection = _selection(raw, "Resource", missing="Policy statement must contain resources.")
    for resource in selection.entries:
        _check_resource(resource)
    return selection


def _check_resource(resource: str) -> None:
    if resource == "*":
        return
    arn, _, rest = resource.partition(":")
    partition, _, _ = rest.partition(":")
    if arn != "arn" or not partition:
        refuse(f'Resource {resource} must be in ARN format or "*".')
    if "*" not in partition and not re.fullmatch(r"aws[a-z-]*", partition):
        refuse(f'Partition "{partition}" is not valid for resource "{resource}".')


def _principals(raw: Object, kind: _Kind) -> PrincipalSelection | None:
    if kind is _Kind.IDENTITY:
        if raw.keys() & principal_element.ELEMENTS:
            refuse("Policy document should not specify a principal.")
        return None
    if kind is _Kind.TRUST:
        # "You cannot use the NotPrincipal element in … an IAM role trust policy."
        prohibit(raw, {"NotPrincipal"})
    return principals(raw)
