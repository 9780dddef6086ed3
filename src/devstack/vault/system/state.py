"""`sys/health`, `sys/seal` and what belongs to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devstack.vault.clock import VaultClock
from devstack.vault.errors import bad
from devstack.vault.fields import Document, Fields
from devstack.vault.request import Operation, Request, Response
from devstack.vault.routes import Route, writes
from devstack.vault.seal import STATUS, Seal, Standing

OPEN_PATHS = "health|seal-status|unseal|init"
_VERSION = "1.18.0+double"
_CODES: dict[Standing, str] = {
    "active": "activecode",
    "standby": "standbycode",
    "performance-standby": "performancestandbycode",
    "dr-secondary": "drsecondarycode",
    "uninitialized": "uninitcode",
    "sealed": "sealedcode",
}
_FINE_IF_ASKED: dict[Standing, str] = {
    "standby": "standbyok",
    "performance-standby": "perfstandbyok",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StateApi:
    """What can be asked before anybody logs in, and the switch that ends it."""

    seal: Seal
    clock: VaultClock

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        return (
            Route("health", {Operation.READ: self._health}),
            Route("seal-status", {Operation.READ: self._seal_status}),
            Route("init", {Operation.READ: self._init}),
            Route("seal", writes(self._seal)),
            Route("unseal", writes(self._unseal)),
        )

    def _health(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        standing, fields = self.seal.standing, request.fields
        status = fields.whole(_CODES[standing], STATUS[standing])
        if standing in _FINE_IF_ASKED and fields.flag(_FINE_IF_ASKED[standing]):
            status = fields.whole("activecode", 200)
        body: Document = {
            "initialized": standing != "uninitialized",
            "sealed": self.seal.sealed,
            "standby": standing != "active",
            "performance_standby": standing == "performance-standby",
            "replication_performance_mode": "disabled",
            "replication_dr_mode": "secondary" if standing == "dr-secondary" else "disabled",
            "server_time_utc": int(self.clock.now()),
            "version": _VERSION,
            "cluster_name": "local",
            "cluster_id": "00000000-0000-4000-8000-000000000000",
        }
        return Response(raw=body, status=status)

    def _seal_status(self, request: Request, names: Mapping[str, str]) -> Response:
        del request, names
        return Response(raw=self._status())

    def _status(self) -> Document:
        return {
            "type": "shamir",
            "initialized": self.seal.standing != "uninitialized",
            "sealed": self.seal.sealed,
            "t": 1,
            "n": 1,
            "progress": 0,
            "nonce": "",
            "version": _VERSION,
            "migration": False,
            "recovery_seal": False,
            "storage_type": "inmem",
        }

    def _init(self, request: Request, names: Mapping[str, str]) -> Response:
        del request, names
        return Response(raw={"initialized": self.seal.standing != "uninitialized"})

    def _seal(self, request: Request, names: Mapping[str, str]) -> None:
        del request, names
        self.seal.standing = "sealed"

    def _unseal(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        _check_key(request.fields, self.seal.key)
        self.seal.standing = "active"
        return Response(raw=self._status())


def _check_key(fields: Fields, key: str) -> None:
    if not fields.has("key"):
        raise bad("'key' must be specified in request body as JSON, or 'reset' set to true")
    if fields.text("key") != key:
        raise bad("Unseal failed, invalid key")
