"""What login methods and engines have in common: roles that are written, read, listed, deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from devstack.vault.errors import absent
from devstack.vault.fields import Document
from devstack.vault.request import Operation, Request, Response
from devstack.vault.routes import NAME, Route, writes


class Shown(Protocol):
    """A role that can be read."""

    def shown(self) -> Document:
        """Return the role's fields."""
        ...


Role = TypeVar("Role", bound=Shown)


@dataclass(slots=True)
class Roles(Generic[Role]):
    """The roles of one mount."""

    kind: str
    _all: dict[str, Role] = field(default_factory=dict[str, Role])

    def __getitem__(self, name: str) -> Role | None:
        """Return a role, or None."""
        return self._all.get(name)

    def __setitem__(self, name: str, role: Role) -> None:
        """Set a role."""
        self._all[name] = role

    def exists(self, request: Request, *, at: str = "role") -> bool:
        """Whether a request is about a role that is there already, or about none."""
        head, _, name = request.below.partition("/")
        return head != at or name in self._all

    def all(self) -> tuple[tuple[str, Role], ...]:
        """Return the roles by name."""
        return tuple(self._all.items())

    def routes(self, write: "_Write", *, at: str = "role") -> tuple[Route, Route]:
        """Return the paths of the roles; `write` reads one and sets it."""
        by_name = {Operation.READ: self._read, Operation.DELETE: self._delete, **writes(write)}
        return (
            Route(rf"{at}/?", {Operation.LIST: self._list}),
            Route(rf"{at}/(?P<name>{NAME})", by_name),
        )

    def _read(self, request: Request, names: Mapping[str, str]) -> Response:
        del request
        role = self._all.get(names["name"])
        if role is None:
            raise absent()
        return Response(data=role.shown(), kind=self.kind)

    def _delete(self, request: Request, names: Mapping[str, str]) -> None:
        del request
        self._all.pop(names["name"], None)

    def _list(self, request: Request, names: Mapping[str, str]) -> Response:
        del request, names
        if not self._all:
            raise absent()
        return Response(data={"keys": sorted(self._all)}, kind=self.kind)


class _Write(Protocol):
    def __call__(self, request: Request, names: Mapping[str, str], /) -> Response | None: ...
