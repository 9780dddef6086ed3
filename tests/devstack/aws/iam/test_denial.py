"""The sentence of a refusal ("Access denied error message examples")."""

import pytest

from devstack.aws.iam.denial import denial_message
from devstack.aws.iam.evaluate import Denied

USER = "arn:aws:iam::123456789012:user/JohnDoe"


@pytest.mark.parametrize(
    ("denied", "end"),
    [
        (
            Denied(reason="implicit", where="session"),
            "because no session policy allows the codedeploy:ListDeployments action",
        ),
        (
            Denied(reason="explicit", where="identity"),
            "with an explicit deny in an identity-based policy",
        ),
    ],
)
def test_a_refusal_names_who_what_and_which_policy(denied: Denied, end: str) -> None:
    message = denial_message(denied, arn=USER, action="codedeploy:ListDeployments", resource="*")

    start = f"User: {USER} is not authorized to perform: codedeploy:ListDeployments on resource: *"
    assert message == f"{start} {end}"
