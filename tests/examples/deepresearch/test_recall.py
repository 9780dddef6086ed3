"""AgentCore Memory: whose memory it is, and what becomes of its failures."""

from datetime import UTC, datetime
from typing import Any

import pytest
from agent_host.data_grant import DataGrant, data_grant
from botocore.exceptions import ClientError
from botocore.session import Session
from botocore.validate import validate_parameters
from deepresearch.recall import Recall

from agent_client.chat import ANNA, grant

SHAPES = Session().get_service_model("bedrock-agentcore")


def granted(tenant: str = "acme") -> DataGrant:
    return data_grant(grant(tenant), now=datetime(2026, 1, 1, tzinfo=UTC))


class FakeMemory:
    """Keeps events and knows what a test says; requests are held against botocore's model."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.known: list[str] = []
        self.denied = False

    def create_event(self, **request: Any) -> dict[str, Any]:
        self._check("CreateEvent", request)
        self.events.append(request)
        return {}

    def retrieve_memory_records(self, **request: Any) -> dict[str, Any]:
        self._check("RetrieveMemoryRecords", request)
        self.asked.append(request)
        return {"memoryRecordSummaries": [{"content": {"text": text}} for text in self.known]}

    def _check(self, operation: str, request: dict[str, Any]) -> None:
        if self.denied:
            refusal: Any = {"Error": {"Code": "AccessDenied", "Message": "arn:aws:iam::1:role/x"}}
            raise ClientError(refusal, operation)
        shape = SHAPES.operation_model(operation).input_shape
        assert shape is not None
        validate_parameters(request, shape)


@pytest.fixture
def memory() -> FakeMemory:
    """Return an empty memory."""
    return FakeMemory()


async def test_what_is_kept_is_the_grant_s_tenant_s(memory: FakeMemory) -> None:
    await Recall(memory, "memory-0123456789", granted(), ANNA).keep("Why?", "Because. " * 5000)

    (event,) = memory.events
    assert event["actorId"] == "demo/acme/hello"
    assert event["sessionId"] == ANNA
    roles = [part["conversational"]["role"] for part in event["payload"]]
    assert roles == ["USER", "ASSISTANT"]
    assert len(event["payload"][1]["conversational"]["content"]["text"]) == 9000


async def test_only_the_tenant_s_own_records_are_asked_for(memory: FakeMemory) -> None:
    memory.known = ["Tides\n# come twice a day.", "", "x" * 1000]

    said = await Recall(memory, "memory-0123456789", granted("globex"), ANNA).about("tides")

    assert memory.asked[0]["namespace"] == "/facts/demo/globex/hello"
    assert said.splitlines()[:3] == [
        "Known from earlier research:",
        "",
        "> Tides # come twice a day.",
    ]
    assert len(said.splitlines()[3]) == 502


async def test_a_memory_that_knows_nothing_says_nothing(memory: FakeMemory) -> None:
    assert await Recall(memory, "memory-0123456789", granted(), ANNA).about("tides") == ""


async def test_without_a_grant_nobody_is_remembered(memory: FakeMemory) -> None:
    memory.known = ["Another tenant's fact."]
    recall = Recall(memory, "memory-0123456789", None, ANNA)

    assert await recall.about("tides") == ""
    await recall.keep("Why?", "Because.")
    assert memory.asked == memory.events == []


async def test_a_memory_that_refuses_costs_the_memory_alone(
    memory: FakeMemory, capsys: pytest.CaptureFixture[str]
) -> None:
    memory.denied = True
    recall = Recall(memory, "memory-0123456789", granted(), ANNA)

    assert await recall.about("tides") == ""
    await recall.keep("Why?", "Because.")

    logged = capsys.readouterr().err
    assert logged.count('"memory.unavailable"') == 2
    assert "arn:aws" not in logged
