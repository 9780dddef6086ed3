"""Reading the Principal and NotPrincipal elements.

IAM User Guide: "AWS JSON policy elements: Principal", "AWS JSON policy elements: NotPrincipal".
"""

import re

from devstack.aws.iam.principal import EVERYONE, PrincipalKind, PrincipalName
from devstack.aws.iam.reading import Object, as_object, only, refuse, texts
from devstack.aws.iam.statement import PrincipalSelection

ELEMENTS = {"Principal", "NotPrincipal"}
_MISSING = "Missing required field Principal"

_KINDS: tuple[PrincipalKind, ...] = ("AWS", "Federated", "Service", "CanonicalUser")
_FORMS: dict[str, re.Pattern[str]] = {
    "AWS": re.compile(
        r"\*|[0-9]{12}|A[A-Z0-9]{15,127}"
        r"|arn:aws[a-z-]*:iam::[0-9]{12}:(?:root|(?:user|role)/[\w+=,.@/-]+)"
        r"|arn:aws[a-z-]*:sts::[0-9]{12}:(?:assumed-role/[\w+=,.@-]+|federated-user)/[\w+=,.@-]+",
        re.ASCII,
    ),
    "Service": re.compile(r"[A-Za-z0-9.-]+"),
    "Federated": re.compile(r"[A-Za-z0-9.-]+|arn:aws[a-z-]*:iam::[0-9]{12}:[a-z]+-provider/[^*?]+"),
    "CanonicalUser": re.compile(r"[0-9a-f]{64}"),
}


def principals(statement: Object) -> PrincipalSelection:
    """Read the one principal element of a statement. Raises MalformedPolicy."""
    if len(statement.keys() & ELEMENTS) != 1:
        refuse(_MISSING)
    value = statement.get("Principal", statement.get("NotPrincipal"))
    return PrincipalSelection(entries=_names(value), inverted="NotPrincipal" in statement)


def _names(value: object) -> tuple[PrincipalName, ...]:
    if value == EVERYONE:
        return (PrincipalName(kind="AWS", value=EVERYONE),)
    element = as_object(value)
    only(element, set(_KINDS))
    names = tuple(
        PrincipalName(kind=kind, value=_value(kind, text))
        for kind in _KINDS
        if kind in element
        for text in texts(element[kind])
    )
    return names or refuse(_MISSING)


def _value(kind: PrincipalKind, text: str) -> str:
    # "You cannot use a wildcard to match part of a principal name or ARN."
    if not _FORMS[kind].fullmatch(text):
        refuse(f'Invalid principal in policy: "{kind}":"{text}"')
    return text
