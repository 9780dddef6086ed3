"""A gateway's Lambda target inside the agent's own process, for work without AWS.

It calls the same handler with the same event and client context as AgentCore Gateway does. There is
no login and no policy on this way: it is for one's own machine.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strands.tools.tools import PythonAgentTool
from strands.types.tools import ToolResult, ToolSpec, ToolUse

Handler = Callable[[Any, Any], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class ClientContext:
    """What Lambda's Python runtime makes of the gateway's `X-Amz-Client-Context`."""

    custom: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Context:
    """Of Lambda's context, what a target reads."""

    client_context: ClientContext


def called(handler: Handler, name: str, arguments: object) -> Mapping[str, object]:
    """Call a Lambda handler as the gateway does; `name` is `{target}___{tool}`."""
    custom = {"bedrockAgentCoreToolName": name, "bedrockAgentCoreMessageVersion": "1.0"}
    return handler(arguments, Context(ClientContext(custom)))


def local_tools(target: str, schema: Path, handler: Handler) -> Sequence[PythonAgentTool]:
    """Return the tools of a schema file under the names that the gateway would give them."""
    return [
        _tool(f"{target}___{tool['name']}", tool, handler)
        for tool in json.loads(schema.read_text(encoding="utf-8"))
    ]


def _tool(name: str, told: Mapping[str, Any], handler: Handler) -> PythonAgentTool:
    def call(use: ToolUse, **_surroundings: Any) -> ToolResult:
        answer = json.dumps(called(handler, name, use["input"]))
        return {"toolUseId": use["toolUseId"], "status": "success", "content": [{"text": answer}]}

    spec = ToolSpec(
        name=name, description=told["description"], inputSchema={"json": told["inputSchema"]}
    )
    return PythonAgentTool(name, spec, call)
