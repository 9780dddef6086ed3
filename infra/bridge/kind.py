"""How one type of resource is described: all that differs between them, and no deed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bridge.ports import Members


class Style(StrEnum):
    """What an Update wants to be told."""

    NONE = "none"
    """There is no Update: a change is a new resource."""
    WHOLE = "whole"
    """All that can be updated, again: what is left out is reset."""
    CHANGED = "changed"
    """Only what changes: what is left out stays."""


class Tags(StrEnum):
    """How far a type takes tags, and so our mark."""

    KEPT = "kept"
    """They can be read and changed."""
    GIVEN = "given"
    """Create takes them, but the tag operations' pattern has no place for the type's ARN."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """The values of `status`, sorted by what they mean."""

    ready: frozenset[str] = frozenset({"READY", "ACTIVE"})
    noticed: Mapping[str, str] = field(default_factory=dict[str, str])
    """Ready as far as we can come, with what is left for a person to do."""
    not_made: frozenset[str] = frozenset({"CREATE_FAILED"})
    not_updated: frozenset[str] = frozenset({"UPDATE_FAILED"})
    not_deleted: frozenset[str] = frozenset({"DELETE_FAILED"})
    deleting: frozenset[str] = frozenset({"DELETING"})
    gone: frozenset[str] = frozenset({"DELETED"})


def plain_view(name: str, value: Any) -> Members:
    """Return how Get shows a member of Create: by the same name, with the same value."""
    return {name: value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """How a resource is changed where it is."""

    style: Style = Style.NONE
    members: frozenset[str] = frozenset()
    """The members of Create that Update can change; a change of any other is a new resource."""
    again: frozenset[str] = frozenset()
    """Members that Update demands though it cannot change them."""
    request: Callable[[Members, frozenset[str], Members], Members] | None = None
    """Members of the request, of desired, what changes, and what Get says; None: as desired."""
    token: bool = False
    """Whether Update takes a client token: one lost answer must not be two updates."""
    lost: Callable[[Members, Members], str] | None = None
    """What data an update in place would lose, from desired and what Get says; "" for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One type of resource of the control plane."""

    name: str
    noun: str
    """The operations' word: Create{noun}, Get{noun}, Update{noun}, Delete{noun}."""
    plural: str
    """The list's word: List{plural}."""
    items: str
    """Member of List's answer that holds the resources."""
    id_input: str
    """Member by which Get, Update and Delete are told which one."""
    id_output: str
    """Member of Create's and List's answer that holds the id; "" where the name is the id."""
    arn: str
    """Member of what Create and Get answer."""
    name_input: str = "name"
    """Member of Create that holds the physical name."""
    listed_name: str = "name"
    """Member of List's items that holds it; "" where List does not say: the id begins with it."""
    envelope: str = ""
    """Member in which Create and Get nest their answer."""
    parent: str = ""
    """Member, of Create as of all others, that names the parent's id; "" for none."""
    parent_kind: str = ""
    status: str = "status"
    """Member of what Get answers; it may be absent: then the resource is ready."""
    reason: str = "failureReason"
    states: States = field(default_factory=States)
    update: Update = field(default_factory=Update)
    view: Callable[[str, Any], Members] = plain_view
    """What Get should say for a member of Create: {} where Get does not say it."""
    hidden: frozenset[str] = frozenset()
    """Members of Create that Get never shows: a change is seen by what was desired before only."""
    tags: Tags = Tags.KEPT
    token: bool = True
    """Whether Create takes a client token."""
    outputs: tuple[str, ...] = ()
    """Members of Get that become outputs; a path of members is joined by a dot."""
    loses: str = ""
    """What is lost with the resource, for the refusal to replace it; "" where nothing is."""
    terraform: str = ""
    """The type of provider >= 6.17."""
    import_id: str = "{id}"
    """Its import id, of {parent} and {id}."""
    automatic: frozenset[str] = frozenset()
    """Ids of what AWS makes and deletes by itself."""
    rank: int = 0
    """Deletes go from the highest rank to the lowest; children rank above their parents."""

    @property
    def create(self) -> str:
        """The operation that makes one."""
        return f"Create{self.noun}"

    @property
    def get(self) -> str:
        """The operation that reads one."""
        return f"Get{self.noun}"

    @property
    def change(self) -> str:
        """The operation that updates one."""
        return f"Update{self.noun}"

    @property
    def delete(self) -> str:
        """The operation that deletes one."""
        return f"Delete{self.noun}"

    @property
    def list(self) -> str:
        """The operation that names all."""
        return f"List{self.plural}"

    def address(self, id_: str, parent: str) -> Members:
        """Return the members that say which one is meant."""
        return {self.id_input: id_} | ({self.parent: parent} if self.parent else {})

    def opened(self, answer: Members) -> Members:
        """Return what an answer of Create or Get holds in its envelope."""
        return answer[self.envelope] if self.envelope else answer
