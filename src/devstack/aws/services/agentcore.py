"""From a call of AgentCore's data plane to what IAM is asked.

Service Authorization Reference, "Actions, resources, and condition keys for Amazon Bedrock
AgentCore": the runtime is asked about, and with a qualifier its endpoint as well.
"""

from collections.abc import Iterator

from devstack.aws.agentcore.invocation import WEBSOCKET, Target
from devstack.aws.iam.evaluate import Request


def requests(target: Target, *, user_id: str | None) -> tuple[Request, ...]:
    """Return everything that must be allowed."""
    actions = [target.operation]
    if user_id is not None and target.operation in {"InvokeAgentRuntime", WEBSOCKET}:
        # The id is taken on trust, so whoever may set it can act for anybody: a permission of its
        # own ("Pass a user ID", AgentCore Developer Guide, runtime-oauth).
        actions.append(f"{target.operation}ForUser")
    return tuple(
        Request(action=f"bedrock-agentcore:{action}", resource=resource, context={})
        for action in actions
        for resource in _resources(target)
    )


def _resources(target: Target) -> Iterator[str]:
    yield target.runtime_arn
    if target.qualifier is not None:
        yield target.endpoint_arn
