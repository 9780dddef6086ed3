"""`python -m proof`: what can be proven of `infra/` without an AWS account."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from proof.cedar import read
from proof.checkov import scan
from proof.checks import Check, Ground, plan_checks, terraform_checks
from proof.emulated import emulated_aws
from proof.program import CHECKOUT, Scene, parser_of, scene, told
from proof.rooms import by_room
from proof.terraform import Absent, Terraform
from proof.verdict import NotRun, Result

_SCANNERS = CHECKOUT / ".gatehouse" / "checkov" / "bin" / "python"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the checks; return the exit code."""
    given = _parser().parse_args(arguments)
    with scene() as here:
        return told(_results(here, given.only), json=given.json)


def _results(here: Scene, only: str) -> Iterator[Result]:
    workspace, env = here.workspace, here.env
    if isinstance(here.terraform, Absent):
        absent = partial(NotRun, why=here.terraform.why)
        yield from _made([Check(name="terraform", room=workspace.infra, make=absent)], only)
    else:
        yield from _by_terraform(here, here.terraform, only)
    looks = [
        Check(name="cedar", room=workspace.infra, make=lambda: read(_SCANNERS, workspace, env)),
        Check(name="checkov", room=workspace.infra, make=lambda: scan(_SCANNERS, workspace, env)),
    ]
    yield from _made(looks, only)


def _by_terraform(here: Scene, terraform: Terraform, only: str) -> Iterator[Result]:
    ground = Ground(terraform=terraform, workspace=here.workspace, env=here.env)
    yield from _made(terraform_checks(ground), only)
    # An AWS is started only for somebody who asks it.
    if any(only in check.name for check in plan_checks(ground)):
        with emulated_aws() as settings:
            answered = Ground(
                terraform=terraform, workspace=here.workspace, env={**here.env, **settings}
            )
            yield from _made(plan_checks(answered), only)


def _made(checks: Iterable[Check], only: str) -> Iterator[Result]:
    return by_room(check for check in checks if only in check.name)


def _parser() -> argparse.ArgumentParser:
    parser = parser_of(
        "proof",
        "Prove of infra/ what can be proven without an AWS account: formatting, validity, each"
        " module's tests, a plan of each example, Cedar's syntax, checkov's rules.",
        "--only infra/modules/agentcore-bff",
    )
    parser.add_argument("--only", default="", help="make the checks whose name holds this")
    return parser


if __name__ == "__main__":
    sys.exit(main())
