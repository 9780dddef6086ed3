"""Handing out temporary credentials."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from devstack.aws.iam.role import Role
from devstack.aws.iam.statement import Policy
from devstack.aws.sts.context import iso_time
from devstack.aws.sts.principal import Principal, session_arn
from devstack.aws.sts.xml import Tree
from trust.secret import Secret

KEY_BYTES, SECRET_BYTES, TOKEN_BYTES = 10, 30, 96
RANDOM_BYTES = KEY_BYTES + SECRET_BYTES + TOKEN_BYTES
"""How many random bytes one set of credentials is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session of a role that has been granted but has no credentials yet."""

    role: Role
    name: str
    duration_s: int
    least_token_bytes: int
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    policies: tuple[Policy, ...] = ()
    federated_provider: str | None = None


def issued(session: NewSession, *, now: int, random: bytes) -> Principal:
    """Give a session its credentials, made of `RANDOM_BYTES` random bytes."""
    key, rest = random[:KEY_BYTES], random[KEY_BYTES:RANDOM_BYTES]
    secret, token = rest[:SECRET_BYTES], rest[SECRET_BYTES:]
    return Principal(
        access_key_id="ASIA" + base64.b32encode(key).decode(),
        secret_access_key=Secret(base64.b64encode(secret).decode()),
        session_token=Secret(_token(token, at_least=session.least_token_bytes)),
        arn=session_arn(session.role, session.name),
        user_id=f"{session.role.role_id}:{session.name}",
        role=session.role,
        tags=session.tags,
        transitive_tag_keys=session.transitive_tag_keys,
        source_identity=session.source_identity,
        identity_policies=session.role.policies,
        session_policies=session.policies,
        boundary=session.role.boundary,
        federated_provider=session.federated_provider,
        issued_at=now,
        expires_at=now + session.duration_s,
    )


def _token(random: bytes, *, at_least: int) -> str:
    # `MinimumSessionTokenSize`: "STS increases the session token to at least this size".
    return base64.b64encode(random).decode().ljust(at_least, "A")


def session_elements(principal: Principal) -> Tree:
    """Return what every answer with credentials holds (STS API Reference: "Credentials")."""
    token = principal.session_token.reveal() if principal.session_token else ""
    known: Tree = {
        "Credentials": {
            "AccessKeyId": principal.access_key_id,
            "SecretAccessKey": principal.secret_access_key.reveal(),
            "SessionToken": token,
            "Expiration": iso_time(principal.expires_at or 0),
        },
        "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": principal.arn},
        "SessionTokenSize": str(len(token)),
    }
    if principal.source_identity is None:
        return known
    return {**known, "SourceIdentity": principal.source_identity}
