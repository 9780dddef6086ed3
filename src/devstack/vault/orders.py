"""Orders for failures, read from `POST /_local/faults` and `/_local/script`."""

from typing import cast, get_args

from devstack.vault.faults import Cut, Fault, Script, Spoiled
from devstack.vault.fields import Fields

_MEMBERS = frozenset(
    {
        "path",
        "status",
        "error",
        "retry_after",
        "hang",
        "cut",
        "spoiled",
        "lease",
        "times",
    }
)
_LONGEST_HANG_S = 3600
_CUTS: tuple[str, ...] = get_args(Cut)
_SPOILED: tuple[str, ...] = get_args(Spoiled)


class OrderRefused(Exception):
    """An order that cannot be carried out; the text says what would be right."""


def fault_ordered(order: Fields) -> Fault:
    """Read an order, e.g. `{"path": "auth/", "status": 429, "retry_after": 1, "times": 2}`.

    Raises OrderRefused, FieldRefused.
    """
    unknown = order.all.keys() - _MEMBERS
    if unknown:
        raise OrderRefused(f"unknown: {sorted(unknown)}; known: {sorted(_MEMBERS)}")
    status = order.whole("status") if order.has("status") else None
    if status is not None and not 400 <= status <= 599:  # noqa: PLR2004 the statuses of refusals
        raise OrderRefused("status must be from 400 to 599")
    hang_s = order.seconds("hang")
    if not 0 <= hang_s <= _LONGEST_HANG_S:
        raise OrderRefused(f"hang must be from 0 to {_LONGEST_HANG_S} seconds")
    return Fault(
        path=order.text("path"),
        status=status,
        error=order.text("error") if order.has("error") else None,
        retry_after_s=order.whole("retry_after") if order.has("retry_after") else None,
        hang_s=hang_s,
        cut=cast("Cut | None", _one_of(order, "cut", _CUTS)),
        spoiled=cast("Spoiled | None", _one_of(order, "spoiled", _SPOILED)),
        lease_s=order.seconds("lease") if order.has("lease") else None,
        times=max(0, order.whole("times", 1)),
    )


def _one_of(order: Fields, name: str, known: tuple[str, ...]) -> str | None:
    if not order.has(name):
        return None
    value = order.text(name)
    if value not in known:
        raise OrderRefused(f"{name} must be one of {list(known)}")
    return value


def script_ordered(order: Fields) -> Script:
    """Read `{"probability": 0.1, "seed": 7, "path": "", "faults": [{"status": 503}]}`.

    Raises OrderRefused, FieldRefused.
    """
    faults, chance = order.all.get("faults"), order.all.get("probability")
    if not isinstance(faults, list) or not faults:
        raise OrderRefused("faults must be a list of orders")
    if isinstance(chance, bool) or not isinstance(chance, int | float) or not 0 <= chance <= 1:
        raise OrderRefused("probability must be a number from 0 to 1")
    entries = cast("list[object]", faults)
    return Script(
        probability=chance,
        faults=[
            fault_ordered(Fields(Fields({"faults": entry}).mapping("faults"))) for entry in entries
        ],
        seed=order.whole("seed"),
        path=order.text("path"),
    )
