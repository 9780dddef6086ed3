"""A wish for the data role of the small account in `devstack/aws/sts`, and how it is refused."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

DATA = "arn:aws:iam::123456789012:role/gatehouse-data-hello"
TAGS = [{"Key": "tenant_id", "Value": "acme"}, {"Key": "app_id", "Value": "demo"}]
WISH: dict[str, Any] = {"RoleArn": DATA, "RoleSessionName": "alice-1"}


def refusal(account: Any, **parameters: Any) -> tuple[str, int, str]:
    """Return the code, the status and the message with which AssumeRole is refused."""
    with pytest.raises(ClientError) as caught:
        account.client().assume_role(**(WISH | parameters))
    answer: Any = caught.value.response
    error = answer["Error"]
    return error["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], error["Message"]
