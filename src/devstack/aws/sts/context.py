"""The global condition keys of a request (IAM User Guide: "AWS global condition context keys")."""

from datetime import UTC, datetime

from devstack.aws.sts.principal import Principal

Values = dict[str, tuple[str, ...]]


def request_context(
    principal: Principal,
    now: int,
    *,
    region: str | None = None,
    source_ip: str | None = None,
    secure_transport: bool = False,
) -> Values:
    """Return what is known about whoever made a request at `now` (epoch seconds)."""
    return (
        moment_context(now, secure_transport=secure_transport)
        | _principal_context(principal)
        | _present("aws:RequestedRegion", region)
        | _present("aws:SourceIp", source_ip)
    )


def moment_context(now: int, *, secure_transport: bool = False) -> Values:
    """Return what every request has, also one that nobody signed."""
    return {
        "aws:CurrentTime": (iso_time(now),),
        "aws:EpochTime": (str(now),),
        "aws:SecureTransport": (str(secure_transport).lower(),),
        "aws:ViaAWSService": ("false",),
    }


def _principal_context(principal: Principal) -> Values:
    is_session = principal.role is not None
    # "For IAM roles, the request context returns the ARN of the role", not of the session.
    arn = principal.role.arn if principal.role is not None else principal.arn
    return {
        "aws:PrincipalArn": (arn,),
        "aws:PrincipalAccount": (principal.account,),
        "aws:PrincipalType": ("AssumedRole" if is_session else "User",),
        "aws:PrincipalIsAWSService": ("false",),
        "aws:userid": (principal.user_id,),
        **{f"aws:PrincipalTag/{key}": (value,) for key, value in principal.tags.items()},
        **_present("aws:SourceIdentity", principal.source_identity),
        **_present("aws:FederatedProvider", principal.federated_provider),
        **({} if is_session else {"aws:username": (principal.arn.rpartition("/")[2],)}),
        **_temporary_context(principal),
    }


def _temporary_context(principal: Principal) -> Values:
    if principal.issued_at is None:
        return {}
    # Present "only when the principal uses temporary credentials"; nobody has a second factor
    # here, so it is false, and `aws:MultiFactorAuthAge` is never there.
    return {
        "aws:TokenIssueTime": (iso_time(principal.issued_at),),
        "aws:MultiFactorAuthPresent": ("false",),
    }


def _present(key: str, value: str | None) -> Values:
    return {} if value is None else {key: (value,)}


def iso_time(seconds: int) -> str:
    """Write epoch seconds as AWS writes time, as in `2026-11-20T12:00:00Z`."""
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
