"""GetCallerIdentity: who am I (STS API Reference)."""

from devstack.aws.sts.principal import Principal
from devstack.aws.sts.xml import Tree


def caller_identity(caller: Principal) -> Tree:
    """Return the result; no policy can refuse it, not even an explicit deny."""
    return {"Arn": caller.arn, "UserId": caller.user_id, "Account": caller.account}
