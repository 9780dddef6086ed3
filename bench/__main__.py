"""Measure Gatehouse against its peers, print the goals, write docs/performance.md."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench import page
from bench.build import chosen
from bench.effort import Bench
from bench.figures import Figures
from bench.goals import outcomes
from bench.login import LoginFailed
from bench.machine import load_average, machine
from bench.measures.calls import calls
from bench.measures.idle import aborts, memory
from bench.measures.loads import loads
from bench.measures.store import store
from bench.measures.streams import streams
from bench.options import MEASURES, Options, read_options
from bench.peers.express import FOLDER
from bench.process import LOAD_CORE, SERVER_CORE
from bench.stage import stage
from bench.table import of_goals
from devstack.dev.happening import StackFailed
from devstack.dev.plan import HERE
from trust.clock import SystemClock

_MISSED, _NOT_MEASURED, _INTERRUPTED = 1, 2, 130
_MEASURES: dict[str, Callable[[Bench], None]] = {
    "calls": calls,
    "streams": streams,
    "memory": memory,
    "store": store,
    "aborts": aborts,
}


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run; return the exit code."""
    options = read_options(arguments)
    if faults := [*_cores(), *_missing()]:
        sys.stderr.writelines(f"bench: {fault}\n" for fault in faults)
        return _NOT_MEASURED
    # The load is this process's own, too; the servers get their core from `taskset`.
    os.sched_setaffinity(0, {LOAD_CORE})
    try:
        run = _run(options, environment)
    except (StackFailed, LoginFailed, httpx.HTTPError) as error:
        sys.stderr.write(f"bench: {error}\n")
        return _NOT_MEASURED
    except KeyboardInterrupt:
        return _INTERRUPTED
    page.write(run, options)
    if run.loads:
        sys.stdout.write(page.of_loads(run.loads))
        return 0 if any(found.values for found in run.loads.values()) else _NOT_MEASURED
    if options.docs is None:
        sys.stdout.write(page.tables(run.figures))
    sys.stdout.write(of_goals(run.outcomes))
    return _MISSED if any(outcome.word == "FAIL" for outcome in run.outcomes) else 0


def _cores() -> list[str]:
    cores, needed = os.sched_getaffinity(0), {SERVER_CORE, LOAD_CORE}
    return [] if needed <= cores else [f"needs the cores {sorted(needed)}; has {sorted(cores)}"]


def _missing() -> list[str]:
    checking = ["sh", str(HERE / "bench" / "setup.sh"), "--check"]
    done = subprocess.run(checking, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 our own
    return [f"{line}; `sh bench/setup.sh` installs it" for line in done.stdout.splitlines()]


def _run(options: Options, environment: Mapping[str, str]) -> page.Run:
    began, before = datetime.fromtimestamp(SystemClock().now(), UTC), load_average()
    figures = Figures()
    build = chosen(_say)
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as place:
        folder = Path(place)
        _say("starting everything, logging in")
        with stage(folder, environment, build, now=began) as ready:
            bench = Bench(
                stage=ready, figures=figures, effort=options.effort, folder=folder, say=_say
            )
            for name in MEASURES:
                if name in options.only:
                    _MEASURES[name](bench)
            under = loads(bench)
    return page.Run(
        figures=figures,
        loads=under,
        outcomes=outcomes(figures),
        machine={"Gatehouse runs": build.title, **machine(FOLDER)},
        effort=options.effort,
        began=began,
        load_averages=(before, load_average()),
    )


def _say(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))  # noqa: TID251 an entry point reads it for the rest
