"""Whoever signed a request: a user, or a session of a role."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from devstack.aws.iam.principal import Caller
from devstack.aws.iam.role import Role
from devstack.aws.iam.statement import Policy
from trust.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """One access key with everything that decides what it may do."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None = None
    """None for a long-lived key."""
    arn: str
    """`…:assumed-role/<role>/<session>` for a session of a role, else the user's ARN."""
    user_id: str
    """`aws:userid`; for a session `<role id>:<session name>`."""
    role: Role | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """`aws:PrincipalTag/…`: the role's or user's tags, overridden by the session's."""
    transitive_tag_keys: tuple[str, ...] = ()
    """Keys of session tags that a chained session inherits."""
    source_identity: str | None = None
    identity_policies: tuple[Policy, ...] = ()
    session_policies: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] | None = None
    federated_provider: str | None = None
    """The provider that vouched for the person, after AssumeRoleWithWebIdentity."""
    issued_at: int | None = None
    """Epoch seconds; None for a long-lived key."""
    expires_at: int | None = None
    """Epoch seconds; None for a long-lived key."""

    @property
    def account(self) -> str:
        """The twelve digits of the principal's account."""
        return self.arn.split(":")[4]

    @property
    def role_name(self) -> str | None:
        """The name of the role behind a session."""
        return None if self.role is None else self.role.name

    @property
    def caller(self) -> Caller:
        """How trust and resource-based policies see this principal."""
        role_arn = None if self.role is None else self.role.arn
        return Caller(name=self.arn, account=self.account, role_arn=role_arn)


def role_key(
    role: Role, *, access_key_id: str, secret_access_key: Secret, session_name: str
) -> Principal:
    """Return a key that always speaks for a session of a role.

    AWS hands such credentials out through instance and task metadata and renews them; a local
    stack has no metadata service, so its program holds one key that does not expire.
    """
    return Principal(
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        arn=session_arn(role, session_name),
        user_id=f"{role.role_id}:{session_name}",
        role=role,
        tags=dict(role.tags),
        identity_policies=role.policies,
        boundary=role.boundary,
    )


def session_arn(role: Role, session_name: str) -> str:
    """Return the ARN of a session; a role's path is not part of it."""
    return f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{session_name}"
