"""Who asks, and how a Principal element names them.

IAM User Guide: "AWS JSON policy elements: Principal" and "Determining whether a request is allowed
or denied within an account" (table "Resource-based policies and implicit denies").
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

PrincipalKind = Literal["AWS", "Federated", "Service", "CanonicalUser"]

EVERYONE = "*"
_ROOT = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):root")
_ACCOUNT = re.compile(r"[0-9]{12}")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalName:
    """One entry of a Principal element."""

    kind: PrincipalKind
    value: str


class Reach(IntEnum):
    """How directly a statement names a caller; the higher, the less else is needed."""

    ACCOUNT = 1
    """The caller's account: it delegates, so the caller's own policies must allow as well."""
    ROLE = 2
    """The role behind the session: its boundary and session policies still limit it."""
    NAMED = 3
    """The session, the user, the service, or everyone: nothing else is needed in the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who makes a request."""

    kind: PrincipalKind = "AWS"
    name: str
    """An ARN; for a service its name, for a provider its ARN or domain."""
    account: str = ""
    """Twelve digits; empty for services and providers."""
    role_arn: str | None = None
    """The role behind an assumed-role session."""


def reach(names: Iterable[PrincipalName], caller: Caller) -> Reach | None:
    """Return how the most direct of some names reaches a caller; None if none does."""
    return max((r for name in names if (r := _reach_of(name, caller)) is not None), default=None)


def _reach_of(name: PrincipalName, caller: Caller) -> Reach | None:
    if name.kind == "AWS" and name.value == EVERYONE:
        return Reach.NAMED
    if name.kind != caller.kind:
        return None
    if name.value == caller.role_arn or (name.value == caller.name and _ROLE.match(name.value)):
        return Reach.ROLE
    if name.value == caller.name:
        return Reach.NAMED
    if name.kind == "AWS" and account_of(name.value) == caller.account:
        return Reach.ACCOUNT
    return None


def account_of(value: str) -> str | None:
    """Return the account that an entry delegates to; None if it names something narrower."""
    root = _ROOT.fullmatch(value)
    if root:
        return root[1]
    return value if _ACCOUNT.fullmatch(value) else None
