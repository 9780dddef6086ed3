"""The Hello World agent as a process of its own, on a port nobody else has."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

AGENT = Path(__file__).parents[2] / "examples" / "1-hello-world" / "agent.py"
STOP_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningAgent:
    """An agent that listens."""

    url: str
    process: subprocess.Popen[str]
    log: Path


def environment(**more: str) -> dict[str, str]:
    """Return an environment without AWS's own variables, plus `more`."""
    return {
        "PATH": os.environ["PATH"],  # noqa: TID251 the path of python
        "PORT": "0",
        "OFFLINE_PAUSE_MS": "0",
        # What a signal cuts off in a buffer would be missing in the log that tests look through.
        "PYTHONUNBUFFERED": "1",
        # Nobody may ask the machine's metadata service for credentials from a test.
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


@contextmanager
def running(log: Path, **variables: str) -> Generator[RunningAgent]:
    """Start the agent, wait until it listens, stop it at the end; all it writes goes to `log`."""
    with (
        log.open("w") as output,
        subprocess.Popen(
            [sys.executable, str(AGENT)],
            env=environment(**variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        first = process.stdout.readline()
        copying = Thread(target=shutil.copyfileobj, args=(process.stdout, output))
        copying.start()
        try:
            port = json.loads(first)["port"]
            yield RunningAgent(url=f"http://127.0.0.1:{port}", process=process, log=log)
        finally:
            process.terminate()
            process.wait(STOP_S)
            copying.join(STOP_S)


def outcome(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run the agent until it ends by itself."""
    return subprocess.run(
        [sys.executable, str(AGENT)],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
