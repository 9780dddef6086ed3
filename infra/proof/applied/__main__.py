"""`python -m proof.applied`: modules applied, planned again and destroyed, on an emulated AWS."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from proof.applied.recipe import Deployment, steps
from proof.emulated import emulated_aws
from proof.terraform import Absent, find
from proof.verdict import Failed, NotRun, Result, Verdict, as_json, exit_code, line, total
from proof.workspace import copied

_CHECKOUT = Path(__file__).resolve().parents[3]
_SCRATCH = _CHECKOUT / ".gatehouse" / "infra-applied"
_ROOTS = Path(__file__).parent / "roots"
_EXAMPLE = """\
example:
  python -m proof.applied --only bff

exit codes: 0 all that was made holds · 1 something does not · 3 nothing could be made · 64 an
argument is wrong
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Apply, plan again, destroy; return the exit code."""
    given = _parser().parse_args(arguments)
    _SCRATCH.mkdir(parents=True, exist_ok=True)
    # A folder of its own: two runs at once do not pull the ground from under each other.
    with TemporaryDirectory(prefix="run-", dir=_SCRATCH) as scratch:
        results = list(_results([given.only] if given.only else _names(), Path(scratch)))
    sys.stdout.write(f"{as_json(results) if given.json else total(results)}\n")
    return exit_code(results)


def _names() -> list[str]:
    return sorted(root.stem for root in _ROOTS.glob("*.tf"))


def _results(names: Sequence[str], scratch: Path) -> Iterator[Result]:
    found = os.environ.items()  # noqa: TID251 the entry point; Terraform and its provider read theirs
    # No profile and no credentials of anybody: all that is reached is on this machine.
    env = {name: value for name, value in found if not name.startswith("AWS_")}
    workspace = copied(_CHECKOUT, scratch / "tree")
    terraform = find(env, scratch)
    for name in names:
        if isinstance(terraform, Absent):
            yield _made(name, partial(NotRun, why=terraform.why))
            continue
        with emulated_aws() as settings:
            deployment = Deployment(
                terraform=terraform,
                root=_ROOTS / f"{name}.tf",
                folder=workspace.root / f"apply-{name}",
                env={**env, **settings, "TF_VAR_python": sys.executable},
            )
            yield from _in_order(name, steps(deployment))


def _in_order(name: str, made: Iterator[tuple[str, Callable[[], Verdict]]]) -> Iterator[Result]:
    """Yield what each step came to. After a failure only the destroy is worth its time."""
    failed = False
    for step, make in made:
        if failed and step != "destroy":
            continue
        result = _made(f"{step} {name}", make)
        failed = failed or isinstance(result.verdict, Failed)
        yield result


def _made(name: str, make: Callable[[], Verdict]) -> Result:
    _say(f"         {name} …")
    began = time.monotonic()
    result = Result(name=name, verdict=make(), seconds=time.monotonic() - began)
    _say(line(result))
    return result


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(64, f"proof.applied: {message}\n{self.format_usage()}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m proof.applied",
        description="Apply a module on an emulated AWS, see that a second plan would change"
        " nothing, and destroy it.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", choices=_names(), help="this module alone")
    parser.add_argument("--json", action="store_true", help="the results as JSON on stdout")
    return parser


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
