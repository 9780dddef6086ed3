"""What the bridge does for each of the thirteen types."""

import pytest

from bridge.catalogue import KINDS
from fakes.agentcore_control.bench import Bench
from fakes.agentcore_control.wanted import first, immutable, in_place, renamed

ALL = sorted(KINDS)


@pytest.mark.parametrize("kind", ALL)
def test_a_resource_is_made_once_and_then_left_alone(kind: str) -> None:
    bench = Bench()
    desired = first(kind, bench.parent(kind))

    made = bench.apply(kind, desired)
    calls = len(bench.world.calls)
    again = bench.apply(kind, desired)

    thing = bench.thing(kind)
    assert (made.verdict, again.verdict) == ("created", "unchanged")
    record = bench.record(kind)
    assert record.current is not None
    assert (record.current.id, record.arn) == (thing.id, thing.arn)
    assert (record.pending, record.retired) == (None, ())
    assert {name for name, _ in bench.world.calls[calls:]} <= {
        KINDS[kind].get,
        "ListTagsForResource",
    }


@pytest.mark.parametrize("kind", [kind for kind in ALL if in_place(kind) is not None])
def test_what_the_api_can_update_keeps_its_id(kind: str) -> None:
    bench = Bench()
    parent = bench.parent(kind)
    bench.apply(kind, first(kind, parent))
    before = bench.thing(kind)
    desired = in_place(kind, parent)
    assert desired is not None

    updated = bench.apply(kind, desired)
    again = bench.apply(kind, desired)

    assert bench.thing(kind) is before
    assert (updated.verdict, again.verdict) == ("updated", "unchanged")
    assert updated.notices == ()


@pytest.mark.parametrize("kind", [kind for kind in ALL if immutable(kind) is not None])
def test_what_the_api_cannot_update_is_replaced(kind: str) -> None:
    bench = Bench()
    bench.apply(kind, first(kind))
    before = bench.thing(kind)
    desired = immutable(kind)
    assert desired is not None

    replaced = bench.apply(kind, desired, allow_replace=True)

    after = bench.thing(kind)
    assert after.id != before.id
    assert replaced.verdict == "replaced"
    assert replaced.record.current is not None
    assert replaced.record.current.id == after.id
    assert bench.apply(kind, desired).verdict == "unchanged"


@pytest.mark.parametrize("kind", ALL)
def test_another_name_is_another_resource_or_a_new_name_for_it(kind: str) -> None:
    bench = Bench()
    parent = bench.parent(kind)
    bench.apply(kind, first(kind, parent))

    bench.apply(kind, renamed(kind, parent), allow_replace=True)

    assert bench.thing(kind).name.endswith("2")


@pytest.mark.parametrize("kind", ALL)
def test_delete_leaves_nothing_behind_and_can_be_repeated(kind: str) -> None:
    bench = Bench()
    bench.apply(kind, first(kind, bench.parent(kind)))

    assert bench.delete(kind)
    assert not bench.delete(kind)

    assert bench.things(kind) == []
    assert [name for name in bench.store.values if f"/{kind}/one" in name] == []
