"""Any order of wishes, faults and kills: one resource comes of it, and it is as desired last."""

from copy import deepcopy

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bridge.catalogue import KINDS
from bridge.errors import BridgeError, Refused
from fakes.agentcore_control.bench import PREFIX, Bench, Killed
from fakes.agentcore_control.model import Members
from fakes.agentcore_control.wanted import first, immutable, in_place, renamed
from fakes.agentcore_control.world import Fault

LONE = sorted({"runtime", "gateway", "memory", "browser", "workload_identity", "policy_engine"})
FAULTS = st.sampled_from(
    [Fault.THROTTLED, Fault.SERVER, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.FAILS]
)


class Wishes(RuleBasedStateMachine):
    """What one deployer may do to one resource, with what may happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench()
        self.kind = "memory"
        self.desired: Members | None = None
        self.held: str | None = None
        """Id of the Memory that holds data; it must not change without leave."""

    @precondition(lambda self: self.desired is None and not self.bench.world.calls)
    @rule(kind=st.sampled_from(LONE))
    def begin(self, kind: str) -> None:
        """Choose the type."""
        self.kind = kind

    @rule(wish=st.integers(0, 3), fault=FAULTS, where=st.integers(0, 3), times=st.integers(0, 2))
    def plant(self, wish: int, fault: Fault, where: int, times: int) -> None:
        """Let something go wrong soon."""
        kind = KINDS[self.kind]
        operation = (kind.create, kind.get, kind.change, kind.delete)[where]
        if fault is Fault.FAILS and (not kind.status or where == 1):
            return
        if kind.name in {"memory", "gateway"} and fault is Fault.FAILS and where != 0:
            # Their FAILED says nothing of what failed: a person has to look.
            return
        self.bench.world.faults[operation] = [fault] * times
        self.bench.world.looks = wish

    @rule(wish=st.integers(0, 3), leave=st.booleans(), moment=st.integers(0, 60))
    def apply_and_be_killed(self, wish: int, leave: bool, moment: int) -> None:  # noqa: FBT001
        """Be killed somewhere, or not."""
        self.bench.kill_at(moment)
        try:
            self._apply(wish, leave=leave)
        except Killed:
            pass
        finally:
            self.bench.revive()

    @rule(wish=st.integers(0, 3), leave=st.booleans())
    def apply(self, wish: int, leave: bool) -> None:  # noqa: FBT001
        """Come to an end, in whatever way."""
        self._apply(wish, leave=leave)

    @rule()
    def forget(self) -> None:
        """Delete it."""
        self.bench.world.faults.clear()
        self.bench.delete(self.kind)
        assert self.bench.things(self.kind) == []
        self.held = None

    @rule()
    def come_to_rest(self) -> None:
        """With nothing going wrong, the last wish comes true, once, and stays so."""
        if self.desired is None:
            return
        self.bench.world.faults.clear()
        self.bench.apply(self.kind, self.desired, allow_replace=True)
        thing, record = self.bench.thing(self.kind), self.bench.record(self.kind)
        assert record.current is not None
        assert record.current.id == thing.id
        assert (record.pending, record.retired) == (None, ())
        assert thing.name == self.desired.get("name", self.desired.get("agentRuntimeName"))
        assert self.bench.apply(self.kind, self.desired).verdict == "unchanged"
        assert self.bench.command("drift", "--prefix", PREFIX, "--region", "eu-west-1") == 0
        self.held = thing.id if self.kind == "memory" else None

    @invariant()
    def nothing_is_made_twice(self) -> None:
        """There are two at most: the old one, and what replaces it under another name."""
        names = [thing.name for thing in self.bench.things(self.kind)]
        assert len(names) == len(set(names)) <= 2

    @invariant()
    def data_is_kept(self) -> None:
        """What holds data is there as long as nobody gave leave to replace it."""
        if self.held is not None:
            assert self.held in [thing.id for thing in self.bench.things("memory")]

    def _apply(self, wish: int, *, leave: bool) -> None:
        wishes = (
            first(self.kind),
            in_place(self.kind) or first(self.kind),
            immutable(self.kind) or first(self.kind),
            renamed(self.kind),
        )
        desired = deepcopy(wishes[wish])
        if leave:
            self.held = None
        self.desired = desired
        try:
            self.bench.apply(self.kind, desired, allow_replace=leave)
        except Refused:
            assert not leave
            assert KINDS[self.kind].loses
        except BridgeError:
            # Said, and left to the next run.
            pass


TestWishes = Wishes.TestCase
TestWishes.settings = settings(
    max_examples=60,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
