"""What a request to the data plane asks for, with AgentCore's own limits (botocore 2024-02-28)."""

import re
from dataclasses import dataclass
from uuid import UUID

from devstack.aws.errors import AwsError
from devstack.aws.place import Place
from devstack.aws.wire import WireRequest, decoded

SESSION_HEADER = "x-amzn-bedrock-agentcore-runtime-session-id"
USER_HEADER = "x-amzn-bedrock-agentcore-runtime-user-id"
MCP_SESSION_HEADER = "mcp-session-id"
DEFAULT_QUALIFIER = "DEFAULT"
CARD_PATH = "/.well-known/agent-card.json"
MAX_PAYLOAD_BYTES = 100_000_000
SESSION_ID_CHARS = range(33, 257)
MAX_USER_ID_CHARS = 1024
MAX_MCP_SESSION_CHARS = 1024

_PATH = re.compile(
    r"/runtimes/(?P<runtime>[^/]+)/(?P<operation>"
    r"invocations(?:/\.well-known/agent-card\.json)?|stopruntimesession|commands|ws)"
)
GET_CARD = "GetAgentCard"
WEBSOCKET = "InvokeAgentRuntimeWithWebSocketStream"
"""No operation of the SDKs: the action that a WebSocket's handshake needs."""

_OPERATIONS = {
    "invocations": "InvokeAgentRuntime",
    f"invocations{CARD_PATH}": GET_CARD,
    "stopruntimesession": "StopRuntimeSession",
    "commands": "InvokeAgentRuntimeCommand",
    "ws": WEBSOCKET,
}
_METHODS = {f"invocations{CARD_PATH}": "GET", "ws": "GET"}
_ARN = re.compile(
    r"arn:aws:bedrock-agentcore:[a-z0-9-]+:\d{12}:runtime/[a-zA-Z][a-zA-Z0-9_]{0,47}-[a-zA-Z0-9]{10}",
    re.ASCII,
)
_ID = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}-[a-zA-Z0-9]{10}", re.ASCII)
_QUALIFIER = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,47}", re.ASCII)
_SESSION_ID = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which operation on which runtime; enough to ask IAM."""

    operation: str
    runtime_arn: str
    qualifier: str | None

    @property
    def endpoint_arn(self) -> str:
        """The endpoint that the qualifier names."""
        return f"{self.runtime_arn}/runtime-endpoint/{self.qualifier or DEFAULT_QUALIFIER}"


def target(request: WireRequest, place: Place) -> Target:
    """Read path and query. Raises AwsError."""
    match = _PATH.fullmatch(request.path)
    if match is None or request.method != _METHODS.get(match["operation"], "POST"):
        raise AwsError("UnknownOperationException", 404, "There is no such operation.")
    parameters = dict(request.parameters)
    if len(parameters) != len(request.parameters):
        raise _invalid("A query parameter was given twice.")
    qualifier = parameters.get("qualifier")
    if qualifier is not None and not _QUALIFIER.fullmatch(qualifier):
        raise _invalid("qualifier is not the name of an endpoint.")
    return Target(
        operation=_OPERATIONS[match["operation"]],
        runtime_arn=_arn(decoded(match["runtime"]), parameters.get("accountId"), place),
        qualifier=qualifier,
    )


def _arn(runtime: str, account: str | None, place: Place) -> str:
    if _ARN.fullmatch(runtime):
        return runtime
    if not _ID.fullmatch(runtime):
        raise _invalid("agentRuntimeArn is neither the ARN nor the id of a runtime.")
    if account is None or not re.fullmatch(r"\d{12}", account, re.ASCII):
        raise _invalid("accountId is required with the id of a runtime.")
    return f"arn:aws:bedrock-agentcore:{place.region}:{account}:runtime/{runtime}"


def user_id(request: WireRequest) -> str | None:
    """Return the user id that the caller claims; None if there is none. Raises AwsError."""
    given = request.header(USER_HEADER)
    if given is not None and not 0 < len(given) <= MAX_USER_ID_CHARS:
        raise _invalid("runtimeUserId must have 1 to 1024 characters.")
    return given


def session_id(request: WireRequest, *, fallback: UUID) -> str:
    """Return the session's id, `fallback` if the caller names none. Raises AwsError."""
    given = request.header(SESSION_HEADER)
    return str(fallback) if given is None else _checked_session(given)


def mcp_session_id(request: WireRequest, *, fallback: UUID) -> str:
    """Return the session of a message to an MCP server, `fallback` if it names none.

    It is led by `Mcp-Session-Id`; the runtime session id is another protocol's. Any id is taken,
    also one that nobody gave out. Raises AwsError.
    """
    given = request.header(MCP_SESSION_HEADER)
    if given is None:
        return str(fallback)
    if len(given) > MAX_MCP_SESSION_CHARS or not _SESSION_ID.fullmatch(given):
        raise _invalid("mcpSessionId must have 1 to 1024 characters.")
    return given


def named_session_id(request: WireRequest) -> str:
    """Return the session's id where there must be one. Raises AwsError."""
    given = request.header(SESSION_HEADER)
    if given is None:
        raise _invalid("runtimeSessionId is required.")
    return _checked_session(given)


def _checked_session(given: str) -> str:
    if len(given) not in SESSION_ID_CHARS or not _SESSION_ID.fullmatch(given):
        raise _invalid(
            "1 validation error detected: Value at 'runtimeSessionId' failed to satisfy "
            "constraint: Member must have length between 33 and 256"
        )
    return given


def check_payload(body: bytes) -> None:
    """Raise AwsError for a payload over the limit."""
    if len(body) > MAX_PAYLOAD_BYTES:
        raise _invalid("payload must have at most 100000000 bytes.")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", 400, message)
