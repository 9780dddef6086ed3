"""STS's calls as they are posted (Query protocol, API version 2011-06-15): built, not sent."""

from collections.abc import Mapping
from urllib.parse import urlencode

from trust.aws.message import Post
from trust.grant.record import GrantRequest
from trust.secret import Secret

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
_VERSION = "2011-06-15"


def assume_role(grant: GrantRequest, *, seconds: int) -> Post:
    """Ask for the role as the process's own identity, with session policy, tags and source."""
    members = _members("AssumeRole", grant, seconds)
    members["SourceIdentity"] = session_name(grant)
    for number, (key, value) in enumerate(grant.coordinates.tags.items(), start=1):
        members[f"Tags.member.{number}.Key"] = key
        members[f"Tags.member.{number}.Value"] = value
    return Post(headers=_HEADERS, body=_form(members))


def assume_role_with_web_identity(grant: GrantRequest, id_token: Secret, *, seconds: int) -> Post:
    """Ask for the role as the person whose ID token this is; it proves the call by itself."""
    members = _members("AssumeRoleWithWebIdentity", grant, seconds)
    members["WebIdentityToken"] = id_token.reveal()
    return Post(headers=_HEADERS, body=_form(members), signed=False)


def session_name(grant: GrantRequest) -> str:
    """Return what CloudTrail shows: tenant and subject key, at most 64 characters of `[\\w+=,.@-]`.

    63 + 1 + 22 would be too long for the longest tenant names; the subject key is kept whole.
    """
    return f"{grant.coordinates.tenant[:41]}.{grant.subject}"


def _members(action: str, grant: GrantRequest, seconds: int) -> dict[str, str]:
    return {
        "Action": action,
        "Version": _VERSION,
        "RoleArn": grant.role_arn,
        "RoleSessionName": session_name(grant),
        "DurationSeconds": str(seconds),
        "Policy": grant.policy,
    }


def _form(members: Mapping[str, str]) -> bytes:
    return urlencode(members).encode()
