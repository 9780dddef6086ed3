"""The command line."""

from pathlib import Path

import pytest
from bench.effort import QUICK, USUAL, Load
from bench.options import MEASURES, read_options


def test_by_default_everything_is_measured_with_at_least_five_rounds() -> None:
    options = read_options([])

    assert options.only == MEASURES
    assert options.effort == USUAL
    assert USUAL.rounds >= 5
    assert options.docs is not None
    assert options.docs.name == "docs"


def test_a_part_of_it_makes_no_page_unless_somebody_says_where() -> None:
    assert read_options(["--only", "calls"]).docs is None
    assert read_options(["--only", "calls", "--docs", "x"]).docs == Path("x")
    assert read_options(["--only", ",".join(reversed(MEASURES))]).docs == read_options([]).docs


def test_rounds_and_soak_go_before_what_quick_says() -> None:
    options = read_options(["--quick", "--rounds", "7", "--soak", "3600", "--json", "x.json"])

    effort = options.effort
    assert (effort.rounds, effort.soak_s, effort.seconds) == (7, 3600, QUICK.seconds)
    assert options.json == Path("x.json")


def test_other_loads_are_measured_alone_each_size_over_each_number_of_connections() -> None:
    options = read_options(["--bytes", "1024,65536", "--connections", "8,256"])

    assert options.effort.loads == (
        Load(posted=1024, connections=8),
        Load(posted=1024, connections=256),
        Load(posted=65_536, connections=8),
        Load(posted=65_536, connections=256),
    )
    assert (options.only, options.docs) == ((), None)
    assert read_options(["--bytes", "4096"]).effort.loads == (Load(posted=4096, connections=32),)
    assert read_options(["--connections", "8"]).effort.loads == (Load(posted=1024, connections=8),)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "calls,speed"], "speed: known are calls, streams"),
        (["--rounds", "0"], "no whole number above 0: 0"),
        (["--soak", "1.5"], "no whole number above 0: 1.5"),
        (["--bytes", "65536,12"], "no message has fewer than"),
        (["--connections", "8,"], "no whole number above 0: "),
        (["--bytes", "65536", "--only", "calls"], "go with neither --only nor --docs"),
        (["--connections", "8", "--docs", "x"], "go with neither --only nor --docs"),
    ],
)
def test_what_cannot_be_done_is_told_with_what_can(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read_options(arguments)

    assert said in capsys.readouterr().err
