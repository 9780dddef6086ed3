"""Which headers pass from caller to container and back.

What is not listed is dropped: the container never sees the caller's signature, cookies, tokens,
addresses, or anything with the prefix `x-amz-`; the caller sees of the container's answer what the
API's model names.
"""

from devstack.aws.agentcore.invocation import MCP_SESSION_HEADER, SESSION_HEADER
from devstack.aws.agentcore.runtime import Contract
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


def to_container(
    headers: Pairs,
    *,
    session_id: str,
    contract: Contract = Contract.HTTP,
    allowed: frozenset[str] = frozenset(),
) -> Pairs:
    """Return the headers of the call to the container; `allowed`: those of its own list."""
    kept = tuple(
        (name, value)
        for name, value in headers
        if name in _TO_CONTAINER | allowed or name.startswith(CUSTOM_PREFIX)
    )
    return (*_with_mcp_session(kept, contract, session_id), (SESSION_HEADER, session_id))


def to_caller(headers: Pairs, *, session_id: str, contract: Contract = Contract.HTTP) -> Pairs:
    """Return the headers of the answer to the caller."""
    kept = tuple((name, value) for name, value in headers if name in _TO_CALLER)
    return (*_with_mcp_session(kept, contract, session_id), (SESSION_HEADER, session_id))


def _with_mcp_session(headers: Pairs, contract: Contract, session_id: str) -> Pairs:
    """Give an MCP server, and its caller, the session that the platform found or began."""
    if contract is not Contract.MCP or MCP_SESSION_HEADER in dict(headers):
        return headers
    return (*headers, (MCP_SESSION_HEADER, session_id))
