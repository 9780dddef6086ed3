"""The bridge on the fake control plane, in the test's own process and without waiting."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bridge.application import Outcome, apply
from bridge.catalogue import KINDS
from bridge.command import Outside, main
from bridge.configuration import parse_desired
from bridge.errors import Declined
from bridge.patience import Patience
from bridge.record import Place, Record, record_of
from bridge.removal import delete
from bridge.run import Home, Run, opened
from fakes.agentcore_control.model import Members
from fakes.agentcore_control.ports import Store, WorldPlane
from fakes.agentcore_control.thing import ACCOUNT, REGION, Thing
from fakes.agentcore_control.wanted import PARENT
from fakes.agentcore_control.world import World

PREFIX = "/gatehouse/demo/dev"


class Killed(BaseException):
    """The process is gone: nothing of it runs any more, `finally` neither."""


class FakeClock:
    """Time that passes only for who waits."""

    def __init__(self) -> None:
        self.time = 1_900_000_000.0

    def now(self) -> float:
        """Return seconds since 1970."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds


class FakeChance:
    """Numbers that follow each other."""

    def __init__(self) -> None:
        self._count = 0

    def fraction(self) -> float:
        """Return one half."""
        return 0.5

    def token(self) -> str:
        """Return the next of all tokens."""
        self._count += 1
        return f"{self._count:040d}"


class FakeHost:
    """A process of a machine that knows which of the others are gone."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.process = 1

    def name(self) -> str:
        """Return what this process is called."""
        return f"process-{self.process}"

    def is_gone(self, name: str) -> bool:
        """Return whether a process runs no more."""
        return name in self.gone


@dataclass(slots=True)
class Bench:
    """A world, its parameters, and the bridge between them."""

    clock: FakeClock = field(default_factory=FakeClock)
    chance: FakeChance = field(default_factory=FakeChance)
    host: FakeHost = field(default_factory=FakeHost)
    store: Store = field(default_factory=Store)
    said: list[str] = field(default_factory=list[str])
    printed: list[str] = field(default_factory=list[str])
    account: str = ACCOUNT
    account_faults: int = 0
    """How many more times STS is too busy to say whose account it is."""
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(self.clock.now)

    @contextmanager
    def run(self, kind: str, name: str = "one", *, minutes: float = 30) -> Generator[Run]:
        """Give a run that has the lock."""
        patience = Patience(
            clock=self.clock,
            chance=self.chance,
            deadline=self.clock.now() + 60 * minutes,
            say=self.said.append,
        )
        place = Place(kind=kind, name=name, prefix=PREFIX)
        home = Home(region=REGION, account=self.account)
        ports = WorldPlane(self.world), self.store, self.host
        with opened(KINDS[kind], place, home, ports, patience) as run:
            yield run

    def apply(
        self, kind: str, desired: Members, name: str = "one", *, allow_replace: bool = False
    ) -> Outcome:
        """Bring a resource to its desired state, as the command does."""
        with self.run(kind, name) as run:
            members = parse_desired(json.dumps(desired))
            return apply(run, members, allow_replace=allow_replace)

    def delete(self, kind: str, name: str = "one") -> bool:
        """Delete a resource, as the command does."""
        with self.run(kind, name) as run:
            return delete(run)

    def command(self, *arguments: str, **env: str) -> int:
        """Run a command, and return its exit code."""
        outside = Outside(
            plane=lambda _region: WorldPlane(self.world),
            parameters=lambda _region: self.store,
            account=self._whose,
            clock=self.clock,
            chance=self.chance,
            host=self.host,
            result=self.printed.append,
            progress=self.said.append,
        )
        return main(arguments, env, outside)

    def _whose(self, _region: str) -> str:
        if self.account_faults:
            self.account_faults -= 1
            raise Declined("GetCallerIdentity", "Throttling", "slow down", 400)
        return self.account

    def parent(self, kind: str) -> str:
        """Make what a resource of this type lives in; return its id, "" for nothing."""
        if kind not in PARENT:
            return ""
        parent, desired = PARENT[kind]
        current = self.apply(parent, desired, "parent").record.current
        assert current is not None
        return current.id

    def record(self, kind: str, name: str = "one") -> Record:
        """Return what is written down of a resource."""
        parameter = f"{PREFIX}/{kind}/{name}"
        return record_of(self.store.values[parameter], parameter)

    def things(self, kind: str) -> list[Thing]:
        """Return what there is of a type, without what AWS makes by itself."""
        return [one for one in self.world.of(KINDS[kind].noun) if one.id != "DEFAULT"]

    def thing(self, kind: str) -> Thing:
        """Return the one resource of a type."""
        (thing,) = self.things(kind)
        return thing

    def counting(self) -> Callable[[], int]:
        """Count the moments of the calls to both ports from now on: before and after each."""
        count = 0

        def counted(_when: str, _operation: str) -> None:
            nonlocal count
            count += 1

        self.world.hook = self.store.hook = counted
        return lambda: count

    def kill_at(self, moment: int) -> None:
        """Kill the process at the n-th moment from now: two for each call, before and after it."""
        left = moment

        def counted(_when: str, _operation: str) -> None:
            nonlocal left
            left -= 1
            # Who is dead stays dead: its `finally` reaches nothing either.
            if left < 0:
                raise Killed

        self.world.hook = self.store.hook = counted

    def revive(self) -> None:
        """Let the next process do as it likes."""
        self.world.hook = self.store.hook = lambda _when, _operation: None


def kill_after_write(bench: Bench) -> Callable[[str, str], None]:
    """Return a hook for the store that ends the run after its next write."""

    def hook(when: str, what: str) -> None:
        if (when, what) == ("after", "write"):
            bench.kill_at(0)
            raise Killed

    return hook
