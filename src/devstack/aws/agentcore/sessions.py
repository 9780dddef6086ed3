"""Runtime sessions: one process for each, kept apart, found again by its id.

As in AgentCore, a session belongs to nobody: whoever may invoke the runtime and knows the id
reaches the same process. Keeping sessions and people together is the client's work.

409 RetryableConflictException is answered while a session's process is being started by another
request. A second invocation of a session that already runs a turn goes through, as in the real
service, where that is how a client tells a running agent to stop.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

from devstack.aws.agentcore.process import AgentProcess
from devstack.aws.agentcore.runtime import Limits, Runtime
from devstack.aws.errors import AwsError
from trust.clock import Clock

Key = tuple[str, str]
"""Runtime ARN and session id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStarted:
    """A process that did not come up, and why."""

    reason: str


Launch = Callable[[Runtime], Awaitable[AgentProcess | NotStarted]]
"""Starts a program and waits until it is healthy. Never raises; cancelled, it leaves nothing."""


@dataclass(slots=True, kw_only=True)
class RuntimeSession:
    """A session that has a process."""

    key: Key
    process: AgentProcess
    started_at: float
    used_at: float
    turns: int = 0
    """How many answers are being produced right now."""


@dataclass(slots=True, kw_only=True)
class Sessions:
    """All sessions of all runtimes. Times are the clock's monotonic seconds."""

    limits: Limits
    launch: Launch
    clock: Clock
    tasks: asyncio.TaskGroup
    """Owns the spares that are starting."""
    _live: dict[Key, RuntimeSession] = field(default_factory=dict[Key, RuntimeSession])
    _starting: set[Key] = field(default_factory=set[Key])
    _spares: dict[str, asyncio.Task[AgentProcess | NotStarted]] = field(
        default_factory=dict[str, asyncio.Task[AgentProcess | NotStarted]]
    )

    @contextlib.asynccontextmanager
    async def turn(self, runtime: Runtime, session_id: str) -> AsyncGenerator[RuntimeSession]:
        """Hold a session for one answer, starting it if need be. Raises AwsError."""
        session = await self._session(runtime, (runtime.arn, session_id))
        session.turns += 1
        try:
            yield session
        finally:
            session.turns -= 1
            session.used_at = self.clock.monotonic()

    async def _session(self, runtime: Runtime, key: Key) -> RuntimeSession:
        self._refuse_starting(key)
        session = self._live.get(key)
        if session is not None and session.process.alive:
            return session
        if session is not None:
            # It died between two turns: AgentCore, too, goes on with a fresh machine.
            self._end(session)
        self._make_room()
        self._starting.add(key)
        try:
            process = await self._process(runtime)
        finally:
            self._starting.discard(key)
        now = self.clock.monotonic()
        session = RuntimeSession(key=key, process=process, started_at=now, used_at=now)
        self._live[key] = session
        return session

    def _refuse_starting(self, key: Key) -> None:
        if key in self._starting:
            raise AwsError(
                "RetryableConflictException", 409, "The session is being started. Try again."
            )

    def _make_room(self) -> None:
        if len(self._live) + len(self._starting) < self.limits.sessions:
            return
        idle = [session for session in self._live.values() if session.turns == 0]
        if not idle:
            raise AwsError(
                "ServiceQuotaExceededException",
                402,
                f"All {self.limits.sessions} sessions are busy. Stop one, or raise --sessions.",
            )
        self._end(min(idle, key=lambda session: session.used_at))

    async def _process(self, runtime: Runtime) -> AgentProcess:
        spare = self._spares.pop(runtime.arn, None)
        process = None if spare is None else await spare
        if not isinstance(process, AgentProcess) or not process.alive:
            process = await self.launch(runtime)
        self.warm(runtime)
        if isinstance(process, NotStarted):
            raise AwsError("RuntimeClientError", 424, process.reason)
        return process

    def warm(self, runtime: Runtime) -> None:
        """Start a process ahead of the next session, unless one is there."""
        wanted = self.limits.spares and runtime.spare
        if wanted and runtime.arn not in self._spares:
            self._spares[runtime.arn] = self.tasks.create_task(self._spare(runtime))

    async def _spare(self, runtime: Runtime) -> AgentProcess | NotStarted:
        return await self.launch(runtime)

    def stop(self, runtime: Runtime, session_id: str) -> None:
        """End a session; one that does not run is ended already. Raises AwsError: conflict."""
        key = (runtime.arn, session_id)
        self._refuse_starting(key)
        session = self._live.get(key)
        if session is not None:
            self._end(session)

    def _end(self, session: RuntimeSession) -> None:
        self._live.pop(session.key, None)
        session.process.kill()

    async def reap(self, busy: Callable[[AgentProcess], Awaitable[bool]]) -> None:
        """End sessions that idled too long, unless the agent says it is busy, or lived too long."""
        now = self.clock.monotonic()
        for session in list(self._live.values()):
            if now - session.started_at >= self.limits.lifetime_s:
                self._end(session)
            elif session.turns == 0 and now - session.used_at >= self.limits.idle_s:
                await self._end_unless_busy(session, busy)

    async def _end_unless_busy(
        self, session: RuntimeSession, busy: Callable[[AgentProcess], Awaitable[bool]]
    ) -> None:
        if await busy(session.process):
            session.used_at = self.clock.monotonic()
        elif session.turns == 0:
            # Asked again: a turn may have begun while the agent was answering.
            self._end(session)

    def close(self) -> None:
        """End every session and every spare."""
        for session in list(self._live.values()):
            self._end(session)
        for spare in self._spares.values():
            self._discard(spare)
        self._spares.clear()

    def _discard(self, spare: asyncio.Task[AgentProcess | NotStarted]) -> None:
        if not spare.done():
            spare.cancel()
        elif not spare.cancelled() and isinstance(process := spare.result(), AgentProcess):
            process.kill()
