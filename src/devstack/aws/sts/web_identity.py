"""AssumeRoleWithWebIdentity (STS API Reference): nobody signs, the person's token speaks.

IAM User Guide: "Passing session tags using AssumeRoleWithWebIdentity", "Using source identity with
AssumeRoleWithWebIdentity", "Available keys for AWS web identity federation".
"""

from collections.abc import Mapping

from devstack.aws.errors import AwsError
from devstack.aws.iam.evaluate import Attached, Denied, Request, evaluate
from devstack.aws.iam.principal import Caller
from devstack.aws.iam.role import Role
from devstack.aws.sts.constraints import Constraints
from devstack.aws.sts.context import Values, moment_context
from devstack.aws.sts.form import Form
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.identity_token import IdentityToken, verified
from devstack.aws.sts.issue import NewSession, issued, session_elements
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
from devstack.aws.sts.tags import check_together, checked, merged
from devstack.aws.sts.xml import Tree

ASSUME = "sts:AssumeRoleWithWebIdentity"


def assume_role_with_web_identity(
    form: Form, identities: Identities, roles: Mapping[str, Role], *, now: int, random: bytes
) -> Tree:
    """Open a session of a role for whoever a token speaks of; its key is added to `identities`.

    Raises AwsError.
    """
    wish, jwt = _request(form)
    token = verified(jwt, identities, now=now)
    _check_claims(token)
    role = role_called(wish.role_arn, roles)
    if role is None:
        raise _not_authorized(ASSUME)
    _authorize(wish, token, role, now=now)
    check_duration(wish, role, chained=False)
    policies = session_policies(wish, identities)
    percent = packed_size(wish, token.tags)
    session = NewSession(
        role=role,
        name=wish.session_name,
        duration_s=wish.duration_s,
        least_token_bytes=wish.token_bytes,
        tags=merged(role.tags, dict(token.tags.pairs)),
        transitive_tag_keys=token.tags.transitive_keys,
        source_identity=token.source_identity,
        policies=policies,
        federated_provider=token.provider.arn,
    )
    principal = issued(session, now=now, random=random)
    identities.add(principal, now=now)
    packed: Tree = {} if percent is None else {"PackedPolicySize": str(percent)}
    return {**session_elements(principal), **_about(token), **packed}


def _request(form: Form) -> tuple[SessionWish, str]:
    constraints = Constraints()
    wish = wish_in(form, constraints)
    jwt = constraints.present(form.get("WebIdentityToken"), "webIdentityToken")
    constraints.length(jwt, "webIdentityToken", least=4, most=20_000)
    constraints.enforce()
    if "ProviderId" in form:
        raise AwsError("ValidationError", 400, "ProviderId is for OAuth 2.0 access tokens only")
    return wish, jwt


def _check_claims(token: IdentityToken) -> None:
    constraints = Constraints()
    checked(token.tags, constraints)
    if token.source_identity is not None:
        check_name(constraints, token.source_identity, "sourceIdentity")
    constraints.enforce()
    check_together(token.tags, inherited_keys=())


def _authorize(wish: SessionWish, token: IdentityToken, role: Role, *, now: int) -> None:
    context = (
        moment_context(now)
        | _token_context(token)
        | sts_context(
            wish,
            token.tags,
            source_identity=token.source_identity,
            resource_tags=role.tags,
        )
    )
    trust = Attached(
        policies=(role.trust,),
        caller=Caller(kind="Federated", name=token.provider.arn),
        account=role.account,
        kind="trust",
    )
    for action in _actions(token):
        asked = Request(action=action, resource=role.arn, context=context)
        if isinstance(evaluate(asked, identity=(), attached=trust), Denied):
            raise _not_authorized(action)


def _actions(token: IdentityToken) -> list[str]:
    tagged = ["sts:TagSession"] if token.tags.pairs else []
    identified = ["sts:SetSourceIdentity"] if token.source_identity else []
    return [ASSUME, *tagged, *identified]


def _token_context(token: IdentityToken) -> Values:
    name = token.provider.name
    context: Values = {f"{name}:sub": (token.subject,), f"{name}:aud": (token.audience,)}
    return context | ({f"{name}:amr": token.methods} if token.methods else {})


def _about(token: IdentityToken) -> Tree:
    return {
        "SubjectFromWebIdentityToken": token.subject,
        "Provider": token.provider.arn,
        "Audience": token.audience,
    }


def _not_authorized(action: str) -> AwsError:
    return AwsError("AccessDenied", 403, f"Not authorized to perform {action}")
