"""What a run that was cut off has made, found again; and whether it is ours."""

from bridge.kind import Tags
from bridge.plan import MARK
from bridge.record import Made, Pending, Record
from bridge.resource import born
from bridge.run import Run

SKEW_S = 300.0
"""How far the clocks of AWS and of this machine may differ."""


def made_by(run: Run, record: Record, pending: Pending) -> Made | None:
    """Return what a Create that may have been sent has made; None for nothing."""
    if pending.id:
        made = Made(id=pending.id, parent=pending.parent)
        return made if run.resources.get(made) is not None else None
    known = {record.current, *record.retired}
    since = pending.since - SKEW_S
    for made in run.resources.named(pending.physical, pending.parent, since):
        if made not in known and is_ours(run, made, pending.since):
            return made
    return None


def is_ours(run: Run, made: Made, since: float | None) -> bool:
    """Return whether a resource with our name is ours to change.

    It is if it bears our mark. Where tags cannot be read, it is if it was made since we wrote down
    that we are about to (the name was free then); `since` None: we never did.
    """
    got = run.resources.get(made)
    if got is None:
        return False
    if run.kind.tags is Tags.KEPT:
        return bool(got["tags"].get(MARK) == run.place.mark)
    return since is not None and born(got) >= since - SKEW_S
