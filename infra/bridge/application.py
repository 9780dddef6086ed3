"""Desired state applied: carried on from wherever the last run was cut off.

The order of what is written down and what is done is the whole point: before every Create stands an
intent, so that no moment exists at which something is made that no later run knows to look for.
"""

from dataclasses import dataclass, replace
from typing import cast

from bridge.compare import Difference
from bridge.configuration import Baseline, baseline_of, configuration_hash, kept, plain
from bridge.errors import BridgeError, Refused, WrongUse
from bridge.kind import Style
from bridge.making import make
from bridge.phase import Phase, notice_of, phase_of, reason_of, status_of
from bridge.plan import Plan, member_of, plan_for, seen_of
from bridge.ports import Members
from bridge.record import Made, Record
from bridge.removal import remove, remove_retired
from bridge.run import Run
from bridge.search import made_by

IN_USE_S = 60.0
"""How long what has been replaced may be in use by others before it is left to a later run."""
_LOOKS = 5
"""How often to look whether AWS shows an update that it has accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run of apply came to."""

    verdict: str
    """created, adopted, updated, replaced or unchanged."""
    record: Record
    differences: tuple[Difference, ...] = ()
    notices: tuple[str, ...] = ()


def apply(run: Run, desired: Members, *, allow_replace: bool) -> Outcome:
    """Bring one resource to its desired state.

    Raises:
        WrongUse: the desired state is no Create request; nothing was done.
        Refused: it would lose data, or the name is somebody else's; nothing was done.
        BridgeError: AWS could not; what was done is written down.

    """
    _check(run, desired)
    record = run.record() or Record(region=run.home.region, account=run.home.account)
    record = _recovered(run, record, desired)
    if record.current is not None:
        got = run.resources.settled(record.current, str(run.place))
        if got is not None:
            return _brought(run, record, desired, got, allow_replace=allow_replace)
        run.say(f"{record.current.id} is gone, though nobody deleted it by the bridge: made again")
        record = replace(record, current=None, configuration="")
    return _made(run, record, desired, "created", ())


def _check(run: Run, desired: Members) -> None:
    for member in (run.kind.name_input, run.kind.parent):
        if member and not isinstance(desired.get(member), str):
            raise WrongUse(f"{run.place}: the desired state must name {member}")
    faults = run.resources.faults(desired)
    if faults:
        raise WrongUse(
            f"{run.place}: the desired state is not a {run.kind.create} request: "
            + "; ".join(faults)
        )


def _recovered(run: Run, record: Record, desired: Members) -> Record:
    """Return the record when all that an earlier run has left half done is settled."""
    pending = record.pending
    if pending is not None:
        wanted = pending.hash == configuration_hash(desired)
        made = made_by(run, record, pending)
        if made is not None:
            run.say(f"found {made.id}, made by a run that was cut off")
            record = _settled(run, record, made, keep=wanted or record.current is None)
        elif not wanted or pending.id:
            # Its client token would bring back the answer of then.
            record = run.write(replace(record, pending=None))
    return remove_retired(run, record, in_use_s=IN_USE_S)


def _settled(run: Run, record: Record, made: Made, *, keep: bool) -> Record:
    """Take up what was made, unless it has failed, or a replacement is not wanted any more."""
    got = run.resources.settled(made, str(run.place))
    if got is not None and (not keep or phase_of(run.kind, got) is Phase.NOT_MADE):
        run.say(f"{made.id} is not wanted as it is ({status_of(run.kind, got) or 'made'}): deleted")
        remove(run, made)
        got = None
    if got is None:
        return run.write(replace(record, pending=None))
    return run.write(replace(record.replaced(), pending=None, current=made, configuration=""))


def _brought(
    run: Run, record: Record, desired: Members, got: Members, *, allow_replace: bool
) -> Outcome:
    current = record.current
    assert current is not None  # noqa: S101 told by the caller; for the type checkers
    plan = plan_for(run.kind, desired, baseline_of(record.configuration), got, current.parent)
    plan = _with_failure(run, plan, desired, got)
    for difference in (*plan.updates, *plan.replacements):
        run.say(f"{difference}")
    if plan.lost and not allow_replace:
        raise Refused(_refusal(run, plan))
    if plan.replacements:
        return _replaced(run, record, desired, got, plan)
    verdict, left = "unchanged", plan.notices
    if not plan.is_empty:
        run.say("updating")
        run.resources.update(current, desired, plan, got)
        got, not_shown = _after_update(run, record, desired, plan)
        verdict, left = "updated", (*left, *not_shown)
    outcome = _finished(run, record, desired, got, verdict)
    return replace(outcome, differences=plan.updates, notices=(*outcome.notices, *left))


