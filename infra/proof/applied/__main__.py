"""`python -m proof.applied`: modules applied, planned again and destroyed, on an emulated AWS."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from proof.applied.recipe import Deployment, steps
from proof.emulated import emulated_aws
from proof.program import Scene, made, parser_of, scene, told
from proof.terraform import Absent
from proof.verdict import Failed, NotRun, Result, Verdict

_ROOTS = Path(__file__).parent / "roots"


def main(arguments: Sequence[str] | None = None) -> int:
    """Apply, plan again, destroy; return the exit code."""
    given = _parser().parse_args(arguments)
    with scene() as here:
        return told(_results(here, [given.only] if given.only else _names()), json=given.json)


def _names() -> list[str]:
    return sorted(root.stem for root in _ROOTS.glob("*.tf"))


def _results(here: Scene, names: Sequence[str]) -> Iterator[Result]:
    for name in names:
        if isinstance(here.terraform, Absent):
            yield made(name, partial(NotRun, why=here.terraform.why))
            continue
        with emulated_aws() as settings:
            deployment = Deployment(
                terraform=here.terraform,
                root=_ROOTS / f"{name}.tf",
                folder=here.workspace.root / f"apply-{name}",
                env={**here.env, **settings, "TF_VAR_python": sys.executable},
            )
            yield from _in_order(name, steps(deployment))


def _in_order(name: str, every: Iterator[tuple[str, Callable[[], Verdict]]]) -> Iterator[Result]:
    """Yield what each step came to. After a failure only the destroy is worth its time."""
    failed = False
    for step, make in every:
        if failed and step != "destroy":
            continue
        result = made(f"{step} {name}", make)
        failed = failed or isinstance(result.verdict, Failed)
        yield result


def _parser() -> argparse.ArgumentParser:
    parser = parser_of(
        "proof.applied",
        "Apply a module on an emulated AWS, see that a second plan would change nothing, and"
        " destroy it.",
        "--only bff",
    )
    parser.add_argument("--only", choices=_names(), help="this module alone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
