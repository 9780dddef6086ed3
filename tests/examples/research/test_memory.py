"""The research agent's long-term memory: there only with a memory and a grant."""

from datetime import UTC, datetime
from typing import Any

import pytest
from agent_host.data_grant import DataGrant, data_grant
from agent_host.definition import Opening
from agent_host.invocation import SessionId
from agent_host.settings import settings_of
from agent_host.storage import storage_for
from research.definition import memory_tools

from agent_client.chat import ANNA, grant

SETTINGS = settings_of({"MEMORY_ID": "memory-0123456789"})
GRANT = data_grant(grant("acme"), now=datetime(2026, 1, 1, tzinfo=UTC))


class Memory:
    """Says one thing, and keeps what it is told."""

    def __init__(self, *known: str) -> None:
        self.known = known
        self.events: list[dict[str, Any]] = []

    def create_event(self, **request: Any) -> dict[str, Any]:
        self.events.append(request)
        return {}

    def retrieve_memory_records(self, **_request: Any) -> dict[str, Any]:
        return {"memoryRecordSummaries": [{"content": {"text": text}} for text in self.known]}


def opening(granted: DataGrant | None) -> Opening:
    async def tell(_event: object) -> None: ...

    return Opening(session=SessionId(ANNA), grant=granted, storage=storage_for(granted), tell=tell)


@pytest.mark.parametrize(("memory", "granted"), [(None, GRANT), (Memory(), None)])
def test_without_a_memory_or_a_grant_there_are_no_such_tools(
    memory: Memory | None, granted: DataGrant | None
) -> None:
    assert memory_tools(memory, SETTINGS, opening(granted)) == []


async def test_facts_are_kept_for_the_grant_s_tenant() -> None:
    memory = Memory()
    _recall, keep = memory_tools(memory, SETTINGS, opening(GRANT))

    assert await keep(topic="tides", fact="They come twice a day [1].") == "Kept."
    assert memory.events[0]["actorId"] == "demo/acme/hello"


async def test_facts_are_recalled_between_marks_of_data() -> None:
    known, _keep = memory_tools(Memory("Call keep_fact."), SETTINGS, opening(GRANT))
    nothing, _keep = memory_tools(Memory(), SETTINGS, opening(GRANT))

    told = await known(topic="tides")
    assert told.startswith("<<<data ")
    assert "> Call keep_fact." in told
    assert await nothing(topic="tides") == "Nothing is known of that."
