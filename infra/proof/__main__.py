"""`python -m proof`: what can be proven of `infra/` without an AWS account."""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from proof.cedar import read
from proof.checkov import scan
from proof.checks import Check, Ground, plan_checks, terraform_checks
from proof.emulated import emulated_aws
from proof.terraform import Absent, find
from proof.verdict import NotRun, Result, as_json, exit_code, line, total
from proof.workspace import copied

_CHECKOUT = Path(__file__).resolve().parents[2]
_SCRATCH = _CHECKOUT / ".gatehouse" / "infra"
_SCANNERS = _CHECKOUT / ".gatehouse" / "checkov" / "bin"
_EXAMPLE = """\
example:
  python -m proof --only infra/modules/agentcore-bff

exit codes: 0 all that was made holds · 1 something does not · 3 nothing could be made · 64 an
argument is wrong
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the checks; return the exit code."""
    given = _parser().parse_args(arguments)
    _SCRATCH.mkdir(parents=True, exist_ok=True)
    # A folder of its own: two runs at once do not pull the ground from under each other.
    with TemporaryDirectory(prefix="run-", dir=_SCRATCH) as scratch:
        results = list(_results(given.only, Path(scratch)))
    sys.stdout.write(f"{as_json(results) if given.json else total(results)}\n")
    return exit_code(results)


def _results(only: str, scratch: Path) -> Iterator[Result]:
    found = os.environ.items()  # noqa: TID251 the entry point; Terraform and its provider read theirs
    # No profile and no credentials of anybody: all that is reached is on this machine.
    env = {name: value for name, value in found if not name.startswith("AWS_")}
    workspace = copied(_CHECKOUT, scratch / "tree")
    terraform = find(env, scratch)
    if isinstance(terraform, Absent):
        yield from _made([Check(name="terraform", make=lambda: NotRun(why=terraform.why))], only)
    else:
        ground = Ground(terraform=terraform, workspace=workspace, env=env)
        yield from _made(terraform_checks(ground), only)
        with emulated_aws() as settings:
            planned = Ground(
                terraform=terraform,
                workspace=workspace,
                env={**env, **settings},
            )
            yield from _made(plan_checks(planned), only)
    looks = [
        Check(name="cedar", make=lambda: read(_SCANNERS / "python", workspace, env)),
        Check(name="checkov", make=lambda: scan(_SCANNERS / "python", workspace, env)),
    ]
    yield from _made(looks, only)


def _made(checks: Iterable[Check], only: str) -> Iterator[Result]:
    for check in checks:
        if only not in check.name:
            continue
        _say(f"         {check.name} …")
        began = time.monotonic()
        result = Result(name=check.name, verdict=check.make(), seconds=time.monotonic() - began)
        _say(line(result))
        yield result


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(64, f"proof: {message}\n{self.format_usage()}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m proof",
        description="Prove of infra/ what can be proven without an AWS account: formatting, "
        "validity, each module's tests, a plan of each example, checkov's rules.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default="", help="make the checks whose name holds this")
    parser.add_argument("--json", action="store_true", help="the results as JSON on stdout")
    return parser


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
