"""The bridge on moto's control plane and parameters, for the types that it has.

moto never ends an update but that of Memory: here it is ended by hand as soon as it is accepted.
moto keeps two resources of one name, forgets client tokens, and makes Memory ids without names.
"""

import json
from collections.abc import Generator, Mapping
from typing import Any

import pytest
from moto.bedrockagentcorecontrol.models import bedrockagentcorecontrol_backends

from bridge.agentcore import Boto3ControlPlane
from bridge.command import Outside, main
from bridge.machine import SystemChance, SystemClock
from bridge.ssm import SsmParameters
from bridge.sts import account
from fakes import moto_aws
from fakes.agentcore_control.bench import PREFIX, FakeClock, FakeHost, Killed
from fakes.agentcore_control.model import Members
from fakes.agentcore_control.wanted import PARENT, first, in_place

KINDS = ("runtime", "runtime_endpoint", "gateway", "gateway_target", "memory")


class _Ended(Boto3ControlPlane):
    kill = False

    def call(self, operation: str, parameters: Mapping[str, Any]) -> Members:
        answer = super().call(operation, parameters)
        if self.kill and operation.startswith("Create"):
            raise Killed
        if operation.startswith("Update"):
            backend = bedrockagentcorecontrol_backends["123456789012"]["eu-west-1"]
            for things in (
                backend.agent_runtimes,
                backend.agent_runtime_endpoints,
                backend.gateways,
                backend.gateway_targets,
            ):
                for thing in things.values():
                    thing.status = "READY"
        return answer


@pytest.fixture(scope="module")
def plane() -> Generator[_Ended]:
    with pytest.MonkeyPatch.context() as patch, moto_aws.running() as url:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_ENDPOINT_URL", url)
        plane = _Ended("eu-west-1")
        yield plane
        bedrockagentcorecontrol_backends.reset()


class Deployer:
    """Somebody at a terminal."""

    def __init__(self, plane: _Ended) -> None:
        self._parameters = SsmParameters("eu-west-1")
        self._plane = plane
        self.printed: list[str] = []
        self.said: list[str] = []

    def bridge(self, command: str, kind: str, name: str, desired: Members | None = None) -> int:
        """Run a command for one resource."""
        # moto dates what it makes by the clock of this machine.
        clock = FakeClock()
        clock.time = SystemClock().now()
        outside = Outside(
            plane=lambda _region: self._plane,
            parameters=lambda _region: self._parameters,
            account=account,
            clock=clock,
            chance=SystemChance(),
            host=FakeHost(),
            result=self.printed.append,
            progress=self.said.append,
        )
        where = ("--prefix", PREFIX, "--region", "eu-west-1", "--kind", kind, "--name", name)
        env = {"BRIDGE_DESIRED": json.dumps(desired)} if desired else {}
        return main((command, *where, "--json"), env, outside)

    def apply(self, kind: str, desired: Members, name: str = "one") -> Members:
        """Apply, and return the result."""
        assert self.bridge("apply", kind, name, desired) == 0, self.said
        result: Members = json.loads(self.printed[-1])
        return result


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_is_made_updated_watched_and_deleted(plane: _Ended, kind: str) -> None:
    deployer = Deployer(plane)
    parent = ""
    if kind in PARENT:
        parent = deployer.apply(*PARENT[kind], "parent")["id"]
    desired = first(kind, parent)
    if kind == "memory":
        # moto does not show the configuration of a strategy.
        desired["memoryStrategies"].pop()

    made = deployer.apply(kind, desired)
    again = deployer.apply(kind, desired)
    updated = deployer.apply(kind, _changed(kind, parent))

    assert [one["verdict"] for one in (made, again, updated)] == ["created", "unchanged", "updated"]
    assert made["id"] == again["id"] == updated["id"]
    assert deployer.bridge("drift", kind, "one") == 0
    assert deployer.bridge("delete", kind, "one") == 0
    assert deployer.bridge("drift", kind, "one") == 1
    if parent:
        assert deployer.bridge("delete", PARENT[kind][0], "parent") == 0


def _changed(kind: str, parent: str) -> Members:
    if kind == "memory":
        desired = first("memory") | {"eventExpiryDuration": 30}
        desired["memoryStrategies"].pop()
        return desired
    return in_place(kind, parent) or {}


@pytest.mark.parametrize("kind", ["runtime", "gateway", "memory"])
def test_a_create_whose_answer_was_lost_is_found_by_its_name(plane: _Ended, kind: str) -> None:
    deployer = Deployer(plane)
    plane.kill = True
    with pytest.raises(Killed):
        deployer.bridge("apply", kind, "lost", first(kind))
    plane.kill = False

    deployer.apply(kind, first(kind), "lost")

    assert any("made by a run that was cut off" in line for line in deployer.said)
    assert deployer.bridge("delete", kind, "lost") == 0
