"""`python -m devstack.setup [run|test]`: make this checkout ready; does nothing when it is."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devstack.setup.checkout import Checkout
from devstack.setup.chromium import MISSING, browser_steps, chromium
from devstack.setup.failure import SetupFailed, failed_write
from devstack.setup.node import node_steps
from devstack.setup.progress import Progress
from devstack.setup.python import python_steps
from devstack.setup.step import Stamps, Step, due
from devstack.setup.tool import Tools
from devstack.setup.turn import turn

_INTERRUPTED = 130


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Set up for `run` (the default) or for `test`; return the exit code."""
    parser = argparse.ArgumentParser(prog="devstack.setup", description=__doc__)
    parser.add_argument("goal", nargs="?", choices=("run", "test"), default="run")
    goal: str = parser.parse_args(argv).goal
    here = Checkout(Path(__file__).resolve().parents[3])
    show = Progress(sys.stderr)
    try:
        _set_up(here, Tools(env=env, log=here.log), show, browser=goal == "test")
    except KeyboardInterrupt:
        show.note("set-up: stopped; the next start goes on from here")
        return _INTERRUPTED
    except (SetupFailed, OSError) as error:
        failure = failed_write(error) if isinstance(error, OSError) else error
        if failure.tail:
            show.note(failure.tail)
        show.note(f"set-up: {failure}")
        return 1
    return 0


def _set_up(here: Checkout, tools: Tools, show: Progress, *, browser: bool) -> None:
    with turn(
        here.state / "setup.lock",
        waiting=lambda: show.note(
            "set-up: another one is at work in this checkout, waiting for it"
        ),
    ):
        stamps = Stamps(here.state / "stamps")
        steps = [*python_steps(here, tools), *node_steps(here, tools)]
        for number, (step, digest) in enumerate(due(steps, stamps)):
            if number == 0:
                here.log.unlink(missing_ok=True)
                show.note("set-up: something is new here; a first time takes about a minute")
            with show.step(step.name):
                step.make()
            stamps.put(step, digest)
        if browser:
            steps = browser_steps(here, tools, root=os.geteuid() == 0)
            _provide_browser(steps, stamps, show)
            if chromium(tools) is None:
                show.note(f"set-up: {MISSING}")


def _provide_browser(steps: Sequence[Step], stamps: Stamps, show: Progress) -> None:
    """Install what is missing; unlike the others, tests can do without it."""
    for step, digest in due(steps, stamps):
        try:
            with show.step(step.name):
                step.make()
        except SetupFailed as failure:
            show.note(f"set-up: {failure}")
        stamps.put(step, digest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))  # noqa: TID251 an entry point reads it for the rest
