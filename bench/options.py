"""The command line of the benchmark."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.effort import QUICK, USUAL, Effort, Load
from bench.load.post import BODY_BYTES, body
from devstack.dev.plan import HERE

MEASURES = ("calls", "streams", "memory", "store", "aborts")
"""In the order of their turn: what clients leave behind at some peers must not be in the way."""

_DESCRIPTION = """\
Measure Gatehouse against its peers, print the goals, write docs/performance.md. Needs two cores,
and what `sh bench/setup.sh` installs. Takes about ten minutes. The exit code is 0 if every goal
that was measured was reached, 1 if one was missed, 2 if nothing could be measured. With --bytes or
--connections only calls are measured, under each such load; there are no goals for these."""

_USUAL_CONNECTIONS = 32
_LEAST_BYTES = len(body(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is wanted."""

    effort: Effort
    only: tuple[str, ...]
    json: Path | None
    docs: Path | None
    """None: a part of the measures makes no page, unless somebody says where."""


def read_options(arguments: Sequence[str]) -> Options:
    """Read the command line. Raises SystemExit, with the reason or the help printed."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    effort = QUICK if chosen.quick else USUAL
    if chosen.rounds is not None:
        effort = replace(effort, rounds=chosen.rounds)
    if chosen.soak is not None:
        effort = replace(effort, soak_s=chosen.soak)
    if chosen.bytes or chosen.connections:
        if chosen.only != MEASURES or chosen.docs:
            parser.error("--bytes and --connections go with neither --only nor --docs")
        loads = _loads(chosen.bytes, chosen.connections)
        return Options(effort=replace(effort, loads=loads), only=(), json=chosen.json, docs=None)
    everything = set(chosen.only) == set(MEASURES)
    docs = chosen.docs or (HERE / "docs" if everything else None)
    return Options(effort=effort, only=chosen.only, json=chosen.json, docs=docs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench", description=_DESCRIPTION, epilog="example: make bench ARGS='--only calls'"
    )
    parser.add_argument("--quick", action="store_true", help="about three minutes; rougher figures")
    parser.add_argument("--rounds", type=_count, metavar="N", help=f"rounds ({USUAL.rounds})")
    parser.add_argument(
        "--soak",
        type=_count,
        metavar="S",
        help=f"seconds to hold idle streams ({USUAL.soak_s:.0f})",
    )
    parser.add_argument(
        "--only",
        type=_names,
        default=MEASURES,
        metavar="NAME,…",
        help=f"some of: {', '.join(MEASURES)}",
    )
    parser.add_argument(
        "--bytes",
        type=_sizes,
        metavar="N,…",
        help=f"sizes of posted bodies, {_LEAST_BYTES} at least",
    )
    parser.add_argument(
        "--connections", type=_counts, metavar="N,…", help="how many are open at once"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every value there, too")
    parser.add_argument(
        "--docs",
        type=Path,
        metavar="FOLDER",
        help="where performance.md and performance.svg go (docs; with --only: nowhere)",
    )
    return parser


def _loads(sizes: tuple[int, ...] | None, connections: tuple[int, ...] | None) -> tuple[Load, ...]:
    return tuple(
        Load(connections=count, posted=size)
        for size in sizes or (BODY_BYTES,)
        for count in connections or (_USUAL_CONNECTIONS,)
    )


def _sizes(text: str) -> tuple[int, ...]:
    sizes = _counts(text)
    if min(sizes) < _LEAST_BYTES:
        raise argparse.ArgumentTypeError(f"no message has fewer than {_LEAST_BYTES} bytes: {text}")
    return sizes


def _counts(text: str) -> tuple[int, ...]:
    return tuple(_count(part) for part in text.split(","))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"is no whole number above 0: {text}")
    return int(text)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: known are {', '.join(MEASURES)}")
    return names
