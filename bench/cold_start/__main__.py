"""Cold starts, each in a fresh process: `python -m bench.cold_start --help`."""

import argparse
import json
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.cold_start.cases import BARE, CASES, Case
from bench.cold_start.fresh import ROOT, CaseFailed, Run, run
from bench.cold_start.report import documents, lines, table

_START_S = 60


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.cold_start",
        description="Time from a fresh process to its first result, in rounds that take turns.",
        epilog="cases: " + "; ".join(f"{case.name} ({case.does})" for case in CASES),
    )
    parser.add_argument("--rounds", type=int, default=10, help="how often each is started (10)")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="these, and what they refer to")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args(given)


def chosen(names: Sequence[str] | None) -> list[Case]:
    """Return the named cases with those that they are compared with. Raises SystemExit."""
    if not names:
        return list(CASES)
    known = {case.name: case for case in CASES}
    if unknown := set(names) - set(known):
        raise SystemExit(
            f"no such case: {', '.join(sorted(unknown))}; there are {', '.join(known)}"
        )
    wanted = {BARE, *names} | {str(known[name].against) for name in names if known[name].against}
    return [case for case in CASES if case.name in wanted]


@contextmanager
def double() -> Generator[Mapping[str, str]]:
    """Start AWS on loopback; yield the environment of the cases."""
    command = [sys.executable, "-m", "bench.cold_start.double"]
    with subprocess.Popen(  # noqa: S603 a program of this folder
        command,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None  # noqa: S101 tells the type
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the double of AWS did not start: are the dev requirements installed?")
        yield json.loads(line)
        process.terminate()
        process.wait(_START_S)


def measured(cases: Sequence[Case], given: Mapping[str, str], rounds: int) -> dict[str, list[Run]]:
    """Run the cases in turns, after one round that counts for nothing: it fills the caches."""
    runs: dict[str, list[Run]] = {case.name: [] for case in cases}
    for number in range(rounds + 1):
        for case in cases:
            took = run(case, given)
            if number:
                runs[case.name].append(took)
    return runs


def main(given: Sequence[str]) -> int:
    """Measure and print; 1 where a goal is missed."""
    options = arguments(given)
    cases = chosen(options.only)
    try:
        with double() as environment:
            found = lines(cases, measured(cases, environment, options.rounds))
    except CaseFailed as error:
        raise SystemExit(str(error)) from error
    sys.stdout.write(table(found))
    if options.json:
        options.json.write_text(json.dumps(documents(found), indent=2) + "\n")
    return int(any(line.reached is False for line in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
