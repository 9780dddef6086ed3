"""What the status in an answer of Get means for the bridge."""

from enum import Enum, auto
from typing import cast

from bridge.kind import Kind
from bridge.ports import Members


class Phase(Enum):
    """Where a resource is in its life."""

    READY = auto()
    BUSY = auto()
    """Wait: also for a status that nobody knows yet."""
    NOT_MADE = auto()
    NOT_UPDATED = auto()
    NOT_DELETED = auto()
    DELETING = auto()
    GONE = auto()


def phase_of(kind: Kind, got: Members) -> Phase:
    """Return the phase of what Get has answered."""
    states, status = kind.states, status_of(kind, got)
    if not status or status in states.ready or status in states.noticed:
        return Phase.READY
    for phase, values in (
        (Phase.NOT_MADE, states.not_made),
        (Phase.NOT_UPDATED, states.not_updated),
        (Phase.NOT_DELETED, states.not_deleted),
        (Phase.DELETING, states.deleting),
        (Phase.GONE, states.gone),
    ):
        if status in values:
            return phase
    return Phase.BUSY


def status_of(kind: Kind, got: Members) -> str:
    """Return the status as AWS says it; "" where the type has none."""
    return str(got.get(kind.status, "")) if kind.status else ""


def reason_of(kind: Kind, got: Members) -> str:
    """Return why it is so, as AWS says it; "(no reason given)" where it does not."""
    said = got.get(kind.reason) or "(no reason given)"
    return "; ".join(map(str, cast("list[object]", said))) if isinstance(said, list) else str(said)


def notice_of(kind: Kind, got: Members) -> str:
    """Return what is left for a person to do; "" for nothing."""
    return kind.states.noticed.get(status_of(kind, got), "")
