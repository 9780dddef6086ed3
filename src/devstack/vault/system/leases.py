"""`sys/leases/…`: leases seen, renewed and ended (API docs, `/sys/leases`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devstack.vault.clock import stamp
from devstack.vault.core import Core
from devstack.vault.errors import bad
from devstack.vault.fields import Document, Fields
from devstack.vault.request import Operation, Request, Response
from devstack.vault.routes import Route, writes


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasesApi:
    """All that can be done with a lease."""

    core: Core

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        named = "(?:/(?P<lease>.+))?"
        return (
            Route("leases/lookup", writes(self._lookup)),
            Route("leases/lookup/(?P<prefix>.*)", {Operation.LIST: self._list}),
            Route(f"(?:leases/)?renew{named}", writes(self._renew)),
            Route("(?:leases/)?revoke-(?:prefix|force)/(?P<prefix>.+)", writes(self._below)),
            Route(f"(?:leases/)?revoke{named}", writes(self._revoke)),
        )

    def _lookup(self, request: Request, names: Mapping[str, str]) -> Response:
        lease = self.core.leases.find(_named(request.fields, names), space=request.space)
        renewed = lease.renewed_at
        data: Document = {
            "id": lease.id,
            "issue_time": stamp(lease.issued_at),
            "expire_time": stamp(lease.expires_at),
            "last_renewal": None if renewed is None else stamp(renewed),
            "renewable": lease.leased.renewable,
            "ttl": lease.left_s(request.now),
        }
        return Response(data=data)

    def _list(self, request: Request, names: Mapping[str, str]) -> Response:
        prefix = names["prefix"]
        ids = [
            lease.id[len(prefix) :].partition("/")
            for lease in self.core.leases.alive()
            if lease.space == request.space and lease.id.startswith(prefix)
        ]
        return Response(data={"keys": sorted({f"{name}{slash}" for name, slash, _ in ids})})

    def _renew(self, request: Request, names: Mapping[str, str]) -> Response:
        lease_id = _named(request.fields, names)
        if lease_id.startswith("auth/"):
            raise bad("tokens cannot be renewed through this endpoint")
        lease = self.core.leases.find(lease_id, space=request.space, missing="lease not found")
        life = self.core.leases.renew(
            lease,
            asked_s=request.fields.seconds("increment"),
            most_s=request.most_s,
            now=request.now,
        )
        return Response(lease=lease, warnings=life.warnings)

    def _revoke(self, request: Request, names: Mapping[str, str]) -> None:
        # Ending what has ended is no mistake, in Vault either.
        self.core.leases.revoke(_named(request.fields, names), space=request.space)

    def _below(self, request: Request, names: Mapping[str, str]) -> None:
        self.core.leases.revoke_below(names["prefix"], space=request.space)


def _named(fields: Fields, names: Mapping[str, str]) -> str:
    lease_id = names.get("lease") or fields.text("lease_id")
    if not lease_id:
        raise bad("lease_id must be specified")
    return lease_id
