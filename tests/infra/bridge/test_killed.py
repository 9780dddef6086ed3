"""The bridge killed before and after every single call, to AWS and to the parameters."""

from collections.abc import Callable

import pytest

from bridge.catalogue import KINDS
from fakes.agentcore_control.bench import Bench, Killed
from fakes.agentcore_control.model import Members
from fakes.agentcore_control.wanted import first, immutable, in_place, renamed

ALL = sorted(KINDS)
Deed = Callable[[Bench], object]


def _killed_everywhere(start: Callable[[], Bench], deed: Deed, check: Deed) -> None:
    """Kill the deed at each of its moments in turn; then do it again, and look at what there is."""
    counted = start()
    count = counted.counting()
    deed(counted)
    for moment in range(count()):
        bench = start()
        bench.kill_at(moment)
        with pytest.raises(Killed):
            deed(bench)
        bench.revive()
        deed(bench)
        check(bench)
        assert [name for name in bench.store.values if "/lock" in name.split("/one")[-1]] == []


def _is_made_once(kind: str, desired: Members) -> Deed:
    def check(bench: Bench) -> None:
        record, thing = bench.record(kind), bench.thing(kind)
        assert record.current is not None
        assert (record.current.id, record.arn) == (thing.id, thing.arn)
        assert (record.pending, record.retired) == (None, ())
        assert bench.apply(kind, desired).verdict == "unchanged"

    return check


@pytest.mark.parametrize("kind", ALL)
def test_a_create_is_made_exactly_once(kind: str) -> None:
    parents: list[str] = []

    def start() -> Bench:
        bench = Bench()
        parents[:] = [bench.parent(kind)]
        return bench

    start()
    desired = first(kind, parents[0])

    _killed_everywhere(
        start, lambda bench: bench.apply(kind, desired), _is_made_once(kind, desired)
    )


@pytest.mark.parametrize("kind", [kind for kind in ALL if in_place(kind) is not None])
def test_an_update_never_makes_another_one(kind: str) -> None:
    ids: list[str] = []

    def start() -> Bench:
        bench = Bench()
        bench.apply(kind, first(kind, bench.parent(kind)))
        ids[:] = [bench.thing(kind).id]
        return bench

    parent = start().thing(kind).parent
    desired = in_place(kind, parent)
    assert desired is not None
    made_once = _is_made_once(kind, desired)

    def check(bench: Bench) -> None:
        assert bench.thing(kind).id == ids[0]
        made_once(bench)

    _killed_everywhere(start, lambda bench: bench.apply(kind, desired), check)


@pytest.mark.parametrize("kind", [kind for kind in ALL if immutable(kind) is not None])
def test_a_replacement_under_the_same_name_ends_with_one(kind: str) -> None:
    desired = immutable(kind)
    assert desired is not None

    def start() -> Bench:
        bench = Bench()
        bench.apply(kind, first(kind))
        return bench

    _killed_everywhere(
        start,
        lambda bench: bench.apply(kind, desired, allow_replace=True),
        _is_made_once(kind, desired),
    )


@pytest.mark.parametrize("kind", ALL)
def test_a_replacement_under_another_name_ends_with_one(kind: str) -> None:
    def start() -> Bench:
        bench = Bench()
        bench.apply(kind, first(kind, bench.parent(kind)))
        return bench

    desired = renamed(kind, start().thing(kind).parent)

    _killed_everywhere(
        start,
        lambda bench: bench.apply(kind, desired, allow_replace=True),
        _is_made_once(kind, desired),
    )


@pytest.mark.parametrize("kind", ALL)
def test_a_delete_ends_with_none(kind: str) -> None:
    def start() -> Bench:
        bench = Bench()
        bench.apply(kind, first(kind, bench.parent(kind)))
        return bench

    def check(bench: Bench) -> None:
        assert bench.things(kind) == []
        assert [name for name in bench.store.values if f"/{kind}/one" in name] == []

    _killed_everywhere(start, lambda bench: bench.delete(kind), check)


@pytest.mark.parametrize("kind", ALL)
def test_a_create_that_was_cut_off_can_be_deleted(kind: str) -> None:
    bench = Bench()
    desired = first(kind, bench.parent(kind))
    count = bench.counting()
    bench.apply(kind, desired)

    for moment in range(count()):
        bench = Bench()
        bench.parent(kind)
        bench.kill_at(moment)
        with pytest.raises(Killed):
            bench.apply(kind, desired)
        bench.revive()

        bench.delete(kind)

        assert bench.things(kind) == []
        assert [name for name in bench.store.values if f"/{kind}/one" in name] == []
