"""The Lambda function behind the gateway: `titanic.handler.handler`.

AgentCore Gateway sends the tool's arguments as the event, and says in the client context which tool
is meant: `bedrockAgentCoreToolName` is `{target}___{tool}`. What is returned is the tool's answer.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Protocol, cast

from titanic.analysis import TOOLS, Answer
from titanic.passengers import Passenger, passengers_of
from titanic.request import ArgumentRefused

DELIMITER: Final = "___"
TOOL_NAME: Final = "bedrockAgentCoreToolName"
MAX_ARGUMENTS: Final = 4096
"""Longest arguments, in characters of JSON."""

# Beside the packages in the Lambda's zip; in the checkout, with the example.
_PLACES: Final = ("passengers.csv", "2-gateway-tool/passengers.csv")


class ClientContext(Protocol):
    """What Lambda hands over of `X-Amz-Client-Context`."""

    @property
    def custom(self) -> Mapping[str, object] | None:
        """What the caller added."""
        ...


class LambdaContext(Protocol):
    """What is used of Lambda's context."""

    @property
    def client_context(self) -> ClientContext | None:
        """None where the caller sent none."""
        ...


def handler(event: object, context: LambdaContext) -> Answer:
    """Answer a call of the gateway. A refusal is an answer too, so that the model can do better."""
    tool = TOOLS.get(_tool(context))
    if tool is None:
        return _refusal("tool_unknown", f"the tools are {', '.join(TOOLS)}")
    if not isinstance(event, dict) or len(json.dumps(event)) > MAX_ARGUMENTS:
        return _refusal("arguments_invalid", f"an object of {MAX_ARGUMENTS} characters at most")
    try:
        return tool(_passengers(), cast("dict[str, object]", event))
    except ArgumentRefused as refused:
        return _refusal("arguments_invalid", str(refused))


def _tool(context: LambdaContext) -> str:
    custom = (context.client_context.custom if context.client_context else None) or {}
    # A direct call of the function has no client context, and so no tool.
    return str(custom.get(TOOL_NAME, "")).rpartition(DELIMITER)[2]


def _refusal(code: str, message: str) -> Answer:
    return {"error": {"code": code, "message": message}}


@cache
def _passengers() -> tuple[Passenger, ...]:
    above = Path(__file__).resolve().parents[1]
    place = next(above / place for place in _PLACES if (above / place).is_file())
    return tuple(passengers_of(place.read_text(encoding="utf-8").splitlines()))
