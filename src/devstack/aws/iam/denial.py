"""The sentence in which AWS refuses (IAM User Guide: "Access denied error message examples")."""

from devstack.aws.iam.evaluate import Denied, Where

_IMPLICIT: dict[Where, str] = {
    "identity": "identity-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "resource": "resource-based policy",
    "trust": "role trust policy",
}
_EXPLICIT: dict[Where, str] = {
    "identity": "an identity-based policy",
    "boundary": "a permissions boundary",
    "session": "a session policy",
    "resource": "a resource-based policy",
    "trust": "the role trust policy",
}


def denial_message(denied: Denied, *, arn: str, action: str, resource: str) -> str:
    """Say who may not do what on which resource, and which kind of policy is the reason."""
    about = f"User: {arn} is not authorized to perform: {action} on resource: {resource}"
    if denied.reason == "explicit":
        return f"{about} with an explicit deny in {_EXPLICIT[denied.where]}"
    return f"{about} because no {_IMPLICIT[denied.where]} allows the {action} action"
