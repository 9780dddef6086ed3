"""What AWS says now of resources that the bridge has made, compared with what it said then."""

from dataclasses import dataclass

from bridge.catalogue import KINDS
from bridge.compare import Difference, changed
from bridge.configuration import baseline_of
from bridge.kind import Kind
from bridge.patience import Patience
from bridge.phase import Phase, phase_of, reason_of, status_of
from bridge.plan import seen_of
from bridge.ports import ControlPlane, Members
from bridge.record import Place, Record
from bridge.resource import Resources
from bridge.steady import SteadyPlane


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found about one resource."""

    place: Place
    drift: tuple[str, ...] = ()
    """What is another than it was: one line each."""
    unseen: tuple[str, ...] = ()
    """What could not be compared, and why."""


def drift_of(plane: ControlPlane, patience: Patience, place: Place, record: Record) -> Finding:
    """Compare one resource with its record. Nothing is changed, and no lock is taken."""
    kind = KINDS[place.kind]
    left = _left_over(record)
    if record.current is None:
        return Finding(place=place, drift=(*left, "missing: no run has made it to its end yet"))
    resources = Resources(kind, SteadyPlane(plane, patience, None), patience)
    got = resources.get(record.current)
    if got is None:
        return Finding(place=place, drift=(*left, f"missing: {record.current.id} is gone"))
    drift = [*left, *_state(kind, got)]
    baseline = baseline_of(record.configuration)
    if baseline is None:
        unseen = ("everything: its configuration is too large to be kept, or is not known yet",)
        return Finding(place=place, drift=tuple(drift), unseen=unseen)
    drift += map(str, differences(baseline.seen, seen_of(kind, got)))
    hidden = sorted(name for name in kind.hidden if name in baseline.desired)
    return Finding(
        place=place,
        drift=tuple(drift),
        unseen=tuple(f"{name}: AWS does not say it" for name in hidden),
    )


def differences(before: Members, now: Members) -> list[Difference]:
    """Return every member that is another now: changed, added or gone."""
    return list(changed(before, now))


def _left_over(record: Record) -> list[str]:
    left: list[str] = []
    if record.pending:
        left.append(f"unfinished: a run that was to make {record.pending.physical} was cut off")
    left += [f"unfinished: {made.id} is replaced, but not deleted" for made in record.retired]
    return left


def _state(kind: Kind, got: Members) -> list[str]:
    if phase_of(kind, got) is Phase.READY:
        return []
    return [f"state: {status_of(kind, got)}: {reason_of(kind, got)}"]
