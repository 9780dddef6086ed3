"""A package is not larger than what takes it, nor than the table says."""

import re
from pathlib import Path

import pytest

from ocds.errors import TooLarge
from ocds.sizes import EXPECTED, MB, Sizes, check, largest
from ocds.target import Layout

MIB = 1 << 20
README = Path(__file__).parents[3] / "infra" / "ocds" / "README.md"


def sizes(dependencies: int = 0, code: int = 0, zipped: int = 0) -> Sizes:
    packages = {"small": 1 * MB, "huge": 9 * MB, "middle": 2 * MB}
    return Sizes(dependencies=dependencies, code=code, zipped=zipped, packages=packages)


def test_what_lambda_takes_passes_and_a_byte_more_does_not() -> None:
    check(sizes(200 * MIB, 50 * MIB, 200 * MIB), Layout.LAMBDA, [])

    with pytest.raises(TooLarge, match=r"Lambda unpacks 262\.1 MB.*huge 9\.0 MB, middle"):
        check(sizes(200 * MIB, 50 * MIB + 1), Layout.LAMBDA, [])


def test_what_agentcore_takes_passes_and_a_byte_more_does_not() -> None:
    check(sizes(700 * MIB, 50 * MIB, 250 * MIB), Layout.RUNTIME, [])

    with pytest.raises(TooLarge, match="AgentCore takes"):
        check(sizes(zipped=250 * MIB + 1), Layout.RUNTIME, [])
    with pytest.raises(TooLarge, match="AgentCore unpacks"):
        check(sizes(700 * MIB, 50 * MIB + 1), Layout.RUNTIME, [])


@pytest.mark.parametrize("entry", EXPECTED)
def test_what_the_table_says_passes_and_a_byte_more_does_not(entry: str) -> None:
    dependencies, code = EXPECTED[entry]
    check(sizes(dependencies * MB, code * MB), Layout.LAMBDA, ["another.py", entry])

    with pytest.raises(TooLarge, match=f"the layer comes to .* of {entry}"):
        check(sizes(dependencies * MB + 1, code * MB), Layout.LAMBDA, ["another.py", entry])
    with pytest.raises(TooLarge, match="the code comes to"):
        check(sizes(dependencies * MB, code * MB + 1), Layout.LAMBDA, ["another.py", entry])


def test_the_readme_says_what_the_table_says() -> None:
    rows = re.findall(
        r"^\| `(\S+\.py)` \| \S+ \| (\d+) \| \S+ \| (\d+) \|$",
        README.read_text(encoding="utf-8"),
        re.MULTILINE,
    )

    assert {entry: (int(layer), int(code)) for entry, layer, code in rows} == EXPECTED


def test_the_largest_come_first_and_only_some() -> None:
    assert largest({"a": MB, "b": 2 * MB, "c": MB}, 2) == "b 2.0 MB, a 1.0 MB"
