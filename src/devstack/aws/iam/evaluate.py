"""Whether a request is allowed: AWS's policy evaluation logic for requests in one account or two.

IAM User Guide: "Policy evaluation logic", "Determining whether a request is allowed or denied
within an account", "Cross-account policy evaluation logic".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from devstack.aws.iam.condition import holds
from devstack.aws.iam.context import Context
from devstack.aws.iam.match import action_matches, glob, resource_matches
from devstack.aws.iam.principal import Caller, Reach, reach
from devstack.aws.iam.statement import Effect, Policy, Selection, Statement
from devstack.aws.iam.variables import expanded_resource

Where = Literal["identity", "boundary", "session", "resource", "trust"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody wants to do, and what is known about it."""

    action: str
    """With its prefix, as in `s3:GetObject`."""
    resource: str
    """An ARN, or `*` for an action that has no resource."""
    context: Mapping[str, tuple[str, ...]]
    """Values by condition key; the case of keys does not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The request may go on."""

    reach: Reach = field(default=Reach.NAMED, compare=False)
    """How directly a trust or resource-based policy named the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """The request is refused: by a Deny statement, or because nothing allows it."""

    reason: Literal["explicit", "implicit"]
    where: Where


Decision = Allowed | Denied


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """The policies on the requested resource itself, and whose request it is."""

    policies: tuple[Policy, ...]
    caller: Caller
    account: str
    """The account that owns the resource."""
    kind: Literal["resource", "trust"] = "resource"
    """A role trust policy "must explicitly allow access": identity policies never replace it."""


def evaluate(
    request: Request,
    *,
    identity: Sequence[Policy],
    session: Sequence[Policy] | None = None,
    boundary: Sequence[Policy] | None = None,
    attached: Attached | None = None,
) -> Decision:
    """Decide about a request.

    An explicit deny anywhere wins. Otherwise identity policies, permissions boundary and session
    policies must all allow, each where present (None and an empty list both mean: not present,
    except for `identity`); a policy on the resource can stand in for some of them, depending on
    how directly it names the caller.
    """
    scope = _Scope(request=request, context=Context(request.context), bounded=bool(boundary))
    limits: dict[Where, Sequence[Policy]] = {"identity": identity}
    limits |= {"boundary": boundary} if boundary else {}
    limits |= {"session": session} if session else {}
    denied = _explicit_deny(scope, limits, attached)
    if denied:
        return denied
    named = None if attached is None else scope.reach(attached)
    if attached is not None and named is None and _needs_grant(attached):
        return Denied(reason="implicit", where=attached.kind)
    for where in _still_needed(named, attached):
        if where in limits and not scope.any_statement(Effect.ALLOW, limits[where]):
            return Denied(reason="implicit", where=where)
    return Allowed(reach=named or Reach.NAMED)


def trusts(
    trust_policy: Policy, principal: Caller, action: str, context: Mapping[str, tuple[str, ...]]
) -> Decision:
    """Decide what a role's trust policy alone says about a caller.

    `Allowed.reach` tells what else is needed: with `Reach.ACCOUNT`, or a caller of another
    account, the caller's identity policies must allow the action too.
    """
    request = Request(action=action, resource="*", context=context)
    scope = _Scope(request=request, context=Context(context))
    attached = Attached(policies=(trust_policy,), caller=principal, account="", kind="trust")
    denied = _explicit_deny(scope, {}, attached)
    if denied:
        return denied
    named = scope.reach(attached)
    return Denied(reason="implicit", where="trust") if named is None else Allowed(reach=named)


def _explicit_deny(
    scope: "_Scope", limits: Mapping[Where, Sequence[Policy]], attached: Attached | None
) -> Denied | None:
    if attached is not None and scope.denied_by(attached):
        return Denied(reason="explicit", where=attached.kind)
    for where, policies in limits.items():
        if scope.any_statement(Effect.DENY, policies):
            return Denied(reason="explicit", where=where)
    return None


def _needs_grant(attached: Attached) -> bool:
    return attached.kind == "trust" or not _same_account(attached)


def _same_account(attached: Attached) -> bool:
    # Services and providers belong to no account: what the policy grants them is all they need.
    return attached.caller.account in {"", attached.account}


def _still_needed(named: Reach | None, attached: Attached | None) -> tuple[Where, ...]:
    if attached is not None and _same_account(attached):
        if named is Reach.NAMED:
            return ()
        if named is Reach.ROLE:
            return ("boundary", "session")
    return ("identity", "boundary", "session")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """One request, asked about statement by statement."""

    request: Request
    context: Context
    bounded: bool = False
    """Whether the caller has a permissions boundary."""

    def any_statement(self, effect: Effect, policies: Iterable[Policy]) -> bool:
        return any(
            statement.effect is effect and self._applies(statement, policy)
            for policy in policies
            for statement in policy.statements
        )

    def denied_by(self, attached: Attached) -> bool:
        return any(True for _ in self._reaches(Effect.DENY, attached))

    def reach(self, attached: Attached) -> Reach | None:
        return max(self._reaches(Effect.ALLOW, attached), default=None)

    def _reaches(self, effect: Effect, attached: Attached) -> Iterable[Reach]:
        for policy in attached.policies:
            for statement in policy.statements:
                named = self._principal_reach(statement, attached.caller)
                if named and statement.effect is effect and self._applies(statement, policy):
                    yield named

    def _principal_reach(self, statement: Statement, caller: Caller) -> Reach | None:
        if statement.principals is None:
            return None
        named = reach(statement.principals.entries, caller)
        if not statement.principals.inverted:
            return named
        # "The NotPrincipal element with a Deny effect will always deny any IAM principal that has
        # a permissions boundary policy attached, regardless of the values specified in" it
        # ("Permissions boundaries for IAM entities").
        always = self.bounded and statement.effect is Effect.DENY
        return Reach.NAMED if named is None or always else None

    def _applies(self, statement: Statement, policy: Policy) -> bool:
        return (
            self._covers_action(statement.actions)
            and self._covers_resource(statement.resources, policy)
            and all(
                holds(clause, self.context, variables=policy.variables)
                for clause in statement.conditions
            )
        )

    def _covers_action(self, actions: Selection) -> bool:
        covered = any(action_matches(entry, self.request.action) for entry in actions.entries)
        return covered is not actions.inverted

    def _covers_resource(self, resources: Selection | None, policy: Policy) -> bool:
        if resources is None:
            return True
        covered = any(self._resource_covered(entry, policy) for entry in resources.entries)
        return covered is not resources.inverted

    def _resource_covered(self, entry: str, policy: Policy) -> bool:
        # "The resource that includes a policy variable with no value will not match any resource."
        pattern = expanded_resource(entry, self.context) if policy.variables else glob(entry)
        return pattern is not None and resource_matches(pattern, self.request.resource)
