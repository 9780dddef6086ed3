"""HTTP to an agent process: the container contract (`/ping`, `/invocations`)."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Literal

import httpx

from devstack.aws.agentcore.process import AgentProcess
from devstack.aws.wire import Pairs

Health = Literal["Healthy", "HealthyBusy"]

PING_TIMEOUT_S = 2.0
PING_EVERY_S = 0.05
SILENCE_S = 900.0
"""The longest time an agent may say nothing: 15 minutes, AgentCore's limit for one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerAnswer:
    """An agent's answer whose body is still coming."""

    status: int
    headers: Pairs
    chunks: AsyncIterator[bytes]


class ContainerFailed(Exception):
    """The agent's connection broke, or it never answered."""


class Container:
    """Talks to agent processes; one connection per request."""

    def __init__(self) -> None:
        # Neither proxies nor netrc of the person who runs this: the peer is our own process.
        self._client = httpx.AsyncClient(
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            timeout=httpx.Timeout(SILENCE_S, connect=PING_TIMEOUT_S, pool=None),
        )

    async def health(self, process: AgentProcess) -> Health | None:
        """Ask a process how it is; None if it does not say that it is well."""
        try:
            answer = await self._client.get(f"{process.url}/ping", timeout=PING_TIMEOUT_S)
        except httpx.HTTPError:
            return None
        if not answer.is_success:
            return None
        return "HealthyBusy" if b'"HealthyBusy"' in answer.content else "Healthy"

    async def ready(self, process: AgentProcess) -> bool:
        """Wait until a process is healthy; False if it ends before."""
        while process.alive:
            if await self.health(process) is not None:
                return True
            await asyncio.sleep(PING_EVERY_S)
        return False

    @contextlib.asynccontextmanager
    async def invocation(
        self,
        process: AgentProcess,
        *,
        headers: Pairs,
        body: bytes,
        place: tuple[str, str] = ("POST", "/invocations"),
    ) -> AsyncGenerator[ContainerAnswer]:
        """Send one turn; the answer's chunks come as the agent sends them. Raises ContainerFailed.

        `place`: method and path. Leaving the context closes the connection.
        """
        method, path = place
        request = self._client.build_request(method, f"{process.url}{path}", content=body)
        # httpx adds headers of its own; the container gets those of the contract and no others.
        framing = [("host", request.headers["host"]), ("content-length", str(len(body)))]
        request.headers = httpx.Headers([*headers, *framing])
        try:
            response = await self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise ContainerFailed(str(error)) from error
        try:
            yield ContainerAnswer(
                status=response.status_code,
                headers=tuple((n.lower(), v) for n, v in response.headers.multi_items()),
                chunks=_chunks(response),
            )
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()


async def _chunks(response: httpx.Response) -> AsyncGenerator[bytes]:
    try:
        # Raw: as compressed as the agent sent it, and as soon.
        async for chunk in response.aiter_raw():
            yield chunk
    except httpx.HTTPError as error:
        raise ContainerFailed(str(error)) from error
