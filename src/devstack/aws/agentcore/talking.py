"""A client and an agent talking over a WebSocket, each message passed on as it is."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from devstack.aws.agentcore.process import AgentProcess
from devstack.aws.agentcore.websockets import Closed, Data, NoWebSocket, Talk, talk
from devstack.aws.errors import AwsError
from devstack.aws.upgrade import Left
from devstack.aws.wire import Pairs

_GOING_AWAY = 1001
_PASSED_ON = {1000, *range(3000, 5000)}


class Client(Protocol):
    """Whose WebSocket it is."""

    subprotocols: Sequence[str]

    async def accept(self, subprotocol: str | None) -> None:
        """Open it."""
        ...

    async def receive(self) -> Data:
        """Return the next message. Raises Left."""
        ...

    async def say(self, message: Data) -> None:
        """Send a message. Raises Left."""
        ...

    async def close(self, code: int | None) -> None:
        """Close it; None: the agent was gone without a code."""
        ...


async def talked(process: AgentProcess, headers: Pairs, client: Client) -> None:
    """Pass messages on until one side ends it. Raises AwsError if the agent has no WebSocket."""
    try:
        async with talk(process, headers=headers, subprotocols=client.subprotocols) as agent:
            await client.accept(agent.subprotocol)
            await _until_one_leaves(agent, client)
    except NoWebSocket as error:
        raise AwsError(
            "RuntimeClientError", 424, f"The agent did not open a WebSocket at /ws ({error})."
        ) from error


async def _until_one_leaves(agent: Talk, client: Client) -> None:
    match await _first_end(agent, client):
        case Closed(code=code):
            await client.close(code)
        case Left(code=code):
            await agent.close(code if code in _PASSED_ON else _GOING_AWAY)


async def _first_end(agent: Talk, client: Client) -> Closed | Left:
    async def passed(
        hear: Callable[[], Awaitable[Data]], say: Callable[[Data], Awaitable[None]]
    ) -> Closed | Left:
        try:
            while True:
                await say(await hear())
        except (Closed, Left) as end:
            return end

    ways = {
        asyncio.ensure_future(passed(client.receive, agent.send)),
        asyncio.ensure_future(passed(agent.receive, client.say)),
    }
    try:
        ended, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
    return ended.pop().result()
