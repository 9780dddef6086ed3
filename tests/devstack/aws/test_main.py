"""`python -m devstack.aws` as a program: its one line, its end, its refusals."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

SRC = Path(__file__).resolve().parents[3] / "src"
TINY_AGENT = Path(__file__).parent / "agentcore" / "tiny_agent.py"
HELLO = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/hello-a1B2c3D4e5"
KEY = {"AWS_ACCESS_KEY_ID": "AKIAGIVEN", "AWS_SECRET_ACCESS_KEY": "given"}


def program(*options: str, **environ: str) -> subprocess.Popen[bytes]:
    """Start the program; agents write into its standard error, too."""
    agent = shlex.join([sys.executable, str(TINY_AGENT)])
    return subprocess.Popen(
        [sys.executable, "-m", "devstack.aws", "--port", "0", "--agent-command", agent, *options],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(SRC), **environ},  # noqa: TID251
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ready(started: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert started.stdout is not None
    line: dict[str, Any] = json.loads(started.stdout.readline())
    return line


def client(service: str, url: str, key: str, secret: str, token: str | None = None) -> Any:
    connect: Any = boto3.client
    return connect(
        service,
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_it_says_where_it_serves_and_keeps_a_given_key_to_itself() -> None:
    with program("--spares", "0", **KEY) as started:
        line = ready(started)
        sts = client("sts", line["url"], "AKIAGIVEN", "given")
        arn = sts.get_caller_identity()["Arn"]
        sts.close()
        started.terminate()

    assert set(line) == {"ready", "url"}
    assert line["ready"] is True
    assert arn == "arn:aws:sts::123456789012:assumed-role/gatehouse-bff/gatehouse-bff"


def test_without_a_key_it_makes_one_and_says_so() -> None:
    with program("--spares", "0") as started:
        line = ready(started)
        sts = client("sts", line["url"], line["access_key_id"], line["secret_access_key"])
        arn = sts.get_caller_identity()["Arn"]
        sts.close()
        started.terminate()

    assert arn.endswith("assumed-role/gatehouse-bff/gatehouse-bff")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_agent_outlives_it(end: signal.Signals) -> None:
    with program(**KEY) as started:
        line = ready(started)
        sts = client("sts", line["url"], "AKIAGIVEN", "given")
        tags = {"app_id": "demo", "tenant_id": "acme", "agent_name": "hello"}
        grant = sts.assume_role(
            RoleArn="arn:aws:iam::123456789012:role/gatehouse-invoke-hello",
            RoleSessionName="alice",
            SourceIdentity="alice",
            Tags=[{"Key": name, "Value": value} for name, value in tags.items()],
        )["Credentials"]
        agents = client(
            "bedrock-agentcore",
            line["url"],
            grant["AccessKeyId"],
            grant["SecretAccessKey"],
            grant["SessionToken"],
        )
        answer = agents.invoke_agent_runtime(agentRuntimeArn=HELLO, payload=b"{}")
        assert b'"pid"' in answer["response"].read()
        for used in (sts, agents):
            used.close()

        started.send_signal(end)

        # Sessions and spares hold the pipe's other end: it ends when the last of them is gone.
        started.communicate(timeout=20)
    assert started.returncode in {0, -end}


def refused(*options: str, **environ: str) -> str:
    """Return what the program says when it does not start."""
    with program(*options, **environ) as started:
        out, err = started.communicate(timeout=20)
    assert started.returncode == 2
    assert out == b""
    return err.decode()


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert f"port {port} of 127.0.0.1 cannot be listened on" in refused("--port", str(port))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert "file/state cannot be made" in refused("--state", str(tmp_path / "file" / "state"))


def test_half_a_key_is_refused() -> None:
    assert "set both" in refused(AWS_ACCESS_KEY_ID="AKIAHALF")


def test_a_number_that_makes_no_sense_is_refused() -> None:
    assert "argument --port: invalid" in refused("--port", "70000")