def _with_failure(run: Run, plan: Plan, desired: Members, got: Members) -> Plan:
    """Return the plan with a failed update in it, that has to be sent again.

    Raises:
        BridgeError: it has failed, and there is nothing that could be sent.

    """
    phase = phase_of(run.kind, got)
    if not plan.is_empty or phase not in {Phase.NOT_UPDATED, Phase.NOT_MADE}:
        return plan
    if phase is Phase.NOT_UPDATED and run.kind.update.style is Style.WHOLE:
        names = sorted(run.kind.update.members & desired.keys())
        return replace(
            plan,
            updates=tuple(
                Difference(path=name, before="(failed)", after=plain(desired[name], name))
                for name in names
            ),
        )
    raise BridgeError(
        f"{run.place}: AWS says {status_of(run.kind, got)}: {reason_of(run.kind, got)}. All is as "
        "desired, so there is nothing to send: put it right by hand, or delete it and apply again"
    )


def _refusal(run: Run, plan: Plan) -> str:
    changes = "; ".join(map(str, (*plan.replacements, *plan.updates)))
    return (
        f"{run.place}: refused, for this would be lost: {plan.lost}. It comes of {changes}. Undo "
        "the change, or say that the loss is meant: --allow-replace, in Terraform allow_replace = "
        "true"
    )


def _after_update(
    run: Run, record: Record, desired: Members, plan: Plan
) -> tuple[Members, tuple[str, ...]]:
    """Return what AWS says when the update is through, and what of it AWS does not show."""
    made, before = record.current or Made(id=""), baseline_of(record.configuration)
    polls = run.patience.polls(str(run.place))
    for look in range(_LOOKS):
        got = run.resources.settled(made, str(run.place))
        if got is None:
            raise BridgeError(f"{run.place}: {made.id} was deleted during its update: apply again")
        if phase_of(run.kind, got) is Phase.NOT_UPDATED:
            raise BridgeError(
                f"{run.place}: AWS could not update it: {reason_of(run.kind, got)}. It works as "
                "before; put the reason right and apply again"
            )
        shown = plan_for(run.kind, desired, None, got, made.parent).updates
        # What is not wanted any more is known only by what was desired before.
        removed = plan_for(run.kind, desired, before, got, made.parent).updates
        left = [str(one) for one in shown if member_of(one.path) in plan.names]
        left += [
            str(one)
            for one in removed
            if member_of(one.path) not in desired.keys() | run.kind.hidden
        ]
        if not left or look == _LOOKS - 1:
            return got, tuple(f"AWS accepted the update, but does not show {one}" for one in left)
        polls.wait("accepted, not shown yet")
    raise AssertionError  # pragma: no cover  the last look returns


def _replaced(run: Run, record: Record, desired: Members, got: Members, plan: Plan) -> Outcome:
    kind, current = run.kind, record.current
    assert current is not None  # noqa: S101 told by the caller; for the type checkers
    same_name = got[kind.name_input] == desired[kind.name_input]
    same_parent = not kind.parent or current.parent == desired[kind.parent]
    if same_name and same_parent:
        # Names are unique: the old one has to go first, and there is none for a while.
        run.say("replacing it: AWS cannot change this in place, and the name is needed again")
        record = record.replaced()
    else:
        run.say("replacing it: the new one first, then the old one goes")
    return _made(run, record, desired, "replaced", plan.replacements)


def _made(
    run: Run,
    record: Record,
    desired: Members,
    verdict: str,
    differences: tuple[Difference, ...],
) -> Outcome:
    record, made, got = make(run, record, desired)
    if record.pending is None:
        # It was there, with our mark: its record was lost, and what it is like is not known.
        outcome = _brought(run, record, desired, got, allow_replace=False)
        return replace(outcome, verdict="adopted")
    outcome = _finished(run, replace(record.replaced(), current=made), desired, got, verdict)
    record = remove_retired(run, outcome.record, in_use_s=IN_USE_S)
    in_use = tuple(f"{old.id} is replaced, but still in use" for old in record.retired)
    notices = (*outcome.notices, *in_use)
    return replace(outcome, record=record, differences=differences, notices=notices)


def _finished(run: Run, record: Record, desired: Members, got: Members, verdict: str) -> Outcome:
    """Write down what has come of it, if that is anything new."""
    after = replace(
        record,
        pending=None,
        arn=str(got[run.kind.arn]),
        outputs=outputs_of(run.kind.outputs, got),
        hash=configuration_hash(desired),
        configuration=kept(Baseline(desired=plain(desired), seen=seen_of(run.kind, got))),
    )
    if after != record:
        run.write(after)
    notice = notice_of(run.kind, got)
    return Outcome(verdict=verdict, record=after, notices=(notice,) if notice else ())


def outputs_of(paths: tuple[str, ...], got: Members) -> dict[str, str]:
    """Return what Get says at the paths, by the last member of each; without what it does not."""
    found: dict[str, str] = {}
    for path in paths:
        *outer, last = path.split(".")
        members = got
        for member in outer:
            members = cast("Members", members.get(member, {}))
        if last in members:
            found[last] = str(members[last])
    return found
