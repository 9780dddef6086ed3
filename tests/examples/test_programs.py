"""The agents' programs as AgentCore starts them: a file, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
START_S = 20.0


@pytest.mark.parametrize(
    "program",
    [
        "gateway_tool/agent.py",
        "3-deepresearch/agent.py",
        "research/agent.py",
    ],
)
def test_a_program_listens_and_loads_wherever_it_is_started(program: str, tmp_path: Path) -> None:
    path = os.environ["PATH"]  # noqa: TID251 the path of python
    with subprocess.Popen(
        [sys.executable, str(EXAMPLES / program)],
        env={"PATH": path, "PORT": "0", "AWS_EC2_METADATA_DISABLED": "true"},
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        events = [json.loads(process.stderr.readline())["event"] for _ in range(2)]
        process.terminate()
        process.wait(START_S)

    assert events == ["agent.listening", "agent.loaded"]
