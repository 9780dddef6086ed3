"""Python in AgentCore's sandbox: a session for each call, so that none sees another's."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError
from strands import tool  # pyright: ignore[reportUnknownVariableType] its schema is a bare dict

from agent_host.log import event
from agent_host.settings import Settings

MAX_CODE_CHARS = 20_000
MAX_OUTPUT_CHARS = 10_000
SESSION_S = 300
"""After this the sandbox ends by itself, in seconds."""

NOT_THERE = "There is no code interpreter here. It runs on AWS only, where it is enabled."
FAILED = "The code interpreter cannot be reached at the moment."


class Sandbox(Protocol):
    """What is used of boto3's client `bedrock-agentcore`."""

    def start_code_interpreter_session(self, **request: Any) -> Mapping[str, Any]:
        """Start a session."""
        ...

    def invoke_code_interpreter(self, **request: Any) -> Mapping[str, Any]:
        """Run code in it."""
        ...

    def stop_code_interpreter_session(self, **request: Any) -> Mapping[str, Any]:
        """End it."""
        ...


def sandbox_of(settings: Settings) -> Sandbox | None:
    """Return the sandbox that the settings name; nothing is called yet."""
    if settings.code_interpreter_id is None:
        return None
    from agent_host.boto3_agentcore import agentcore

    client, _credentials = agentcore(settings, read_timeout_s=120)
    sandbox: Sandbox = client
    return sandbox


def run_python_tool(sandbox: Sandbox | None, interpreter: str | None) -> Any:
    """Return the tool that runs Python; without a sandbox it says so. Never in our own process."""

    @tool
    async def run_python(code: str) -> str:
        """Run Python in a sandbox without a network, and read what it prints.

        Args:
            code: The program.
        """
        if sandbox is None or interpreter is None:
            return NOT_THERE
        if not code.strip() or len(code) > MAX_CODE_CHARS:
            return f"The code has from 1 to {MAX_CODE_CHARS} characters."
        try:
            return await asyncio.to_thread(_run, sandbox, interpreter, code)
        except (BotoCoreError, ClientError) as error:
            event("code_interpreter.failed", error=type(error).__name__)
            return FAILED

    return run_python


def _run(sandbox: Sandbox, interpreter: str, code: str) -> str:
    session = sandbox.start_code_interpreter_session(
        codeInterpreterIdentifier=interpreter, sessionTimeoutSeconds=SESSION_S
    )["sessionId"]
    try:
        answer = sandbox.invoke_code_interpreter(
            codeInterpreterIdentifier=interpreter,
            sessionId=session,
            name="executeCode",
            arguments={"language": "python", "code": code},
        )
        return _printed(answer["stream"])[:MAX_OUTPUT_CHARS] or "(It printed nothing.)"
    finally:
        sandbox.stop_code_interpreter_session(
            codeInterpreterIdentifier=interpreter, sessionId=session
        )


def _printed(stream: Iterable[Mapping[str, Any]]) -> str:
    parts = [part for piece in stream for part in piece.get("result", {}).get("content", [])]
    return "".join(str(part["text"]) for part in parts if "text" in part)
