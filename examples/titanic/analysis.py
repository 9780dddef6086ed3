"""The tools: pure functions of the passenger list and a parsed request."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean, median
from typing import Final

from titanic.passengers import Passenger
from titanic.request import Filters, filters_of, group_of, only, rows_of

Answer = dict[str, object]
Passengers = Sequence[Passenger]

_BANDS: Final = ((12, "0-11"), (18, "12-17"), (40, "18-39"), (60, "40-59"))


def count_passengers(everybody: Passengers, arguments: Mapping[str, object]) -> Answer:
    """Count passengers and survivors. Raises ArgumentRefused."""
    only(arguments)
    return _survival(_matching(everybody, filters_of(arguments)))


def survival_rate(everybody: Passengers, arguments: Mapping[str, object]) -> Answer:
    """Tell the survival rate of each group. Raises ArgumentRefused."""
    only(arguments, "group_by")
    return _grouped(everybody, arguments, _survival)


def fare_statistics(everybody: Passengers, arguments: Mapping[str, object]) -> Answer:
    """Tell the fares of each group. Raises ArgumentRefused."""
    only(arguments, "group_by")
    return _grouped(everybody, arguments, _fares)


def list_passengers(everybody: Passengers, arguments: Mapping[str, object]) -> Answer:
    """Show some passengers, in the order of the list. Raises ArgumentRefused."""
    only(arguments, "rows")
    found = _matching(everybody, filters_of(arguments))
    shown = [
        {
            "id": passenger.id,
            "name": passenger.name,
            "class": passenger.passenger_class,
            "age": passenger.age,
            "survived": passenger.survived,
        }
        for passenger in found[: rows_of(arguments)]
    ]
    return {"passengers": len(found), "shown": shown}


TOOLS: Final[Mapping[str, Callable[[Passengers, Mapping[str, object]], Answer]]] = {
    "count_passengers": count_passengers,
    "survival_rate": survival_rate,
    "fare_statistics": fare_statistics,
    "list_passengers": list_passengers,
}


def _matching(everybody: Passengers, filters: Filters) -> list[Passenger]:
    return [passenger for passenger in everybody if _matches(passenger, filters)]


def _matches(passenger: Passenger, filters: Filters) -> bool:
    wanted = (filters.passenger_class, filters.sex, filters.embarked)
    are = (passenger.passenger_class, passenger.sex, passenger.embarked)
    if any(want is not None and want != is_ for want, is_ in zip(wanted, are, strict=True)):
        return False
    if filters.age_from is None and filters.age_below is None:
        return True
    # Whose age nobody knows is in no range of ages.
    if passenger.age is None:
        return False
    low = filters.age_from or 0
    return low <= passenger.age and (filters.age_below is None or passenger.age < filters.age_below)


def _grouped(
    everybody: Passengers,
    arguments: Mapping[str, object],
    told: Callable[[list[Passenger]], Answer],
) -> Answer:
    group = group_of(arguments)
    groups: dict[str, list[Passenger]] = {}
    for passenger in _matching(everybody, filters_of(arguments)):
        groups.setdefault(_group(passenger, group), []).append(passenger)
    return {"group_by": group, "groups": {name: told(groups[name]) for name in sorted(groups)}}


def _group(passenger: Passenger, group: str) -> str:
    match group:
        case "class":
            return str(passenger.passenger_class)
        case "sex":
            return passenger.sex
        case "embarked":
            return passenger.embarked
        case _:
            return _band(passenger.age)


def _band(age: float | None) -> str:
    if age is None:
        return "unknown"
    return next((name for below, name in _BANDS if age < below), "60 and over")


def _survival(passengers: Iterable[Passenger]) -> Answer:
    fates = [passenger.survived for passenger in passengers]
    # Nobody has no rate: 0 would say that all of them died.
    rate = round(fmean(fates), 3) if fates else None
    return {"passengers": len(fates), "survived": sum(fates), "survival_rate": rate}


def _fares(passengers: Iterable[Passenger]) -> Answer:
    fares = [passenger.fare for passenger in passengers]
    return {
        "passengers": len(fares),
        "mean_fare": round(fmean(fares), 2),
        "median_fare": round(median(fares), 2),
        "highest_fare": max(fares),
    }
