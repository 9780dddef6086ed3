"""Run the Python tests and the SPA's tests; the last line is their total.

Arguments go to pytest. The exit code is 0 only if both runners ran something and nothing failed.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from devstack.dev.suites.report import NOTHING, Outcome, ReportUnreadable, outcome_of, together
from devstack.setup.chromium import chromium
from devstack.setup.tool import Tools

_HERE = Path(__file__).resolve().parents[4]
_HANGS_AFTER_S = 300
"""A test that takes longer ends the run with its traceback, instead of CI's patience."""

_REPORTS = Path(".gatehouse", "suites")

_PROCESSES = min(4, os.cpu_count() or 1) + 1
"""One more than there are processors: a fifth of the time, a test waits for a clock or a program.

Each starts a stack of its own, so two more would cost more than they save.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One runner: how to start it and where it writes its report."""

    name: str
    argv: tuple[str, ...]
    cwd: Path
    report: Path
    env: Mapping[str, str] = field(default_factory=dict[str, str])


def suites(arguments: Sequence[str]) -> tuple[Suite, ...]:
    """Return the project's suites; paths are relative, since NODE_OPTIONS is cut at spaces."""
    python, spa = _REPORTS / "python.xml", _REPORTS / "spa.xml"
    reporters = (
        "--test-reporter=spec --test-reporter-destination=stdout"
        f" --test-reporter=junit --test-reporter-destination={Path('..', spa)}"
    )
    return (
        Suite(
            name="python",
            argv=(
                *(sys.executable, "-m", "pytest", f"--junit-xml={python}"),
                *("-o", f"faulthandler_timeout={_HANGS_AFTER_S}"),
                *("-o", "faulthandler_exit_on_timeout=true"),
                # A file stays with one process, so that its tests share what it started.
                *("-n", str(_PROCESSES), "--dist", "loadfile"),
                # As tests/conftest.py has it: by itself, it begins with the files of most tests.
                "--no-loadscope-reorder",
                # A file that cannot be read is one failure, not the end of all the others.
                *("--continue-on-collection-errors", *arguments),
            ),
            cwd=_HERE,
            report=_HERE / python,
        ),
        Suite(
            name="spa",
            argv=("npm", "test", "--silent"),
            cwd=_HERE / "spa",
            report=_HERE / spa,
            env={"NODE_OPTIONS": reporters},
        ),
    )


def run(suite: Suite, env: Mapping[str, str]) -> tuple[Outcome, list[str]]:
    """Run one suite; return how its tests ended, and complaints about the run itself."""
    suite.report.parent.mkdir(parents=True, exist_ok=True)
    suite.report.unlink(missing_ok=True)
    try:
        code = subprocess.run(  # noqa: S603 our own runners
            suite.argv, cwd=suite.cwd, env={**env, **suite.env}, check=False
        ).returncode
    except OSError as error:
        return NOTHING, [f"{suite.name}: the runner cannot be started: {error}"]
    try:
        outcome = outcome_of(suite.report.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ReportUnreadable) as error:
        return NOTHING, [f"{suite.name}: the runner ended with code {code}, no report: {error}"]
    if not outcome.ran:
        return outcome, [f"{suite.name}: not one test was run"]
    if code != 0 and not outcome.failed:
        return outcome, [f"{suite.name}: no test failed, but the runner ended with code {code}"]
    return outcome, []


def sum_up(results: Iterable[tuple[Outcome, list[str]]]) -> tuple[list[str], int]:
    """Return the lines to end with, the total last and alone, and the exit code."""
    outcomes, complaints = zip(*results, strict=True)
    whole = together(outcomes)
    lines = [f"skipped: {name}: {reason}" for name, reason in whole.skipped]
    lines += [f"failed: {name}" for name in whole.failed]
    lines += chain.from_iterable(complaints)
    return [*lines, whole.total], 1 if whole.failed or any(complaints) else 0


def main(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Run all suites and sum up; return the exit code."""
    # Hundreds of processes are started: compiling the same modules in each takes a minute in all.
    env = {name: value for name, value in env.items() if name != "PYTHONDONTWRITEBYTECODE"}
    browser = chromium(Tools(env=env, log=_HERE / _REPORTS / "tools.log"))
    found = {**env, "CHROMIUM": str(browser)} if browser else env
    lines, code = sum_up([run(suite, found) for suite in suites(arguments)])
    sys.stdout.write("\n".join([*lines, ""]))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))  # noqa: TID251 an entry point reads it for the rest
