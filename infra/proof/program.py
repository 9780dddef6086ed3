"""What the two programs have in common: arguments, a folder for each run, what is told of it."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from proof.terraform import Absent, Terraform, find
from proof.verdict import Result, Verdict, as_json, exit_code, line, total
from proof.workspace import Workspace, copied

CHECKOUT = Path(__file__).resolve().parents[2]
_SCRATCH = CHECKOUT / ".gatehouse" / "infra"
_EXIT_CODES = """
exit codes: 0 all that was made holds · 1 something does not · 3 nothing could be made · 64 an
argument is wrong
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What one run has."""

    workspace: Workspace
    terraform: Terraform | Absent
    env: dict[str, str]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(64, f"{self.prog}: {message}\n{self.format_usage()}")


def parser_of(name: str, description: str, example: str) -> argparse.ArgumentParser:
    """Return a parser with what both programs take; each adds its `--only`."""
    parser = _Parser(
        prog=f"python -m {name}",
        description=description,
        epilog=f"example:\n  python -m {name} {example}\n{_EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="the results as JSON on stdout")
    return parser


@contextmanager
def scene() -> Generator[Scene]:
    """Copy what Terraform reads, find Terraform; all of it is gone at the end."""
    found = os.environ.items()  # noqa: TID251 the entry point; Terraform and its provider read theirs
    # No profile and no credentials of anybody: all that is reached is on this machine.
    env = {name: value for name, value in found if not name.startswith("AWS_")}
    _SCRATCH.mkdir(parents=True, exist_ok=True)
    # A folder of its own: two runs at once do not pull the ground from under each other.
    with TemporaryDirectory(prefix="run-", dir=_SCRATCH) as scratch:
        workspace = copied(CHECKOUT, Path(scratch) / "tree")
        yield Scene(workspace=workspace, terraform=find(env, Path(scratch)), env=env)


def made(name: str, make: Callable[[], Verdict]) -> Result:
    """Make one check and tell what it came to."""
    _say(f"         {name} …")
    began = time.monotonic()
    result = Result(name=name, verdict=make(), seconds=time.monotonic() - began)
    _say(line(result))
    return result


def told(results: Iterable[Result], *, json: bool) -> int:
    """Print what all of them came to; return the exit code."""
    every = list(results)
    sys.stdout.write(f"{as_json(every) if json else total(every)}\n")
    return exit_code(every)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
