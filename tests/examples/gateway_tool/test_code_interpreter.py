"""Python in AgentCore's sandbox: what is asked of it, and what becomes of failures."""

from typing import Any

import pytest
from agent_host.code_interpreter import FAILED, NOT_THERE, run_python_tool, sandbox_of
from agent_host.settings import settings_of
from botocore.exceptions import ClientError
from botocore.session import Session
from botocore.validate import validate_parameters

SHAPES = Session().get_service_model("bedrock-agentcore")
INTERPRETER = "interpreter-0123456789"


class FakeSandbox:
    """Keeps sessions; requests are held against botocore's model."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.code: list[str] = []
        self.prints = "42\n"
        self.denied = False

    def start_code_interpreter_session(self, **request: Any) -> dict[str, Any]:
        _check("StartCodeInterpreterSession", request)
        self.open.add("session-1")
        return {"sessionId": "session-1"}

    def invoke_code_interpreter(self, **request: Any) -> dict[str, Any]:
        _check("InvokeCodeInterpreter", request)
        assert request["sessionId"] in self.open
        if self.denied:
            refusal: Any = {"Error": {"Code": "AccessDenied", "Message": "arn:aws:iam::1:role/x"}}
            raise ClientError(refusal, "InvokeCodeInterpreter")
        self.code.append(request["arguments"]["code"])
        text = {"type": "text", "text": self.prints}
        return {"stream": iter([{"result": {"content": [text, {"type": "image"}]}}, {}])}

    def stop_code_interpreter_session(self, **request: Any) -> dict[str, Any]:
        _check("StopCodeInterpreterSession", request)
        self.open.remove(request["sessionId"])
        return {}


def _check(operation: str, request: dict[str, Any]) -> None:
    shape = SHAPES.operation_model(operation).input_shape
    assert shape is not None
    validate_parameters(request, shape)


async def run(sandbox: FakeSandbox | None, code: str) -> str:
    return str(await run_python_tool(sandbox, INTERPRETER)(code=code))


async def test_code_runs_in_a_session_of_its_own() -> None:
    sandbox = FakeSandbox()

    assert await run(sandbox, "print(6 * 7)") == "42\n"
    assert sandbox.code == ["print(6 * 7)"]
    assert sandbox.open == set()


async def test_what_is_printed_is_bounded() -> None:
    sandbox = FakeSandbox()
    sandbox.prints = "x" * 50_000

    assert len(await run(sandbox, "print('x' * 50000)")) == 10_000


async def test_silence_is_said() -> None:
    sandbox = FakeSandbox()
    sandbox.prints = ""

    assert await run(sandbox, "pass") == "(It printed nothing.)"


@pytest.mark.parametrize("code", ["", "  \n", "x" * 20_001])
async def test_code_has_a_length(code: str) -> None:
    sandbox = FakeSandbox()

    assert await run(sandbox, code) == "The code has from 1 to 20000 characters."
    assert sandbox.code == []


async def test_a_refusal_leaves_no_session_and_says_nothing_of_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox = FakeSandbox()
    sandbox.denied = True

    assert await run(sandbox, "pass") == FAILED
    assert sandbox.open == set()
    assert "arn:aws" not in capsys.readouterr().err


async def test_without_a_sandbox_nothing_runs() -> None:
    assert sandbox_of(settings_of({})) is None
    assert await run(None, "print(6 * 7)") == NOT_THERE


def test_the_sandbox_of_the_settings_is_in_agentcore_s_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIARUNTIMEROLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    variables = {
        "CODE_INTERPRETER_ID": INTERPRETER,
        "AWS_REGION": "eu-west-1",
        "BEDROCK_REGION": "us-west-2",
    }

    sandbox: Any = sandbox_of(settings_of(variables))

    assert sandbox.meta.region_name == "eu-west-1"
