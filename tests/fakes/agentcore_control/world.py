"""The AgentCore control plane, as far as resources, their states and their faults go.

Every request is checked against the service's model. Creates, updates and deletes take a number of
looks until they are through; names are unique; a client token that comes again brings the answer of
the first time; what has children cannot go. Faults are planted per operation.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum, auto

from fakes.agentcore_control import shown
from fakes.agentcore_control.family import FAMILIES, PARENTS, Family
from fakes.agentcore_control.model import Members, faults, input_shape, only, output_shape
from fakes.agentcore_control.thing import Thing, shown_by_get

_PAGE = 2
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


class Fault(StrEnum):
    """What goes wrong with one call."""

    THROTTLED = auto()
    SERVER = auto()
    LOST_BEFORE = auto()
    """The request does not arrive."""
    LOST_AFTER = auto()
    """It is done, but the answer does not arrive."""
    FAILS = auto()
    """It is accepted, and ends in a failed state."""
    YOUNG_ROLE = auto()
    CONFLICT = auto()
    DENIED = auto()


class ApiError(Exception):
    """AWS says no."""

    def __init__(self, code: str, text: str, status: int) -> None:
        super().__init__(text)
        self.code, self.status = code, status


class Dropped(Exception):
    """The connection is gone before the answer."""


class World:
    """All resources of one account and region."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.things: list[Thing] = []
        self.calls: list[tuple[str, Members]] = []
        self.faults: dict[str, list[Fault]] = {}
        self.ghosts: list[Thing] | None = None
        """What is gone, but still listed; None: nothing is."""
        self.forgetful = False
        """Whether it knows neither client tokens nor that names are unique, as moto."""
        self.looks = 1
        """How many looks a change takes."""
        self.hook: Callable[[str, str], None] = lambda _when, _operation: None
        """Called before and after each operation; what it raises ends the caller."""
        self._now = now
        self._tokens: dict[tuple[str, str], tuple[Members, Members]] = {}
        self._made = 0
        self._verbs: dict[str, tuple[Callable[[Family, Members], Members], Family]] = {}
        for family in FAMILIES:
            noun = family.noun
            self._verbs[f"Create{noun}"] = self._create, family
            self._verbs[f"Get{noun}"] = self._get, family
            self._verbs[f"Update{noun}"] = self._update, family
            self._verbs[f"Delete{noun}"] = self._delete, family
            self._verbs[f"List{family.plural}"] = self._list, family

    def call(self, operation: str, request: Mapping[str, object]) -> Members:
        """Return the answer to a request; raise ApiError or Dropped."""
        self.hook("before", operation)
        members: Members = dict(request)
        self.calls.append((operation, dict(members)))
        planted = self.faults.get(operation, [])
        fault = planted.pop(0) if planted else None
        _refuse(fault)
        try:
            wrong = list(faults(input_shape(operation), members))
            if wrong:
                raise ApiError("ValidationException", "; ".join(wrong), 400)
            answer = self._answer(operation, members, fault)
        finally:
            self.hook("after", operation)
        if fault is Fault.LOST_AFTER:
            raise Dropped
        return answer

    def of(self, noun: str) -> list[Thing]:
        """Return all resources of a type."""
        return [thing for thing in self.things if thing.family.noun == noun]

    def _answer(self, operation: str, members: Members, fault: Fault | None) -> Members:
        if operation.endswith("Resource"):
            return self._tag(operation, members)
        verb, family = self._verbs[operation]
        token = members.pop("clientToken", None)
        if (operation, token) in self._tokens and not self.forgetful:
            before, answer = self._tokens[operation, token]
            if before != members:
                raise ApiError("ConflictException", "the token was used for another request", 409)
            return answer
        answer = verb(family, dict(members))
        if fault is Fault.FAILS:
            self._fail(operation, family, members)
        shape = output_shape(operation)
        answer = only(shape, answer) if shape else {}
        if token is not None:
            self._tokens[operation, token] = members, answer
        return answer

    def _create(self, family: Family, told: Members) -> Members:
        parent = str(told.pop(family.parent)) if family.parent else ""
        if parent:
            self._free(self._parent(family, parent))
        name = str(told[family.name])
        taken = any(one.name == name and one.parent == parent for one in self.of(family.noun))
        if taken and not self.forgetful:
            raise ApiError("ConflictException", f"{name} exists already", 409)
        thing = Thing(
            family=family,
            id=self._id(family, name),
            parent=parent,
            name=name,
            tags=told.pop("tags", {}),
            told=told,
            born=self._time(),
            status="CREATING" if family.ready else "",
            next_status=family.ready,
            looks=self.looks,
        )
        thing.strategies = [
            shown.strategy(entry, self._part_id(entry))
            for entry in told.get("memoryStrategies", [])
        ]
        self.things.append(thing)
        if family.noun == "AgentRuntime":
            self._default_endpoint(thing)
        return shown_by_get(thing)

    def _get(self, family: Family, told: Members) -> Members:
        thing = self._found(family, told)
        answer = shown_by_get(thing)
        if thing.next_status or thing.status == "DELETING":
            if thing.looks == 0:
                self._arrive(thing)
                if thing not in self.things:
                    raise _missing(family, thing.id)
                answer = shown_by_get(thing)
            else:
                thing.looks -= 1
        return answer

    def _update(self, family: Family, told: Members) -> Members:
        thing = self._found(family, told)
        self._free(thing, also={family.update_failed, family.failed})
        for name in {family.given, family.parent} - {"", "name"}:
            told.pop(name, None)
        if family.noun == "Gateway" and told["name"] != thing.name:
            raise ApiError("ValidationException", "the name of a gateway cannot change", 400)
        self._take(thing, told)
        thing.version += 1
        if family.ready:
            thing.status, thing.next_status, thing.looks = "UPDATING", family.ready, self.looks
        return shown_by_get(thing)

    def _delete(self, family: Family, told: Members) -> Members:
        thing = self._found(family, told)
        if thing.status in {"CREATING", "UPDATING"}:
            raise ApiError("ConflictException", f"{thing.id} is {thing.status}", 409)
        if any(
            one.parent == thing.id
            and PARENTS[one.family.noun] == family.noun
            and one.id != "DEFAULT"
            for one in self.things
            if one.family.noun in PARENTS
        ):
            raise ApiError("ConflictException", f"{thing.id} is not empty", 409)
        if family.ready:
            thing.status, thing.next_status, thing.looks = "DELETING", "", self.looks
        else:
            self.things.remove(thing)
        return shown_by_get(thing)

    def _list(self, family: Family, told: Members) -> Members:
        parent = str(told.get(family.parent, "")) if family.parent else ""
        if parent:
            self._parent(family, parent)
        listed = [*self.of(family.noun), *(self.ghosts or [])]
        all_ = [shown_by_get(one) for one in listed if one.parent == parent]
        start = int(told.get("nextToken", "0"))
        shape = output_shape(f"List{family.plural}")
        assert shape is not None
        item = shape.members[family.items].member  # type: ignore[attr-defined]
        opened = [one[family.envelope] if family.envelope else one for one in all_]
        answer: Members = {family.items: [only(item, one) for one in opened[start : start + _PAGE]]}
        if start + _PAGE < len(all_):
            answer["nextToken"] = str(start + _PAGE)
        return answer

    def _tag(self, operation: str, told: Members) -> Members:
        for thing in self.things:
            if thing.arn == told["resourceArn"] and thing.family.tags:
                if operation == "ListTagsForResource":
                    return {"tags": dict(thing.tags)}
                thing.tags |= told.get("tags", {})
                for key in told.get("tagKeys", []):
                    thing.tags.pop(key, None)
                return {}
        raise ApiError("ResourceNotFoundException", f"no {told['resourceArn']}", 404)

    def _take(self, thing: Thing, told: Members) -> None:
        if thing.family.resets:
            thing.told = {thing.family.name: thing.name} | told
            thing.name = str(thing.told[thing.family.name])
            return
        description = told.get("description")
        if isinstance(description, dict):
            thing.told.pop("description", None)
            if description:
                told["description"] = description["optionalValue"]
            else:
                told.pop("description")
        self._take_strategies(thing, told.pop("memoryStrategies", {}))
        added = told.pop("addIndexedKeys", [])
        if added:
            thing.told["indexedKeys"] = [*thing.told.get("indexedKeys", []), *added]
        thing.told |= told

    def _take_strategies(self, thing: Thing, change: Members) -> None:
        gone = {one["memoryStrategyId"] for one in change.get("deleteMemoryStrategies", [])}
        changed = {one["memoryStrategyId"]: one for one in change.get("modifyMemoryStrategies", [])}
        unknown = (gone | changed.keys()) - {one["strategyId"] for one in thing.strategies}
        if unknown:
            raise ApiError("ValidationException", f"no strategies {unknown}", 400)
        thing.strategies = [
            shown.modified(one, changed.get(one["strategyId"], {}))
            for one in thing.strategies
            if one["strategyId"] not in gone
        ]
        names = {one["name"] for one in thing.strategies}
        for entry in change.get("addMemoryStrategies", []):
            ((_, told),) = entry.items()
            if told["name"] in names:
                raise ApiError("ValidationException", f"the strategy {told['name']} exists", 400)
            thing.strategies.append(shown.strategy(entry, self._part_id(entry)))

    def _default_endpoint(self, runtime: Thing) -> None:
        family = next(one for one in FAMILIES if one.noun == "AgentRuntimeEndpoint")
        self.things.append(
            Thing(
                family=family,
                id="DEFAULT",
                parent=runtime.id,
                name="DEFAULT",
                told={"name": "DEFAULT"},
                born=self._time(),
                status="READY",
            )
        )

    def _fail(self, operation: str, family: Family, told: Members) -> None:
        if operation.startswith("Create"):
            thing = self.things[-1] if family.noun != "AgentRuntime" else self.things[-2]
            thing.next_status = family.failed
            return
        thing = self._found(family, told)
        update = operation.startswith("Update")
        thing.status = "UPDATING" if update else "DELETING"
        thing.next_status = family.update_failed if update else family.delete_failed

    def _arrive(self, thing: Thing) -> None:
        if thing.next_status:
            thing.status, thing.next_status = thing.next_status, ""
        else:
            if self.ghosts is not None:
                self.ghosts.append(thing)
            self.things = [
                one
                for one in self.things
                if one is not thing and not (one.id == "DEFAULT" and one.parent == thing.id)
            ]

    def _found(self, family: Family, told: Members) -> Thing:
        parent = str(told.get(family.parent, "")) if family.parent else ""
        for thing in self.of(family.noun):
            if thing.id == told[family.given] and thing.parent == parent:
                return thing
        raise _missing(family, str(told[family.given]))

    def _parent(self, family: Family, id_: str) -> Thing:
        for thing in self.of(PARENTS[family.noun]):
            if thing.id == id_:
                return thing
        raise _missing(family, id_)

    def _free(self, thing: Thing, also: set[str] | None = None) -> None:
        if thing.status not in {thing.family.ready, ""} | (also or set()):
            # Time passes for who asks for it, too, not only for who looks.
            thing.looks -= 1
            if thing.looks < 0:
                self._arrive(thing)
            raise ApiError("ConflictException", f"{thing.id} is {thing.status}", 409)

    def _id(self, family: Family, name: str) -> str:
        if not family.id:
            return name
        tail = self._tail()
        if family.noun == "GatewayTarget":
            return tail
        return f"{name.lower() if family.lower else name}-{tail}"

    def _part_id(self, entry: Members) -> str:
        ((_, told),) = entry.items()
        return f"{told['name']}-{self._tail()}"

    def _tail(self) -> str:
        self._made += 1
        number, text = self._made, ""
        for _ in range(10):
            number, digit = divmod(number, len(_ALPHABET))
            text = _ALPHABET[digit] + text
        return text

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)


def _missing(family: Family, id_: str) -> ApiError:
    return ApiError("ResourceNotFoundException", f"no {family.noun} {id_}", 404)


def _refuse(fault: Fault | None) -> None:
    match fault:
        case Fault.THROTTLED:
            raise ApiError("ThrottlingException", "slow down", 429)
        case Fault.SERVER:
            raise ApiError("InternalServerException", "our fault", 500)
        case Fault.LOST_BEFORE:
            raise Dropped
        case Fault.YOUNG_ROLE:
            raise ApiError("ValidationException", "Role validation failed: cannot assume it", 400)
        case Fault.CONFLICT:
            raise ApiError("ConflictException", "busy", 409)
        case Fault.DENIED:
            raise ApiError("AccessDeniedException", "not for you", 403)
        case _:
            return
