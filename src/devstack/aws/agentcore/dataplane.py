"""The local data plane of Bedrock AgentCore: InvokeAgentRuntime, StopRuntimeSession, WebSockets."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import IO, Literal, NoReturn, Protocol

from devstack.aws.agentcore.headers import to_caller, to_container
from devstack.aws.agentcore.http import Container, ContainerAnswer, ContainerFailed
from devstack.aws.agentcore.invocation import CARD_PATH, DEFAULT_QUALIFIER, Target
from devstack.aws.agentcore.launch import Launcher
from devstack.aws.agentcore.process import AgentProcess
from devstack.aws.agentcore.runtime import Limits, Runtime
from devstack.aws.agentcore.sessions import RuntimeSession, Sessions
from devstack.aws.agentcore.talking import Client, talked
from devstack.aws.errors import AwsError
from devstack.aws.wire import Pairs, WireRequest
from trust.clock import Clock

REAP_EVERY_S = 5.0

WhenClientLeaves = Literal["run-on", "close"]
"""What happens to a turn whose client went away. `run-on`, as in the real service: the agent is
not told, works to the end and is paid for; only StopRuntimeSession ends it. `close`: the
connection to the agent is closed, and most frameworks then cancel the turn."""


class Reply(Protocol):
    """Where an answer goes, piece by piece."""

    async def start(self, status: int, headers: Pairs) -> None:
        """Send the status and headers."""
        ...

    async def chunk(self, data: bytes) -> None:
        """Send a piece of the body now; does nothing once the client is gone."""
        ...

    async def end(self) -> None:
        """Say that the body is complete."""
        ...

    async def client_gone(self) -> None:
        """Return when the client has gone away."""
        ...


class BrokenOff(Exception):
    """The agent's answer ended before it was complete, after its beginning was passed on."""


class _ClientGone(Exception):
    """The client went away, and the turn shall not go on without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPlane:
    """Serves the runtimes it was given."""

    runtimes: Mapping[str, Runtime]
    sessions: Sessions
    container: Container
    when_client_leaves: WhenClientLeaves = "run-on"

    def runtime(self, target: Target) -> Runtime:
        """Return the runtime that a request names. Raises AwsError: not found."""
        runtime = self.runtimes.get(target.runtime_arn)
        if runtime is None or target.qualifier not in {None, DEFAULT_QUALIFIER}:
            missing = target.runtime_arn if runtime is None else target.endpoint_arn
            raise AwsError("ResourceNotFoundException", 404, f"There is no {missing}.")
        return runtime

    async def invoke(
        self, runtime: Runtime, session_id: str, request: WireRequest, reply: Reply
    ) -> None:
        """Pass one turn to the session's process and its answer on to the client.

        Raises AwsError before anything was sent, BrokenOff after.
        """
        async with self.sessions.turn(runtime, session_id) as session:
            if self.when_client_leaves == "run-on":
                await self._relay(session, request, reply)
            else:
                await self._relay_while_heard(session, request, reply)

    async def talk(
        self, runtime: Runtime, session_id: str, request: WireRequest, client: Client
    ) -> None:
        """Connect a client's WebSocket with the session's process. Raises AwsError before that."""
        async with self.sessions.turn(runtime, session_id) as session:
            headers = to_container(request.headers, session_id=session_id)
            await talked(session.process, headers, client)

    async def _relay_while_heard(
        self, session: RuntimeSession, request: WireRequest, reply: Reply
    ) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(_fail_when_gone(reply))
                await self._relay(session, request, reply)
                watch.cancel()
        except ExceptionGroup as failures:
            [first, *_] = failures.exceptions
            if not isinstance(first, _ClientGone):
                raise first from None

    async def _relay(self, session: RuntimeSession, request: WireRequest, reply: Reply) -> None:
        runtime, session_id = self.runtimes[session.key[0]], session.key[1]
        headers = to_container(
            request.headers,
            session_id=session_id,
            contract=runtime.contract,
            allowed=runtime.allowed_headers,
        )
        invocation = self.container.invocation(
            session.process, headers=headers, body=request.body, place=_place(request, runtime)
        )
        try:
            async with asyncio.timeout(self.sessions.limits.turn_s), invocation as answer:
                _check_status(answer)
                given = to_caller(answer.headers, session_id=session_id, contract=runtime.contract)
                await reply.start(answer.status, given)
                await _pass_on(answer, reply)
        except ContainerFailed as failed:
            raise AwsError(
                "RuntimeClientError", 424, "The agent ended the connection without an answer."
            ) from failed
        except TimeoutError:
            raise BrokenOff("the turn took longer than a turn may take") from None


def _place(request: WireRequest, runtime: Runtime) -> tuple[str, str]:
    """Return method and path under which the container serves what is asked."""
    if request.method == "GET":
        return "GET", CARD_PATH
    return "POST", runtime.contract.value


def _check_status(answer: ContainerAnswer) -> None:
    if not 200 <= answer.status < 300:  # noqa: PLR2004 HTTP success
        raise AwsError(
            "RuntimeClientError",
            424,
            f"Received error ({answer.status}) from runtime. "
            "Please check your CloudWatch logs for more information.",
        )


async def _pass_on(answer: ContainerAnswer, reply: Reply) -> None:
    try:
        async for chunk in answer.chunks:
            await reply.chunk(chunk)
    except ContainerFailed as failed:
        raise BrokenOff(str(failed)) from failed
    await reply.end()


async def _fail_when_gone(reply: Reply) -> NoReturn:
    await reply.client_gone()
    raise _ClientGone


@contextlib.asynccontextmanager
async def data_plane(
    runtimes: tuple[Runtime, ...],
    limits: Limits,
    *,
    clock: Clock,
    log: IO[bytes] | int,
    when_client_leaves: WhenClientLeaves = "run-on",
) -> AsyncGenerator[DataPlane]:
    """Run a data plane; no process of it outlives the context."""
    container = Container()
    launcher = Launcher(container=container, start_s=limits.start_s, log=log)
    async with contextlib.aclosing(container), asyncio.TaskGroup() as tasks:
        sessions = Sessions(limits=limits, launch=launcher, clock=clock, tasks=tasks)
        reaper = tasks.create_task(_reap_for_ever(sessions, container))
        try:
            for runtime in runtimes:
                sessions.warm(runtime)
            yield DataPlane(
                runtimes={runtime.arn: runtime for runtime in runtimes},
                sessions=sessions,
                container=container,
                when_client_leaves=when_client_leaves,
            )
        finally:
            reaper.cancel()
            sessions.close()


async def _reap_for_ever(sessions: Sessions, container: Container) -> None:
    async def busy(process: AgentProcess) -> bool:
        return await container.health(process) == "HealthyBusy"

    while True:
        await asyncio.sleep(REAP_EVERY_S)
        await sessions.reap(busy)
