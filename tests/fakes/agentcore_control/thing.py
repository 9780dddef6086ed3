"""A resource, and what AWS says of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from fakes.agentcore_control import shown
from fakes.agentcore_control.family import Family
from fakes.agentcore_control.model import Members, only, output_shape

REGION, ACCOUNT = "eu-west-1", "111122223333"


@dataclass(slots=True, kw_only=True)
class Thing:
    """A resource."""

    family: Family
    id: str
    parent: str
    name: str
    told: Members
    strategies: list[Members] = field(default_factory=list[Members])
    tags: dict[str, str] = field(default_factory=dict[str, str])
    born: datetime
    status: str
    next_status: str = ""
    looks: int = 0
    """How many more times Get shows the state that it is in."""
    version: int = 1

    @property
    def arn(self) -> str:
        """The resource's ARN."""
        path = self.family.path.format(id=self.id, parent=self.parent)
        return f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:{path}"


def shown_by_get(thing: Thing) -> Members:
    """Return all that Get and others say of a resource."""
    family = thing.family
    answer: Members = dict(family.defaults) | thing.told
    time = thing.born
    answer |= dict.fromkeys(("createdAt", "updatedAt", "lastUpdatedAt"), time)
    answer |= dict.fromkeys(("createdTime", "lastUpdatedTime"), time)
    answer |= {"status": thing.status, family.arn: thing.arn, family.name: thing.name}
    answer |= {family.given: thing.id} | ({family.id: thing.id} if family.id else {})
    if family.parent:
        answer[family.parent] = thing.parent
    answer |= _special(thing)
    if not family.ready:
        answer.pop("status")
    if "FAILED" in thing.status or "UNSUCCESSFUL" in thing.status:
        answer |= {"failureReason": "planted", "statusReasons": ["planted", "twice"]}
    shape = output_shape(f"Get{family.noun}")
    assert shape is not None
    if family.envelope:
        inner = shape.members[family.envelope]
        return {family.envelope: only(inner, answer)}  # type: ignore[arg-type]
    return answer


def _special(thing: Thing) -> Members:
    told, account = thing.told, f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}"
    workload = f"{account}:workload-identity-directory/default/workload-identity/{thing.id}"
    details = {"workloadIdentityDetails": {"workloadIdentityArn": workload}}
    version = told.get("agentRuntimeVersion", "1")
    enabled = "ENABLED" if told.get("enableOnCreate") else "DISABLED"
    specials: dict[str, Callable[[], Members]] = {
        "AgentRuntime": lambda: {"agentRuntimeVersion": str(thing.version)} | details,
        "AgentRuntimeEndpoint": lambda: {
            "liveVersion": version,
            "targetVersion": version,
            "agentRuntimeArn": f"{account}:runtime/{thing.parent}",
            "id": f"{thing.id}-abcdefghij",
            "endpointName": thing.id,
        },
        "Gateway": lambda: {"gatewayUrl": f"https://{thing.id}.gateway.test/mcp"} | details,
        "PolicyEngine": lambda: {"statusReasons": []},
        "Policy": lambda: {"statusReasons": []},
        "Memory": lambda: {"strategies": thing.strategies},
        "OnlineEvaluationConfig": lambda: {"executionStatus": told.get("executionStatus", enabled)},
        "Oauth2CredentialProvider": lambda: shown.provider(told),
    }
    return specials.get(thing.family.noun, dict[str, object])()
