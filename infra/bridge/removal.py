"""Resources deleted: what lives in them first, and then waited for until they are gone."""

import math
from dataclasses import replace

from bridge.catalogue import children
from bridge.errors import BridgeError
from bridge.patience import is_conflict
from bridge.record import Made, Record
from bridge.resource import Resources
from bridge.run import Run
from bridge.search import made_by


def delete(run: Run) -> bool:
    """Delete the resource, whatever was left half done, and its record; return False if none was.

    Raises:
        BridgeError: AWS could not delete it, or it is in another account.

    """
    record = run.record()
    if record is not None:
        begun = made_by(run, record, record.pending) if record.pending else None
        if begun is not None:
            remove(run, begun)
        # One by one, and each written down: a kill in between finds the rest.
        remove_retired(run, run.write(replace(record.replaced(), pending=None)))
    for name in run.parameters.under(run.place.parameter):
        # What is left of locks that ran out.
        if name not in run.lock.chain:
            run.parameters.remove(name)
    run.parameters.remove(run.place.parameter)
    return record is not None


def remove_retired(run: Run, record: Record, *, in_use_s: float = math.inf) -> Record:
    """Delete what has been replaced, and return the record without it.

    What others use for longer than `in_use_s` seconds is left for a later run: they may be waiting
    for this one to end, to be told of what replaces it.
    """
    for made in record.retired:
        try:
            remove(run, made, in_use_s=in_use_s)
        except BridgeError as error:
            if not is_conflict(error):
                raise
            run.say(f"{made.id} is replaced, but still in use: a later run deletes it")
            continue
        rest = tuple(other for other in record.retired if other != made)
        record = run.write(replace(record, retired=rest))
    return record


def remove(run: Run, made: Made, *, in_use_s: float = math.inf) -> None:
    """Delete one resource with all that lives in it.

    Raises:
        Declined: it is in use by others for longer than `in_use_s` seconds.

    """
    for kind in children(run.kind):
        inside = Resources(kind, run.plane, run.patience)
        for child in inside.all_in(made.id):
            if child.id not in kind.automatic:
                run.say(f"deleting {kind.name} {child.id}, which lives in it")
                inside.delete(child, f"{kind.name} {child.id}")
    run.say(f"deleting {made.id}")
    run.resources.delete(made, str(run.place), in_use_s=in_use_s)
