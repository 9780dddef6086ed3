"""The port to whoever answers an outgoing call."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A call as it leaves; `url` and headers are final, nothing is added on the way."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer whose body is still on its way; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    chunks: AsyncIterator[bytes]


class Upstream(Protocol):
    """Carries a call out and its answer back, chunk by chunk, at most one chunk held."""

    def open(self, call: Outgoing) -> AbstractAsyncContextManager[Answer]:
        """Send the call; leaving the context closes the answer, read or not.

        Raises AgentUnreachable (nothing was sent), AgentTimeout, AgentFailed. The call is never
        repeated: it may have reached the agent.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
