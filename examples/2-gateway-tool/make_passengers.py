"""Makes the passenger list anew: `python make_passengers.py > passengers.csv`.

Nobody in it ever lived. The columns are those of the well-known list of the Titanic's passengers,
and the chances are roughly history's; names, ages, fares and fates are drawn by a generator with a
seed, so that the same file comes out on every machine.
"""

import csv
import random
import sys
from collections.abc import Iterator

SEED = 1912
ROWS = 891

_COLUMNS = (
    *("PassengerId", "Survived", "Pclass", "Name", "Sex", "Age"),
    *("SibSp", "Parch", "Ticket", "Fare", "Cabin", "Embarked"),
)
_MEN = 0.65
_AGES_MISSING = 0.2
_CLASSES = {1: 0.24, 2: 0.21, 3: 0.55}
_FARES = {1: (26.0, 160.0), 2: (10.5, 40.0), 3: (6.5, 24.0)}
_CHANCES = {
    (1, "female"): 0.96,
    (2, "female"): 0.90,
    (3, "female"): 0.50,
    (1, "male"): 0.36,
    (2, "male"): 0.16,
    (3, "male"): 0.13,
}
_CHILD_YEARS = 12
_CHILD_BONUS = 0.35
_FIRST = {
    "female": (
        *("Ada", "Beryl", "Clara", "Dora", "Edith", "Flora", "Greta"),
        *("Hilda", "Ida", "Judith", "Klara", "Lena", "Martha"),
    ),
    "male": (
        *("Albert", "Bruno", "Carl", "Dennis", "Edgar", "Frank"),
        *("Georg", "Harald", "Isak", "Josef", "Karl", "Ludwig"),
    ),
}
_START = (
    *("Ash", "Birk", "Cold", "Dun", "East", "Fair", "Gold", "Hill"),
    *("Iron", "Kirk", "Lang", "Mar", "North", "Oak", "Pen", "Row"),
)
_END = (
    *("berg", "brook", "by", "croft", "dale", "field", "ford", "ham"),
    *("ley", "man", "mere", "son", "stead", "ton", "well", "wick"),
)
_PORTS = "S" * 72 + "C" * 19 + "Q" * 9


def passengers(chance: random.Random) -> Iterator[list[object]]:
    """Yield the rows."""
    for number in range(1, ROWS + 1):
        pclass = chance.choices(list(_CLASSES), list(_CLASSES.values()))[0]
        sex = "male" if chance.random() < _MEN else "female"
        age = _age(chance, pclass)
        odds = _CHANCES[pclass, sex] + (_CHILD_BONUS if age < _CHILD_YEARS else 0)
        yield [
            number,
            int(chance.random() < odds),
            pclass,
            _name(chance, sex, age),
            sex,
            "" if chance.random() < _AGES_MISSING else f"{age:g}",
            chance.choices((0, 1, 2, 3), (68, 24, 5, 3))[0],
            chance.choices((0, 1, 2), (76, 14, 10))[0],
            f"{chance.randint(100_000, 399_999)}",
            f"{chance.triangular(*_FARES[pclass], _FARES[pclass][0]):.2f}",
            f"{chance.choice('ABCDE')}{chance.randint(1, 120)}" if pclass == 1 else "",
            chance.choice(_PORTS),
        ]


def _age(chance: random.Random, pclass: int) -> float:
    years = chance.gauss({1: 38, 2: 30, 3: 25}[pclass], 14)
    return float(round(min(max(years, 0.5), 80) * 2) / 2)


def _name(chance: random.Random, sex: str, age: float) -> str:
    family = chance.choice(_START) + chance.choice(_END)
    child = age < _CHILD_YEARS
    title = ("Master" if child else "Mr") if sex == "male" else ("Miss" if child else "Mrs")
    return f"{family}, {title}. {chance.choice(_FIRST[sex])}"


def main() -> None:
    """Write the list to stdout."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(_COLUMNS)
    table.writerows(passengers(random.Random(SEED)))  # noqa: S311 drawn, not guarded


if __name__ == "__main__":
    main()
