"""The bridge as Terraform starts it: a process of its own, over real sockets."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from bridge.machine import SystemClock
from fakes import moto_aws
from fakes.agentcore_control.bench import PREFIX
from fakes.agentcore_control.http import serving
from fakes.agentcore_control.wanted import first
from fakes.agentcore_control.world import World

_INFRA = Path(__file__).parents[3] / "infra"
_WAIT_S = 60


@pytest.fixture
def world() -> World:
    world = World(SystemClock().now)
    world.looks = 0
    return world


@pytest.fixture
def env(world: World) -> Generator[dict[str, str]]:
    with serving(world) as control, moto_aws.running() as rest:
        yield {
            "PATH": os.environ["PATH"],  # noqa: TID251 the program's own
            "PYTHONPATH": str(_INFRA),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_ENDPOINT_URL": rest,
            "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL": control,
            "BRIDGE_KIND": "gateway",
            "BRIDGE_NAME": "one",
            "BRIDGE_PREFIX": PREFIX,
            "BRIDGE_REGION": "eu-west-1",
            "BRIDGE_DESIRED": json.dumps(first("gateway")),
        }


def _bridge(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bridge", *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=_WAIT_S,
        check=False,
    )


def test_a_resource_is_made_found_changed_and_deleted(env: dict[str, str], world: World) -> None:
    made = _bridge(env, "apply", "--json")
    (gateway,) = world.things
    gateway.told["description"] = "by hand"
    drifted = _bridge(env, "drift")
    deleted = _bridge(env, "delete")

    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["id"] == gateway.id
    assert "bridge: gateway one: making demo-gateway\n" in made.stderr
    assert drifted.returncode == 2
    assert "description: 'a gateway' → 'by hand'" in drifted.stdout
    assert (deleted.returncode, deleted.stdout) == (0, "gateway one: deleted\n")
    assert world.things == []


def test_one_that_is_killed_in_mid_call_is_carried_on_at_once(
    env: dict[str, str], world: World
) -> None:
    processes: list[subprocess.Popen[str]] = []

    def kill(when: str, operation: str) -> None:
        if (when, operation) == ("after", "CreateGateway"):
            processes[0].kill()
            processes[0].wait(_WAIT_S)

    world.hook = kill
    with subprocess.Popen([sys.executable, "-m", "bridge", "apply"], env=env, text=True) as first_:
        processes.append(first_)
    again = _bridge(env, "apply")

    assert first_.returncode == -signal.SIGKILL
    assert again.returncode == 0, again.stderr
    assert "made by a run that was cut off" in again.stderr
    assert len(world.things) == 1
