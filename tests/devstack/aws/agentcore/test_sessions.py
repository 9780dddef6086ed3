"""Runtime sessions: one process each, found again, made room for, ended."""

import asyncio
import subprocess
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

import pytest

from devstack.aws.agentcore.process import AgentProcess, started
from devstack.aws.agentcore.runtime import Limits, Runtime
from devstack.aws.agentcore.sessions import NotStarted, Sessions
from devstack.aws.errors import AwsError
from trust.clock import NumericDate


async def nothing() -> Mapping[str, str]:
    return {}


def runtime(name: str = "hello") -> Runtime:
    return Runtime(arn=f"arn:{name}", command=("sleep", "60"), environment=nothing)


HELLO, LEDGER = runtime(), runtime("ledger")


@dataclass
class StoppedClock:
    """A clock that only the test moves."""

    at: float = 1000.0

    def now(self) -> NumericDate:
        return NumericDate(int(self.at))

    def monotonic(self) -> float:
        return self.at


@dataclass
class Launcher:
    """Starts real processes that do nothing, when the test lets it."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    failure: NotStarted | None = None
    launched: list[AgentProcess] = field(default_factory=list[AgentProcess])

    async def __call__(self, runtime: Runtime) -> AgentProcess | NotStarted:
        self.asked.set()
        await self.open.wait()
        if self.failure is not None:
            return self.failure
        process = started(runtime.command, {"PATH": "/bin:/usr/bin"}, log=subprocess.DEVNULL)
        self.launched.append(process)
        return process


@pytest.fixture
async def launcher() -> AsyncGenerator[Launcher]:
    made = Launcher()
    made.open.set()
    yield made
    for process in made.launched:
        process.kill()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


def sessions(
    launcher: Launcher,
    clock: StoppedClock,
    tasks: asyncio.TaskGroup,
    *,
    most: int = 2,
    spares: int = 0,
) -> Sessions:
    limits = Limits(sessions=most, spares=spares, idle_s=900, lifetime_s=28_800)
    return Sessions(limits=limits, launch=launcher, clock=clock, tasks=tasks)


async def pid(of: Sessions, session_id: str, runtime: Runtime = HELLO) -> int:
    """Have one turn; return the process that served it."""
    async with of.turn(runtime, session_id) as session:
        return session.process.handle.pid


async def never_busy(_process: AgentProcess) -> bool:
    return False


async def always_busy(_process: AgentProcess) -> bool:
    return True


async def test_a_session_keeps_its_process(launcher: Launcher, clock: StoppedClock) -> None:
    async with asyncio.TaskGroup() as tasks:
        kept = sessions(launcher, clock, tasks)

        assert await pid(kept, "a") == await pid(kept, "a")


async def test_sessions_do_not_share_processes(launcher: Launcher, clock: StoppedClock) -> None:
    async with asyncio.TaskGroup() as tasks:
        kept = sessions(launcher, clock, tasks, most=3)

        of_a = await pid(kept, "a")
        of_b = await pid(kept, "b")
        elsewhere = await pid(kept, "a", LEDGER)

        assert len({of_a, of_b, elsewhere}) == 3


async def test_a_session_that_died_goes_on_in_a_new_process(
    launcher: Launcher, clock: StoppedClock
) -> None:
    async with asyncio.TaskGroup() as tasks:
        kept = sessions(launcher, clock, tasks)
        first = await pid(kept, "a")
        launcher.launched[0].kill()

        assert await pid(kept, "a") != first


async def test_a_session_that_is_being_started_is_a_conflict(
    launcher: Launcher, clock: StoppedClock
) -> None:
    async with asyncio.TaskGroup() as tasks:
        kept = sessions(launcher, clock, tasks)
        launcher.open.clear()
        first = tasks.create_task(pid(kept, "a"))
        await launcher.asked.wait()

        with pytest.raises(AwsError) as invoked:
            # Were it no conflict, it would wait for what this test opens below.
            await asyncio.wait_for(pid(kept, "a"), 5)
        with pytest.raises(AwsError) as stopped:
            kept.stop(HELLO, "a")

        launcher.open.set()
        assert await first == await pid(kept, "a")
    assert (invoked.value.code, invoked.value.status) == ("RetryableConflictException", 409)
    assert stopped.value.status == 409


async def test_a_second_turn_of_a_running_session_goes_through(
    launcher: Launcher, clock: StoppedClock
) -> None:
    async with asyncio.TaskGroup() as tasks:
        kept = sessions(launcher, clock, tasks)

        async with kept.turn(HELLO, "a") as first, kept.turn(HELLO, "a") as second:
            assert first is second
            assert first.turns == 2
        assert first.turns == 0


async def test_the_longest_idle_session_makes_room(launcher: Launcher, clock: StoppedClock) -> None:
    async with asyncio.TaskGroup() as tasks:
        kept = sessions(launcher, clock, tasks)
        oldest = await pid(kept, "a")
        clock.at += 1
        newer = await pid(kept, "b")
        clock.at += 1
        assert await pid(kept, "a") == oldest
        clock.at += 1

        await pid(kept, "c")

        assert await pid(kept, "a") == oldest
        assert [p.handle.pid for p in launcher.launched if not p.alive] == [newer]


async def test_where_all_are_busy_there_is_no_room(launcher: Launcher, clock: StoppedClock) -> None:
    async with asyncio.TaskGroup() as tasks:
        kept = sessions(launcher, clock, tasks)
        async with kept.turn(HELLO, "a"), kept.turn(HELLO, "b"):
            with pytest.raises(AwsError) as refused:
                await pid(kept, "c")

        assert (refused.value.code, refused.value.status) == ("ServiceQuotaExceededException", 402)
        assert await pid(kept, "c")


async def test_a_program_that_does_not_start_is_the_agents_fault(
    launcher: Launcher, clock: StoppedClock
) -> None:
    launcher.failure = NotStarted(reason="it ended with exit code 7")
    async with asyncio.TaskGroup() as tasks:
        kept = sessions(launcher, clock, tasks)

        with pytest.raises(AwsError) as refused:
            await pid(kept, "a")

        launcher.failure = None
        assert await pid(kept, "a")
    assert (refused.value.code, refused.value.status) == ("RuntimeClientError", 424)
    assert refused.value.message == "it ended with exit code 7"


async def test_stopping_ends_the_process_and_may_be_repeated(
    launcher: Launcher, clock: StoppedClock
) -> None:
    async with asyncio.TaskGroup() as tasks:
        kept = sessions(launcher, clock, tasks)
        first = await pid(kept, "a")

        kept.stop(HELLO, "a")
        kept.stop(HELLO, "a")
        kept.stop(HELLO, "never seen")

        assert not launcher.launched[0].alive
        assert await pid(kept, "a") != first


async def test_stopping_is_for_one_runtime_only(launcher: Launcher, clock: StoppedClock) -> None:
    async with asyncio.TaskGroup() as tasks:
        kept = sessions(launcher, clock, tasks)
        await pid(kept, "a")

        kept.stop(LEDGER, "a")

        assert launcher.launched[0].alive


class TestReaping:
    """Sessions that nobody needs end by themselves."""

    async def test_an_idle_session_is_ended(self, launcher: Launcher, clock: StoppedClock) -> None:
        async with asyncio.TaskGroup() as tasks:
            kept = sessions(launcher, clock, tasks)
            await pid(kept, "a")

            clock.at += 899
            await kept.reap(never_busy)
            assert launcher.launched[0].alive
            clock.at += 1
            await kept.reap(never_busy)
            assert not launcher.launched[0].alive

    async def test_an_agent_that_says_it_is_busy_is_not(
        self, launcher: Launcher, clock: StoppedClock
    ) -> None:
        async with asyncio.TaskGroup() as tasks:
            kept = sessions(launcher, clock, tasks)
            await pid(kept, "a")
            clock.at += 900
            await kept.reap(always_busy)
            assert launcher.launched[0].alive
            clock.at += 899
            await kept.reap(never_busy)

            assert launcher.launched[0].alive

    async def test_a_session_in_a_turn_is_not_idle(
        self, launcher: Launcher, clock: StoppedClock
    ) -> None:
        async with asyncio.TaskGroup() as tasks:
            kept = sessions(launcher, clock, tasks)
            async with kept.turn(HELLO, "a"):
                clock.at += 5000
                await kept.reap(never_busy)

                assert launcher.launched[0].alive

    async def test_a_turn_that_begins_while_the_agent_is_asked_counts(
        self, launcher: Launcher, clock: StoppedClock
    ) -> None:
        async with asyncio.TaskGroup() as tasks:
            kept = sessions(launcher, clock, tasks)
            await pid(kept, "a")
            clock.at += 900
            turn = kept.turn(HELLO, "a")

            async def begin_meanwhile(_process: AgentProcess) -> bool:
                await turn.__aenter__()
                return False

            await kept.reap(begin_meanwhile)
            assert launcher.launched[0].alive
            await turn.__aexit__(None, None, None)

    async def test_no_session_lives_longer_than_it_may(
        self, launcher: Launcher, clock: StoppedClock
    ) -> None:
        async with asyncio.TaskGroup() as tasks:
            kept = sessions(launcher, clock, tasks)
            async with kept.turn(HELLO, "a"):
                clock.at += 28_800
                await kept.reap(always_busy)

                assert not launcher.launched[0].alive


class TestSpares:
    """Processes that are started ahead."""

    async def test_the_next_session_gets_the_spare_and_another_is_started(
        self, launcher: Launcher, clock: StoppedClock
    ) -> None:
        async with asyncio.TaskGroup() as tasks:
            kept = sessions(launcher, clock, tasks, spares=1)
            kept.warm(HELLO)
            kept.warm(HELLO)

            first = await pid(kept, "a")
            second = await pid(kept, "b")

            assert [p.handle.pid for p in launcher.launched[:2]] == [first, second]
            kept.close()

    async def test_a_spare_that_died_or_failed_is_replaced(
        self, launcher: Launcher, clock: StoppedClock
    ) -> None:
        launcher.failure = NotStarted(reason="not yet")
        async with asyncio.TaskGroup() as tasks:
            kept = sessions(launcher, clock, tasks, spares=1)
            kept.warm(HELLO)
            await launcher.asked.wait()
            await asyncio.sleep(0)
            launcher.failure = None

            assert await pid(kept, "a")
            kept.close()

    async def test_closing_ends_sessions_and_spares(
        self, launcher: Launcher, clock: StoppedClock
    ) -> None:
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            kept = sessions(launcher, clock, tasks, spares=1)
            await pid(kept, "a")
            await pid(kept, "b")
            launcher.open.clear()

            kept.close()

        # The group has ended: so has the spare that was still being started.
        assert launcher.launched
        assert not [p for p in launcher.launched if p.alive]
