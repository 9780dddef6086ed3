"""What the bridge remembers of a resource: one SSM parameter, overwritten as a whole.

Terraform reads `id`, `arn` and `outputs` of it. Everything else is there so that a run that is
killed between any two calls is carried on by the next one:

- `pending`: a Create is about to be sent, or was: its client token, the name, since when;
- `retired`: resources that have been replaced and are to be deleted.
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any, cast

from bridge.errors import BridgeError
from bridge.ports import Members


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which resource is meant, and where its parameters are."""

    kind: str
    name: str
    prefix: str

    @property
    def parameter(self) -> str:
        """Name of the parameter that holds the record."""
        return f"{self.prefix}/{self.kind}/{self.name}"

    @property
    def mark(self) -> str:
        """Value of the tag that our resources bear."""
        return self.parameter

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A resource that is there: its id, and that of the parent that it lives in ("" for none)."""

    id: str
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A Create that may have been sent."""

    token: str
    physical: str
    """The name that the resource has at AWS."""
    parent: str
    hash: str
    since: float
    """Seconds since 1970."""
    id: str = ""
    """What Create answered; "" as long as no answer has been written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that is known of one resource."""

    region: str
    account: str
    current: Made | None = None
    arn: str = ""
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    hash: str = ""
    configuration: str = ""
    """The baseline, packed (configuration.kept)."""
    pending: Pending | None = None
    retired: tuple[Made, ...] = ()

    def started(self, pending: Pending) -> "Record":
        """Return the record of a resource whose Create is about to be sent."""
        return replace(self, pending=pending)

    def replaced(self) -> "Record":
        """Return the record with the current resource given up, to be deleted."""
        if self.current is None:
            return self
        return replace(self, current=None, retired=(*self.retired, self.current))


def record_text(record: Record, place: Place) -> str:
    """Return the record as its parameter holds it."""
    current = record.current or Made(id="")
    members: Members = {
        "kind": place.kind,
        "name": place.name,
        "id": current.id,
        "parent": current.parent,
        "arn": record.arn,
        "region": record.region,
        "account": record.account,
        "hash": record.hash,
        "outputs": record.outputs,
    }
    if record.configuration:
        members["configuration"] = record.configuration
    if record.pending:
        members["pending"] = {
            name: getattr(record.pending, name) for name in Pending.__dataclass_fields__
        }
    if record.retired:
        members["retired"] = [{"id": made.id, "parent": made.parent} for made in record.retired]
    return json.dumps(members, separators=(",", ":"))


def record_of(text: str, parameter: str) -> Record:
    """Return the record that a parameter holds.

    Raises:
        BridgeError: somebody has edited it.

    """
    try:
        members = cast("Members", json.loads(text))
        pending: Any = members.get("pending")
        return Record(
            region=members["region"],
            account=members["account"],
            current=Made(id=members["id"], parent=members["parent"]) if members["id"] else None,
            arn=members["arn"],
            outputs=dict(members["outputs"]),
            hash=members["hash"],
            configuration=members.get("configuration", ""),
            pending=Pending(**pending) if pending else None,
            retired=tuple(Made(**made) for made in members.get("retired", [])),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BridgeError(
            f"the parameter {parameter} holds no record of the bridge ({error!r}). Put its last "
            "version back (aws ssm get-parameter-history), or remove it and run again: what bears "
            "our tag is found again"
        ) from error
