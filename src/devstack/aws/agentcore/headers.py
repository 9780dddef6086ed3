"""Which headers pass from caller to container and back.

What is not listed is dropped: the container never sees the caller's signature, cookies, tokens,
addresses, or anything with the prefix `x-amz-`; the caller sees of the container's answer what the
API's model names.
"""

from devstack.aws.agentcore.invocation import SESSION_HEADER
from devstack.aws.wire import Pairs

CUSTOM_PREFIX = "x-amzn-bedrock-agentcore-runtime-custom-"

_TO_CONTAINER = frozenset(
    {
        "accept",
        "baggage",
        "content-type",
        "mcp-method",
        "mcp-name",
        "mcp-protocol-version",
        "mcp-session-id",
        "traceparent",
        "tracestate",
        "x-amzn-trace-id",
    }
)
_TO_CALLER = frozenset(
    {
        "baggage",
        "content-encoding",
        "content-type",
        "mcp-protocol-version",
        "mcp-session-id",
        "traceparent",
        "tracestate",
        "x-amzn-trace-id",
    }
)


def to_container(headers: Pairs, *, session_id: str) -> Pairs:
    """Return the headers of the call to the container."""
    kept = tuple(
        (name, value)
        for name, value in headers
        if name in _TO_CONTAINER or name.startswith(CUSTOM_PREFIX)
    )
    return (*kept, (SESSION_HEADER, session_id))


def to_caller(headers: Pairs, *, session_id: str) -> Pairs:
    """Return the headers of the answer to the caller."""
    kept = tuple((name, value) for name, value in headers if name in _TO_CALLER)
    return (*kept, (SESSION_HEADER, session_id))
