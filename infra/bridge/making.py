"""A resource made, so that it is made once: intent, Create, id, and only then the waiting."""

from dataclasses import replace

from bridge.configuration import configuration_hash
from bridge.errors import BridgeError, Declined, Refused
from bridge.patience import ATTEMPTS, is_passing, is_throttled
from bridge.phase import Phase, phase_of, reason_of
from bridge.ports import Members
from bridge.record import Made, Pending, Record
from bridge.removal import remove, remove_retired
from bridge.run import Run
from bridge.search import is_ours, made_by


def make(run: Run, record: Record, desired: Members) -> tuple[Record, Made, Members]:
    """Make the resource, and return it with what AWS says of it when it is ready.

    The record that is returned has no `pending` if it was there already, with our mark.

    Raises:
        Refused: the name is taken by what is not ours.
        BridgeError: AWS could not make it; what there was of it is deleted.

    """
    pending = record.pending
    if pending is None:
        found = _taken(run, record, desired)
        if found is not None:
            run.say(f"found {found.id}, which bears our mark: its record was lost")
            return _adopted(run, record, found)
        pending = _intent(run, desired)
        record = run.write(record.started(pending))
    # Under the same name, the old one goes first; the intent stands by now.
    if record.current is None:
        record = remove_retired(run, record)
    made = _created(run, record, desired, pending)
    pending = replace(pending, id=made.id)
    record = run.write(replace(record, pending=pending))
    return _ready(run, record, made)


def _intent(run: Run, desired: Members) -> Pending:
    kind = run.kind
    return Pending(
        token=run.patience.chance.token(),
        physical=desired[kind.name_input],
        parent=desired[kind.parent] if kind.parent else "",
        hash=configuration_hash(desired),
        since=run.patience.clock.now(),
    )


def _taken(run: Run, record: Record, desired: Members) -> Made | None:
    """Return what has our name and our mark; None if the name is free.

    Raises:
        Refused: the name is somebody else's.

    """
    parent = desired[run.kind.parent] if run.kind.parent else ""
    known = {record.current, *record.retired}
    others = [
        made
        for made in run.resources.named(desired[run.kind.name_input], parent)
        if made not in known and run.resources.get(made) is not None
    ]
    for made in others:
        if is_ours(run, made, None):
            return made
    if others:
        raise _foreign(run, others[0])
    return None


def _adopted(run: Run, record: Record, made: Made) -> tuple[Record, Made, Members]:
    got = run.resources.settled(made, str(run.place))
    if got is None or phase_of(run.kind, got) is Phase.NOT_MADE:
        raise BridgeError(
            f"{run.place}: {made.id} bears our mark, but cannot be used: "
            f"{reason_of(run.kind, got or {})}. Delete it and apply again"
        )
    return run.write(replace(record.replaced(), current=made)), made, got


def _created(run: Run, record: Record, desired: Members, pending: Pending) -> Made:
    """Send Create until there is one; never again without having looked for it."""
    polls = run.patience.polls(str(run.place))
    attempt = 0
    run.say(f"making {pending.physical}")
    while True:
        try:
            made = run.resources.create(desired, pending, run.place.mark)
        except BridgeError as error:
            attempt += 1
            if is_throttled(error) or not is_passing(error) or attempt == ATTEMPTS:
                _given_up(run, record, error)
                raise
            made = made_by(run, record, pending)
            if made is None:
                run.patience.back_off(attempt, str(run.place), error)
                continue
        # The name is taken: by our own Create, the answer to which was lost; by somebody else; or
        # it is not, and the parent is busy.
        made = made or made_by(run, record, pending)
        if made is not None:
            return made
        _refuse_foreign(run, record, pending)
        polls.wait("AWS is busy with what it belongs to")


def _given_up(run: Run, record: Record, error: BridgeError) -> None:
    """Leave no intent behind of what AWS has declined; but of what it may have done."""
    if is_throttled(error) or (isinstance(error, Declined) and not is_passing(error)):
        _forget(run, record)


def _refuse_foreign(run: Run, record: Record, pending: Pending) -> None:
    for other in run.resources.named(pending.physical, pending.parent):
        # What was deleted just now may be listed, and its name kept, for a while.
        if run.resources.get(other) is not None:
            _forget(run, record)
            raise _foreign(run, other)


def _ready(run: Run, record: Record, made: Made) -> tuple[Record, Made, Members]:
    got = run.resources.settled(made, str(run.place))
    if got is not None and phase_of(run.kind, got) is not Phase.NOT_MADE:
        return record, made, got
    reason = reason_of(run.kind, got or {})
    if got is not None:
        run.say(f"AWS could not make it: {reason}; deleting what there is of it")
        remove(run, made)
    _forget(run, record)
    raise BridgeError(
        f"{run.place}: AWS could not make it: {reason}. What there was of it is deleted: put the "
        "reason right and apply again"
    )


def _forget(run: Run, record: Record) -> None:
    """Take the intent back, and the record with it if it says nothing else."""
    if record.current is None and not record.retired:
        run.parameters.remove(run.place.parameter)
    else:
        run.write(replace(record, pending=None))


def _foreign(run: Run, made: Made) -> Refused:
    return Refused(
        f"{run.place}: {made.id} has the name already, and is not ours (no tag that says so): "
        "nothing was done. Choose another name, or delete it"
    )
