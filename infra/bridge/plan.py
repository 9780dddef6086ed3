"""What is to be done about a resource that is there: nothing, an update, or another one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bridge.compare import Difference, changed, missing
from bridge.configuration import Baseline, plain
from bridge.kind import Kind, Style, Tags
from bridge.ports import Members

MARK = "gatehouse:bridge"
"""Key of the tag that says which record a resource belongs to."""

# What Get says that changes by itself, or with what others do. Only at these places: further in,
# a tool's argument may be called "status".
_VOLATILE = frozenset(
    {
        "authorizationData",
        "failureReason",
        "lockedForModification",
        "status",
        "statusReasons",
        "strategyId",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The differences, sorted by what they need."""

    updates: tuple[Difference, ...] = ()
    """By an update in place."""
    replacements: tuple[Difference, ...] = ()
    """Only by another resource."""
    tags: dict[str, str] = field(default_factory=dict[str, str])
    """Tags to set."""
    untags: tuple[str, ...] = ()
    """Tags to take away."""
    lost: str = ""
    """What data would be lost; "" for none."""
    notices: tuple[str, ...] = ()
    """What is desired, but cannot be done."""

    @property
    def is_empty(self) -> bool:
        """Whether all is as desired."""
        return not (self.updates or self.replacements or self.tags or self.untags)

    @property
    def names(self) -> frozenset[str]:
        """The members of Create that the updates are about."""
        return frozenset(member_of(difference.path) for difference in self.updates)


def plan_for(
    kind: Kind, desired: Members, baseline: Baseline | None, got: Members, parent: str
) -> Plan:
    """Return what it takes to get from `got`, with its `tags`, to what is desired.

    `parent` is the id of the parent that it lives in.
    """
    found = list(_differences(kind, desired, baseline, got))
    if kind.parent and parent and desired[kind.parent] != parent:
        path = kind.parent
        found.append(Difference(path=path, before=parent, after=desired[kind.parent]))
    updatable = kind.update.members if kind.update.style is not Style.NONE else frozenset[str]()
    updates = tuple(one for one in found if member_of(one.path) in updatable)
    replacements = tuple(one for one in found if member_of(one.path) not in updatable)
    tags, untags = _tags(kind, desired, baseline, got)
    return Plan(
        updates=updates,
        replacements=replacements,
        tags=tags,
        untags=untags,
        lost=_lost(kind, desired, got, updates, replacements),
        notices=_notices(kind, desired, baseline),
    )


def seen_of(kind: Kind, got: Members) -> Members:
    """Return what of an answer of Get is kept: all but its identity and what changes by itself."""
    identity = {kind.id_output, kind.arn, kind.id_input, kind.status, kind.parent} - {"name", ""}
    shown: Members = plain({name: got[name] for name in got if name not in identity | _VOLATILE})
    if "strategies" in shown:
        shown["strategies"] = [
            {name: strategy[name] for name in strategy if name not in _VOLATILE}
            for strategy in shown["strategies"]
        ]
    return shown


def _differences(
    kind: Kind, desired: Members, baseline: Baseline | None, got: Members
) -> list[Difference]:
    found: list[Difference] = []
    before = baseline.desired if baseline else {}
    for name in sorted(desired.keys() | before.keys()):
        if _is_compared(kind, name) and not _is_settled(kind, name, desired, baseline, got):
            found += _member_differences(kind, name, desired, before, got)
        elif name in kind.hidden and baseline:
            # Get keeps silent: what was desired before is all there is to compare with.
            found += changed(before.get(name), plain(desired.get(name), name), name)
    return found


def _is_compared(kind: Kind, name: str) -> bool:
    return name not in kind.hidden and name not in {"tags", kind.parent}


def _is_settled(
    kind: Kind, name: str, desired: Members, baseline: Baseline | None, got: Members
) -> bool:
    """Whether neither side has moved since it was last applied.

    Then a difference is a spelling of the API's, and no update will ever make it go away.
    """
    if baseline is None or name not in desired or name not in baseline.desired:
        return False
    if plain(desired[name], name) != baseline.desired[name]:
        return False
    seen = seen_of(kind, got)
    return all(
        not list(changed(baseline.seen.get(member), seen.get(member)))
        for member in kind.view(name, desired[name])
    )


def _member_differences(
    kind: Kind, name: str, desired: Members, before: Members, got: Members
) -> list[Difference]:
    shown = plain(got)
    if name in desired:
        view = plain(kind.view(name, desired[name]))
        found = [
            difference
            for member, value in view.items()
            for difference in missing(value, shown.get(member), member)
        ]
        if not found and name in before:
            found = list(_unshown(kind, name, before[name], desired[name], view))
    else:
        left = {member: shown.get(member) for member in kind.view(name, before[name])}
        found = list(changed(left, dict[str, Any].fromkeys(left)))
    return [_under(name, difference) for difference in found]


def _unshown(
    kind: Kind, name: str, before: Any, desired: Any, view: Members
) -> Iterator[Difference]:
    """Yield what has changed inside of a member, though Get shows all that is desired of it.

    Either something is not wanted any more, or it is a part that Get keeps silent about.
    """
    silent = plain(kind.view(name, before)) == view
    for difference in changed(before, plain(desired, name), name):
        if silent or difference.after is None:
            yield difference


def _under(name: str, difference: Difference) -> Difference:
    """Name a difference by Create's member, also where Get has another name for it."""
    if member_of(difference.path) == name:
        return difference
    return Difference(
        path=f"{name} ({difference.path})", before=difference.before, after=difference.after
    )


def _tags(
    kind: Kind, desired: Members, baseline: Baseline | None, got: Members
) -> tuple[dict[str, str], tuple[str, ...]]:
    if kind.tags is not Tags.KEPT:
        return {}, ()
    wanted: dict[str, str] = desired.get("tags", {})
    there: dict[str, str] = got.get("tags", {})
    ours = set(baseline.desired.get("tags", {})) if baseline else set[str]()
    # Tags that others have set (a cost tool, an account policy) are theirs.
    gone = tuple(sorted(key for key in ours if key in there and key not in wanted))
    return {key: value for key, value in wanted.items() if there.get(key) != value}, gone


def _notices(kind: Kind, desired: Members, baseline: Baseline | None) -> tuple[str, ...]:
    if kind.tags is not Tags.GIVEN or baseline is None:
        return ()
    if desired.get("tags", {}) == baseline.desired.get("tags", {}):
        return ()
    return ("tags of this type are set when it is made, and not changed later",)


def _lost(
    kind: Kind,
    desired: Members,
    got: Members,
    updates: tuple[Difference, ...],
    replacements: tuple[Difference, ...],
) -> str:
    if replacements:
        return kind.loses
    if updates and kind.update.lost is not None:
        return kind.update.lost(desired, got)
    return ""


def member_of(path: str) -> str:
    """Return the member of Create that a difference is about."""
    return path.partition(" ")[0].partition(".")[0].partition("[")[0]
