"""What a parsed IAM policy is made of (IAM User Guide: "IAM JSON policy elements reference")."""

from dataclasses import dataclass
from enum import Enum

from devstack.aws.iam.operators import Operator
from devstack.aws.iam.principal import PrincipalName


class Effect(Enum):
    """What a statement does when it applies."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`Action`, `Resource` or `Principal`, or the `Not…` twin of one of them."""

    entries: tuple[str, ...]
    inverted: bool
    """True for `NotAction` and `NotResource`: everything but the entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalSelection:
    """`Principal` or `NotPrincipal`."""

    entries: tuple[PrincipalName, ...]
    inverted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One operator, one key and the values it is compared with."""

    operator: Operator
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement; `resources` is None in trust policies, `principals` in identity policies."""

    sid: str
    effect: Effect
    actions: Selection
    resources: Selection | None
    principals: PrincipalSelection | None
    conditions: tuple[Clause, ...]
    """All of them must hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy document that was found well-formed."""

    statements: tuple[Statement, ...]
    variables: bool
    """True for Version 2012-10-17; before it, `${…}` is plain text."""
