"""Whose credentials these are, by boto3."""

from typing import Any, cast

import boto3

from bridge.agentcore import CONFIG
from bridge.boto_error import called


def account(region: str) -> str:
    """Return the account's number.

    Raises:
        WrongUse: there are no credentials.
        Declined: AWS does not take them.
        Lost: no answer came.

    """
    client: Any = cast("Any", boto3).client("sts", region_name=region, config=CONFIG)
    return str(called("GetCallerIdentity", client.get_caller_identity)["Account"])
