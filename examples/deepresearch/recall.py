"""What the agent remembers beyond one conversation: AgentCore Memory, where there is one.

The conversation itself lies in S3 by the data grant, always. The memory is reached with the
runtime's own role, for all tenants alike; what keeps them apart here is the actor's name alone. So
it is off unless memory_runtime_access is on, which is for an app of one tenant (docs/infra.md).
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from agent_host.data_grant import DataGrant
from agent_host.log import event
from agent_host.settings import Settings
from botocore.exceptions import BotoCoreError, ClientError

MAX_RECORDS = 3
MAX_RECORD_CHARS = 500
MAX_KEPT_CHARS = 9000


class Memory(Protocol):
    """What is used of boto3's client `bedrock-agentcore`."""

    def create_event(self, **request: Any) -> Mapping[str, Any]:
        """Keep what was said."""
        ...

    def retrieve_memory_records(self, **request: Any) -> Mapping[str, Any]:
        """Find what was made of it."""
        ...


def memory_of(settings: Settings) -> Memory | None:
    """Return the memory that the settings name; nothing is called yet."""
    if settings.memory_id is None:
        return None
    from agent_host.boto3_agentcore import agentcore

    client, _credentials = agentcore(settings, read_timeout_s=10)
    memory: Memory = client
    return memory


class Recall:
    """One call's way to the memory. Without it, or without a grant, it remembers nothing."""

    def __init__(
        self, memory: Memory | None, name: str | None, grant: DataGrant | None, session: str
    ) -> None:
        """Remember for the tenant and agent of the grant: nothing else says who they are."""
        self._memory = memory if name is not None and grant is not None else None
        self._name = name or ""
        self._actor = grant.prefix.rstrip("/") if grant is not None else ""
        self._session = session

    async def about(self, question: str) -> str:
        """Return what is known of earlier times, to be shown to the person; empty for nothing."""
        if self._memory is None:
            return ""
        found = await self._called(
            self._memory.retrieve_memory_records,
            namespace=f"/facts/{self._actor}",
            searchCriteria={"searchQuery": question, "topK": MAX_RECORDS},
            maxResults=MAX_RECORDS,
        )
        texts = [
            " ".join(str(record.get("content", {}).get("text", "")).split())[:MAX_RECORD_CHARS]
            for record in found.get("memoryRecordSummaries", [])
        ]
        lines = [f"> {text}" for text in texts if text]
        return "\n".join(["Known from earlier research:", "", *lines]) if lines else ""

    async def keep(self, question: str, report: str) -> None:
        """Keep question and report, for AgentCore to extract facts from."""
        if self._memory is None:
            return
        said = (("USER", question), ("ASSISTANT", report[:MAX_KEPT_CHARS]))
        await self._called(
            self._memory.create_event,
            actorId=self._actor,
            sessionId=self._session,
            eventTimestamp=datetime.now(UTC),  # noqa: TID251 the API asks for it
            payload=[
                {"conversational": {"role": role, "content": {"text": text}}} for role, text in said
            ],
        )

    async def _called(self, operation: Any, **request: Any) -> Mapping[str, Any]:
        try:
            found: Mapping[str, Any] = await asyncio.to_thread(
                operation, memoryId=self._name, **request
            )
        except (BotoCoreError, ClientError) as error:
            # The research is worth more than the memory of it.
            event("memory.unavailable", error=type(error).__name__)
            return {}
        return found
