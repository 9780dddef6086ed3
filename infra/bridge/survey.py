"""All records under a prefix."""

from bridge.catalogue import KINDS
from bridge.errors import BridgeError
from bridge.patience import Patience
from bridge.ports import Parameters
from bridge.record import Place, Record, record_of
from bridge.steady import SteadyParameters


def records(parameters: Parameters, patience: Patience, prefix: str) -> list[tuple[Place, Record]]:
    """Return what is known under a prefix, in the order of types and names."""
    found: list[tuple[Place, Record]] = []
    for name, text in SteadyParameters(parameters, patience).under(prefix).items():
        parts = name.removeprefix(f"{prefix}/").split("/")
        # Locks lie one level deeper; other parameters under the prefix are somebody else's.
        if len(parts) == 2 and parts[0] in KINDS:  # noqa: PLR2004 {kind}/{name}
            place = Place(kind=parts[0], name=parts[1], prefix=prefix)
            found.append((place, record_of(text, name)))
    order = list(KINDS)
    return sorted(found, key=lambda one: (order.index(one[0].kind), one[0].name))


def record_at(parameters: Parameters, patience: Patience, place: Place) -> Record:
    """Return the record of one resource.

    Raises:
        BridgeError: there is none.

    """
    text = SteadyParameters(parameters, patience).read(place.parameter)
    if text is None:
        raise BridgeError(f"{place}: there is no record at {place.parameter}")
    return record_of(text, place.parameter)
