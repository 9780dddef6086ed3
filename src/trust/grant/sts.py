"""Grants from AWS STS, by boto3 in a thread: rare enough, since every grant is cached."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from trust.clock import NumericDate
from trust.grant.record import Credentials, GrantDenied, GrantRequest, GrantUnavailable
from trust.grant.vendor import Vendor
from trust.secret import Secret

if TYPE_CHECKING:
    from mypy_boto3_sts.client import STSClient
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

__all__ = ["AssumeRole", "AssumeRoleWithWebIdentity", "Vendor", "open_client", "session_name"]

TIMEOUT_S = 5
"""How long one attempt may take; botocore makes two."""

_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "MalformedPolicyDocument", "ValidationError"}
    | {"PackedPolicyTooLarge", "InvalidIdentityToken", "IDPRejectedClaim", "ExpiredTokenException"}
)


def open_client(region: str) -> "STSClient":
    """Return a client of the region's own endpoint; `AWS_ENDPOINT_URL…` is honoured by boto3."""
    config = Config(
        connect_timeout=TIMEOUT_S,
        read_timeout=TIMEOUT_S,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )
    return boto3.client("sts", region_name=region, config=config)  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service


class AssumeRole:
    """`sts:AssumeRole` with session policy, tags and source identity."""

    def __init__(self, client: "STSClient", *, seconds: int) -> None:
        self._client = client
        self._seconds = seconds

    async def assume(self, request: GrantRequest, id_token: Secret | None) -> Credentials:
        """Return fresh credentials. Raises GrantDenied, GrantUnavailable."""
        del id_token  # the role is assumed by the BFF's own identity
        return await _sold(lambda: self._assume(request))

    def _assume(self, request: GrantRequest) -> "CredentialsTypeDef":
        tags = request.coordinates.tags
        return self._client.assume_role(
            RoleArn=request.role_arn,
            RoleSessionName=session_name(request),
            SourceIdentity=session_name(request),
            DurationSeconds=self._seconds,
            Policy=request.policy,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )["Credentials"]


class AssumeRoleWithWebIdentity:
    """`sts:AssumeRoleWithWebIdentity` with the person's own ID token; tags come in its claims."""

    def __init__(self, client: "STSClient", *, seconds: int) -> None:
        self._client = client
        self._seconds = seconds

    async def assume(self, request: GrantRequest, id_token: Secret | None) -> Credentials:
        """Return fresh credentials. Raises GrantDenied, GrantUnavailable."""
        if id_token is None:
            raise GrantDenied("the session has no ID token to show to STS")
        return await _sold(lambda: self._assume(request, id_token))

    def _assume(self, request: GrantRequest, id_token: Secret) -> "CredentialsTypeDef":
        return self._client.assume_role_with_web_identity(
            RoleArn=request.role_arn,
            RoleSessionName=session_name(request),
            DurationSeconds=self._seconds,
            Policy=request.policy,
            WebIdentityToken=id_token.reveal(),
        )["Credentials"]


def session_name(request: GrantRequest) -> str:
    """Return what CloudTrail shows: tenant and subject key, at most 64 characters of `[\\w+=,.@-]`.

    63 + 1 + 22 would be too long for the longest tenant names; the subject key is kept whole.
    """
    return f"{request.coordinates.tenant[:41]}.{request.subject}"


async def _sold(work: Callable[[], "CredentialsTypeDef"]) -> Credentials:
    try:
        given = await asyncio.to_thread(work)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        # AWS's own text names roles and policies: it stays in our log, as the cause.
        raise (GrantDenied if code in _DENIED else GrantUnavailable)(f"STS: {code}") from error
    except (BotoCoreError, ResponseParserError) as error:
        raise GrantUnavailable(f"STS: {type(error).__name__}") from error
    return Credentials(
        access_key_id=given["AccessKeyId"],
        secret_access_key=Secret(given["SecretAccessKey"]),
        session_token=Secret(given["SessionToken"]),
        expires_at=NumericDate(int(given["Expiration"].timestamp())),
    )
