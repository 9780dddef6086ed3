"""Grants from AWS STS, over the wire."""

from dataclasses import dataclass

from trust.aws.caller import Caller
from trust.aws.message import AwsUnavailable, Post, is_ok
from trust.aws.retry import Patience
from trust.aws.sts.answer import AnswerMalformed, code_of, credentials_of
from trust.aws.sts.request import assume_role, assume_role_with_web_identity
from trust.grant.record import Credentials, GrantDenied, GrantRequest, GrantUnavailable
from trust.secret import Secret

PATIENCE = Patience(attempts=2, attempt_s=5.0, whole_s=12.0)
"""How long a grant may take: rare, since every grant is kept, but a person waits for it."""

_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "MalformedPolicyDocument", "ValidationError"}
    | {"PackedPolicyTooLarge", "InvalidIdentityToken", "IDPRejectedClaim", "ExpiredTokenException"}
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AssumeRole:
    """`sts:AssumeRole` with session policy, tags and source identity; grants last `seconds`."""

    caller: Caller
    seconds: int

    async def assume(self, request: GrantRequest, id_token: Secret | None) -> Credentials:
        """Return fresh credentials. Raises GrantDenied, GrantUnavailable."""
        del id_token  # the role is assumed by the BFF's own identity
        return await _sold(self.caller, assume_role(request, seconds=self.seconds))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class AssumeRoleWithWebIdentity:
    """`sts:AssumeRoleWithWebIdentity` with the person's own ID token; tags come in its claims."""

    caller: Caller
    seconds: int

    async def assume(self, request: GrantRequest, id_token: Secret | None) -> Credentials:
        """Return fresh credentials. Raises GrantDenied, GrantUnavailable."""
        if id_token is None:
            raise GrantDenied("the session has no ID token to show to STS")
        post = assume_role_with_web_identity(request, id_token, seconds=self.seconds)
        return await _sold(self.caller, post)


async def _sold(caller: Caller, post: Post) -> Credentials:
    try:
        reply = await caller.call(post)
        if is_ok(reply):
            return credentials_of(reply)
    except (AwsUnavailable, AnswerMalformed) as error:
        raise GrantUnavailable(f"STS: {error}") from error
    code = code_of(reply)
    # AWS's own text names roles and policies: it goes nowhere.
    denied = GrantDenied if code in _DENIED else GrantUnavailable
    raise denied(f"STS: {code or f'status {reply.status}'}")
