"""AssumeRole (STS API Reference: "AssumeRole").

The order is AWS's: parameters each for themselves, then whether the caller may, and only then what
depends on the role, so that nobody learns of a role what they may not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from devstack.aws.errors import AwsError
from devstack.aws.iam.denial import denial_message
from devstack.aws.iam.evaluate import Attached, Decision, Denied, Request, evaluate
from devstack.aws.iam.role import Role
from devstack.aws.iam.statement import Policy
from devstack.aws.sts.constraints import Constraints, spelled
from devstack.aws.sts.context import request_context
from devstack.aws.sts.form import Form
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.issue import NewSession, issued, session_elements
from devstack.aws.sts.principal import Principal
from devstack.aws.sts.session import (
    SessionWish,
    check_duration,
    check_name,
    packed_size,
    role_called,
    session_policies,
    sts_context,
    wish_in,
)
from devstack.aws.sts.tags import SessionTags, check_together, inherited, merged, tags_in
from devstack.aws.sts.xml import Tree

ASSUME, TAG, IDENTIFY = "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"
_EXTERNAL_ID = r"[\w+=,.@:\/-]*"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumeRoleRequest:
    """The parameters of one call, each within its own limits."""

    wish: SessionWish
    tags: SessionTags
    source_identity: str | None
    external_id: str | None


def assume_role(
    form: Form,
    caller: Principal,
    identities: Identities,
    roles: Mapping[str, Role],
    *,
    now: int,
    random: bytes,
) -> Tree:
    """Open a session of a role for a caller; its key is added to `identities`. Raises AwsError."""
    request = _request(form)
    check_together(request.tags, inherited_keys=caller.transitive_tag_keys)
    role = role_called(request.wish.role_arn, roles)
    if role is None:
        # A role that is not there looks like one that does not trust the caller.
        raise _access_denied(_stranger(caller, request.wish.role_arn))
    _authorize(request, caller, role, now=now)
    _check_source_identity(request, caller)
    check_duration(request.wish, role, chained=caller.role is not None)
    policies = session_policies(request.wish, identities)
    percent = packed_size(request.wish, request.tags)
    principal = issued(_session(request, caller, role, policies), now=now, random=random)
    identities.add(principal, now=now)
    packed: Tree = {} if percent is None else {"PackedPolicySize": str(percent)}
    return {**session_elements(principal), **packed}


def _request(form: Form) -> AssumeRoleRequest:
    constraints = Constraints()
    request = AssumeRoleRequest(
        wish=wish_in(form, constraints),
        tags=tags_in(form, constraints),
        source_identity=form.get("SourceIdentity"),
        external_id=form.get("ExternalId"),
    )
    if request.source_identity is not None:
        check_name(constraints, request.source_identity, "sourceIdentity")
    if request.external_id is not None:
        constraints.length(request.external_id, "externalId", least=2, most=1224)
        fits = spelled(_EXTERNAL_ID)
        constraints.pattern(request.external_id, "externalId", fits=fits, shown=_EXTERNAL_ID)
    constraints.enforce()
    _check_supported(form)
    return request


def _check_supported(form: Form) -> None:
    if "TokenCode" in form or "SerialNumber" in form:
        raise _access_denied(
            "MultiFactorAuthentication failed with invalid MFA one time pass code."
        )
    if any(name.startswith("ProvidedContexts.") for name in form):
        raise AwsError(
            "ValidationError", 400, "ProvidedContexts: this account knows no context provider"
        )


def _authorize(request: AssumeRoleRequest, caller: Principal, role: Role, *, now: int) -> None:
    passed_on = inherited(caller.tags, caller.transitive_tag_keys)
    context = request_context(caller, now) | sts_context(
        request.wish,
        request.tags,
        source_identity=request.source_identity,
        # "The value of a transitive tag overrides the role matching the ResourceTag value before
        # the evaluation of the role trust policy."
        resource_tags=merged(role.tags, passed_on),
    )
    if request.external_id is not None:
        context["sts:ExternalId"] = (request.external_id,)
    for action in _actions(request, caller):
        asked = Request(action=action, resource=role.arn, context=context)
        decision = _decision(asked, caller, role)
        if isinstance(decision, Denied):
            message = denial_message(decision, arn=caller.arn, action=action, resource=role.arn)
            raise _access_denied(message)


def _actions(request: AssumeRoleRequest, caller: Principal) -> list[str]:
    # What a chained session inherits is set on it as well, so it needs the same permission.
    tagged = request.tags.pairs or caller.transitive_tag_keys
    identified = request.source_identity or caller.source_identity
    return [ASSUME, *([TAG] if tagged else []), *([IDENTIFY] if identified else [])]


def _decision(asked: Request, caller: Principal, role: Role) -> Decision:
    trust = Attached(
        policies=(role.trust,), caller=caller.caller, account=role.account, kind="trust"
    )
    decision = _evaluated(asked, caller, trust)
    if isinstance(decision, Denied) or asked.action != IDENTIFY or caller.role is None:
        return decision
    # "When you assume a role with another role, … permissions for sts:SetSourceIdentity are
    # required in both the permissions policy of the principal who is assuming the role and in the
    # role trust policy of the target role": being named by the trust policy is not enough.
    return _evaluated(asked, caller, None)


def _evaluated(asked: Request, caller: Principal, attached: Attached | None) -> Decision:
    return evaluate(
        asked,
        identity=caller.identity_policies,
        session=caller.session_policies,
        boundary=caller.boundary,
        attached=attached,
    )


def _check_source_identity(request: AssumeRoleRequest, caller: Principal) -> None:
    already = caller.source_identity
    if already is not None and request.source_identity not in {None, already}:
        raise _access_denied("The source identity is already set for this assume role session")


def _session(
    request: AssumeRoleRequest, caller: Principal, role: Role, policies: tuple[Policy, ...]
) -> NewSession:
    passed_on = inherited(caller.tags, caller.transitive_tag_keys)
    return NewSession(
        role=role,
        name=request.wish.session_name,
        duration_s=request.wish.duration_s,
        least_token_bytes=request.wish.token_bytes,
        tags=merged(role.tags, passed_on, dict(request.tags.pairs)),
        transitive_tag_keys=(*caller.transitive_tag_keys, *request.tags.transitive_keys),
        source_identity=request.source_identity or caller.source_identity,
        policies=policies,
    )


def _stranger(caller: Principal, role_arn: str) -> str:
    return f"User: {caller.arn} is not authorized to perform: {ASSUME} on resource: {role_arn}"


def _access_denied(message: str) -> AwsError:
    return AwsError("AccessDenied", 403, message)
