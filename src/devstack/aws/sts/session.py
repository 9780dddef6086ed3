"""The parts that AssumeRole and AssumeRoleWithWebIdentity have in common.

STS API Reference: "AssumeRole" and "AssumeRoleWithWebIdentity", sections "Request Parameters",
"Response Elements" and "Errors".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from devstack.aws.errors import AwsError
from devstack.aws.iam.policy import MalformedPolicy, parse_policy
from devstack.aws.iam.role import Role
from devstack.aws.iam.statement import Policy
from devstack.aws.sts.constraints import Constraints, spelled
from devstack.aws.sts.context import Values
from devstack.aws.sts.form import Form, members
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.packed import packed_percent
from devstack.aws.sts.tags import SessionTags

NAME_PATTERN = r"[\w+=,.@-]*"
POLICY_PATTERN = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
MIN_DURATION_S = 900
MAX_DURATION_S = 43_200
DEFAULT_DURATION_S = 3600
MAX_POLICY_CHARS = 2048
"""Plain text of inline and managed session policies together."""
MAX_POLICY_ARNS = 10
MAX_TOKEN_BYTES = 4096
FULL_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionWish:
    """What both calls ask for, each parameter within its own limits."""

    role_arn: str
    session_name: str
    duration_s: int
    policy: str | None
    policy_arns: tuple[str, ...]
    token_bytes: int


def wish_in(form: Form, constraints: Constraints) -> SessionWish:
    """Read the common parameters; what is wrong with them goes to `constraints`."""
    role_arn = constraints.present(form.get("RoleArn"), "roleArn")
    constraints.length(role_arn, "roleArn", least=20, most=2048)
    name = constraints.present(form.get("RoleSessionName"), "roleSessionName")
    check_name(constraints, name, "roleSessionName")
    arns = tuple(arn or "" for arn in members(form, "PolicyArns", field="arn"))
    constraints.count(arns, "policyArns", most=MAX_POLICY_ARNS)
    duration = form.get("DurationSeconds", str(DEFAULT_DURATION_S))
    size = form.get("MinimumSessionTokenSize", "0")
    return SessionWish(
        role_arn=role_arn,
        session_name=name,
        duration_s=constraints.number(
            duration, "durationSeconds", least=MIN_DURATION_S, most=MAX_DURATION_S
        ),
        policy=_policy_text(form.get("Policy"), arns, constraints),
        policy_arns=arns,
        token_bytes=constraints.number(
            size, "minimumSessionTokenSize", least=0, most=MAX_TOKEN_BYTES
        ),
    )


def check_name(constraints: Constraints, value: str, at: str) -> None:
    """Check a session name or source identity: 2 to 64 characters without spaces."""
    constraints.length(value, at, least=2, most=64)
    constraints.pattern(value, at, fits=spelled(NAME_PATTERN), shown=NAME_PATTERN)


def _policy_text(text: str | None, arns: tuple[str, ...], constraints: Constraints) -> str | None:
    if text is None:
        return None
    most = MAX_POLICY_CHARS - sum(map(len, arns))
    constraints.length(text, "policy", least=1, most=max(most, 1))
    fits = spelled(r"[\t\n\r\x20-\xff]+")
    constraints.pattern(text, "policy", fits=fits, shown=POLICY_PATTERN)
    return text


def check_duration(wish: SessionWish, role: Role, *, chained: bool) -> None:
    """Check how long the session may be. Raises AwsError."""
    if chained and wish.duration_s > DEFAULT_DURATION_S:
        raise AwsError(
            "ValidationError",
            400,
            "The requested DurationSeconds exceeds the 1 hour session limit "
            "for roles assumed by role chaining.",
        )
    if wish.duration_s > role.max_session_seconds:
        raise AwsError(
            "ValidationError",
            400,
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )


def session_policies(wish: SessionWish, identities: Identities) -> tuple[Policy, ...]:
    """Return the inline and managed session policies. Raises AwsError."""
    inline = () if wish.policy is None else (_inline(wish.policy),)
    return (*inline, *(_managed(arn, identities) for arn in wish.policy_arns))


def _inline(text: str) -> Policy:
    try:
        return parse_policy(text)
    except MalformedPolicy as malformed:
        raise AwsError("MalformedPolicyDocument", 400, malformed.message) from malformed


def _managed(arn: str, identities: Identities) -> Policy:
    policy = identities.managed_policy(arn)
    if policy is None:
        raise AwsError("ValidationError", 400, f"The policy {arn} does not exist in this account")
    return policy


def packed_size(wish: SessionWish, tags: SessionTags) -> int | None:
    """Return PackedPolicySize in percent, None if there is nothing to pack.

    Raises AwsError (PackedPolicyTooLarge) above 100.
    """
    texts = [*([] if wish.policy is None else [wish.policy]), *wish.policy_arns]
    if not texts and not tags.pairs:
        return None
    percent = packed_percent(texts, tags.pairs)
    if percent > FULL_PERCENT:
        message = f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
        if not texts:
            message = f"Packed size of session tags consumes {percent}% of allotted space."
        raise AwsError("PackedPolicyTooLarge", 400, message)
    return percent


def role_called(arn: str, roles: Mapping[str, Role]) -> Role | None:
    """Return the role with an ARN, whatever `roles` is keyed by. Raises AwsError."""
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", arn, re.ASCII):
        raise AwsError("ValidationError", 400, f"{arn} is invalid")
    return next((role for role in roles.values() if role.arn == arn), None)


def sts_context(
    wish: SessionWish,
    tags: SessionTags,
    *,
    source_identity: str | None,
    resource_tags: Mapping[str, str],
) -> Values:
    """Return the condition keys of STS's own (IAM User Guide: "IAM and AWS STS context keys").

    The same values hold for `sts:AssumeRole`, `sts:TagSession` and `sts:SetSourceIdentity`.
    """
    context: Values = {
        "sts:RoleSessionName": (wish.session_name,),
        **{f"aws:RequestTag/{key}": (value,) for key, value in tags.pairs},
        **{f"aws:ResourceTag/{key}": (value,) for key, value in resource_tags.items()},
        **{f"iam:ResourceTag/{key}": (value,) for key, value in resource_tags.items()},
    }
    if tags.pairs:
        context["aws:TagKeys"] = tags.keys
    if tags.transitive_keys:
        context["sts:TransitiveTagKeys"] = tags.transitive_keys
    if source_identity is not None:
        context["sts:SourceIdentity"] = (source_identity,)
    return context
