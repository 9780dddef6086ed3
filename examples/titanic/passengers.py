"""The passenger list: read once, and trusted from then on."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Passenger:
    """One row."""

    id: int
    survived: bool
    passenger_class: int
    name: str
    sex: str
    age: float | None
    """In years; None where the list has none."""
    fare: float
    """In pounds."""
    embarked: str


def passengers_of(lines: Iterable[str]) -> list[Passenger]:
    """Parse the list. Raises KeyError or ValueError for what is not one."""
    return [
        Passenger(
            id=int(row["PassengerId"]),
            survived=row["Survived"] == "1",
            passenger_class=int(row["Pclass"]),
            name=row["Name"],
            sex=row["Sex"],
            age=float(row["Age"]) if row["Age"] else None,
            fare=float(row["Fare"]),
            embarked=row["Embarked"],
        )
        for row in csv.DictReader(lines)
    ]
