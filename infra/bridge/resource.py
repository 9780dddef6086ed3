"""One resource at AWS: made, read, changed, deleted and waited for. It decides nothing."""

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bridge.errors import BridgeError
from bridge.kind import Kind, Style, Tags
from bridge.patience import Patience, is_conflict, is_missing, is_young_role
from bridge.phase import Phase, phase_of, reason_of, status_of
from bridge.plan import MARK, Plan
from bridge.ports import ControlPlane, Members
from bridge.record import Made, Pending

_BORN = ("createdAt", "createdTime")
YOUNG_ROLE_S = 120.0
"""How long a role that was made just now may be unknown to AWS."""


def born(answer: Members) -> float:
    """Return when a resource was made, in seconds since 1970; 0 where it is not said."""
    times: list[object] = [answer.get(member) for member in _BORN]
    return max((time.timestamp() for time in times if isinstance(time, datetime)), default=0.0)


class Resources:
    """The resources of one type."""

    def __init__(self, kind: Kind, plane: ControlPlane, patience: Patience) -> None:
        self.kind = kind
        self._plane = plane
        self._patience = patience

    def create(self, desired: Members, pending: Pending, mark: str) -> Made | None:
        """Send Create; return None where the name is taken.

        Sent again with the same client token, it answers with what the first one has made.
        """
        request = dict(desired)
        if self.kind.token:
            request["clientToken"] = pending.token
        if self.kind.tags is not Tags.NONE:
            request["tags"] = {**desired.get("tags", {}), MARK: mark}
        try:
            answer = self.kind.opened(self._create(request, pending.physical))
        except BridgeError as error:
            if is_conflict(error):
                return None
            raise
        id_ = str(answer[self.kind.id_output]) if self.kind.id_output else pending.physical
        return Made(id=id_, parent=pending.parent)

    def faults(self, desired: Members) -> list[str]:
        """Return what is wrong with a Create request, before anything is done for it."""
        return self._plane.faults(self.kind.create, desired)

    def get(self, made: Made) -> Members | None:
        """Return what AWS says of it, with its `tags`; None if it is not there."""
        try:
            answer = self._plane.call(self.kind.get, self.kind.address(made.id, made.parent))
            got = dict(self.kind.opened(answer))
            if self.kind.tags is Tags.KEPT:
                got["tags"] = self._tags(str(got[self.kind.arn]))
        except BridgeError as error:
            if is_missing(error):
                return None
            raise
        return None if phase_of(self.kind, got) is Phase.GONE else got

    def named(self, physical: str, parent: str, since: float | None = None) -> Iterator[Made]:
        """Yield what bears a name; in AWS that is one at most.

        `since` is when it was made at the earliest, in seconds since 1970, where that is known.
        """
        for item in self._listed(parent):
            made = Made(id=str(item.get(self.kind.id_output or "name", "")), parent=parent)
            if self.kind.listed_name:
                if item.get(self.kind.listed_name) == physical:
                    yield made
            elif made.id.startswith(f"{physical}-") or (since and born(item) >= since):
                # List does not say the name. Ids begin with it, though nothing says that they must.
                got = self.get(made)
                if got is not None and got["name"] == physical:
                    yield made

    def update(self, made: Made, desired: Members, plan: Plan, got: Members) -> None:
        """Send what the plan says; the resource may be busy afterwards."""
        if plan.updates:
            request = self._update_request(desired, plan, got)
            if request:
                request |= self.kind.address(made.id, made.parent)
                if self.kind.update.token:
                    request["clientToken"] = self._patience.chance.token()
                self._when_free(self.kind.change, request)
        arn = got[self.kind.arn] if plan.tags or plan.untags else ""
        if plan.tags:
            self._plane.call("TagResource", {"resourceArn": arn, "tags": plan.tags})
        if plan.untags:
            self._plane.call("UntagResource", {"resourceArn": arn, "tagKeys": list(plan.untags)})

    def settled(self, made: Made, what: str) -> Members | None:
        """Wait until AWS is through with it; return what it says then, None if it is gone."""
        polls = self._patience.polls(what)
        while True:
            got = self.get(made)
            if got is None:
                return None
            if phase_of(self.kind, got) not in {Phase.BUSY, Phase.DELETING}:
                return got
            polls.wait(status_of(self.kind, got))

    def delete(self, made: Made, what: str, *, in_use_s: float = math.inf) -> None:
        """Delete it, and wait until it is gone.

        `in_use_s` is how long to wait, in seconds, while others use it.

        Raises:
            Declined: it is in use for longer than that.
            BridgeError: AWS could not.

        """
        polls = self._patience.polls(what)
        until = self._patience.clock.now() + in_use_s
        asked = False
        while True:
            got = self.get(made)
            if got is None:
                return
            phase = phase_of(self.kind, got)
            if phase is Phase.NOT_DELETED and asked:
                raise BridgeError(
                    f"{what}: AWS could not delete it: {reason_of(self.kind, got)}. Remove what "
                    "stands in the way and run it again"
                )
            if phase is not Phase.DELETING and not (asked and phase is Phase.BUSY):
                asked = self._ask_to_delete(made, until) or asked
            polls.wait(f"deleting, {status_of(self.kind, got) or 'there'}")

    def _create(self, request: Members, what: str) -> Members:
        began = self._patience.clock.now()
        polls = self._patience.polls(what)
        while True:
            try:
                return self._plane.call(self.kind.create, request)
            except BridgeError as error:
                passed = self._patience.clock.now() - began
                if not is_young_role(error) or passed > YOUNG_ROLE_S:
                    raise
                polls.wait("the role is not known everywhere yet")

    def _update_request(self, desired: Members, plan: Plan, got: Members) -> Members:
        update = self.kind.update
        if update.request is not None:
            return update.request(desired, plan.names, got)
        wanted = update.members if update.style is Style.WHOLE else plan.names
        return {
            name: value for name, value in desired.items() if name in wanted or name in update.again
        }

    def _ask_to_delete(self, made: Made, until: float) -> bool:
        """Send Delete; return False where something else is under way that it has to wait for."""
        try:
            self._plane.call(self.kind.delete, self.kind.address(made.id, made.parent))
        except BridgeError as error:
            if is_conflict(error) and self._patience.clock.now() < until:
                self._patience.say(f"{made.id}: {error}; waiting")
                return False
            if not is_missing(error):
                raise
        return True

    def _when_free(self, operation: str, request: Members) -> None:
        polls = self._patience.polls(operation)
        while True:
            try:
                self._plane.call(operation, request)
            except BridgeError as error:
                if not is_conflict(error):
                    raise
                polls.wait(str(error))
            else:
                return

    def _tags(self, arn: str) -> dict[str, str]:
        answer = self._plane.call("ListTagsForResource", {"resourceArn": arn})
        return dict(answer.get("tags", {}))

    def _listed(self, parent: str) -> Iterator[dict[str, Any]]:
        request: Members = {self.kind.parent: parent} if self.kind.parent else {}
        try:
            while True:
                answer = self._plane.call(self.kind.list, request)
                yield from answer.get(self.kind.items, [])
                if not answer.get("nextToken"):
                    return
                request = request | {"nextToken": answer["nextToken"]}
        except BridgeError as error:
            if not is_missing(error):
                raise

    def all_in(self, parent: str) -> list[Made]:
        """Return everything that lives in a parent."""
        return [
            Made(id=str(item[self.kind.id_output or "name"]), parent=parent)
            for item in self._listed(parent)
        ]
