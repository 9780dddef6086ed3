"""`cubbyhole/`: what a token keeps for itself, and what goes with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from devstack.vault.engines.engine import Closed
from devstack.vault.errors import absent
from devstack.vault.fields import Document
from devstack.vault.request import Operation, Request, Response
from devstack.vault.routes import Route, writes


@dataclass(slots=True, kw_only=True)
class Cubbyhole(Closed):
    """The one that every Vault has."""

    kind: str = "cubbyhole"
    _kept: dict[tuple[str, str], Document] = field(default_factory=dict[tuple[str, str], Document])

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        by_path = {
            Operation.READ: self._read,
            Operation.DELETE: self._delete,
            **writes(self._write),
        }
        return (Route("(?P<path>.+)", by_path),)

    def _read(self, request: Request, names: Mapping[str, str]) -> Response:
        # By the token's own id: nobody else can reach it, root neither.
        kept = self._kept.get((request.who.id, names["path"]))
        if kept is None:
            raise absent()
        return Response(data=kept, kind=self.kind)

    def _write(self, request: Request, names: Mapping[str, str]) -> None:
        self._kept[request.who.id, names["path"]] = request.fields.all

    def _delete(self, request: Request, names: Mapping[str, str]) -> None:
        self._kept.pop((request.who.id, names["path"]), None)
