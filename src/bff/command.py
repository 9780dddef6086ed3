"""The `gatehouse` command: 0 for done, 1 for could not be done, 2 for a wrong use."""

import argparse
import subprocess
import sys
from collections.abc import Sequence

from bff.commands.agents import add_agents
from bff.commands.doctor import add_doctor
from bff.commands.keys import add_keys
from bff.commands.output import refuse
from bff.commands.providers import add_providers
from bff.commands.registry import add_registry
from bff.commands.serving import add_serving
from bff.commands.sessions import add_sessions
from bff.commands.tenants import add_tenants
from bff.commands.verbs import Verbs
from trust.errors import TrustError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = _parser()
    chosen, rest = parser.parse_known_args(arguments)
    if rest and chosen.run is not _dev:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    chosen.rest = rest
    try:
        return int(chosen.run(chosen))
    except TrustError as error:
        return refuse(error, as_json=getattr(chosen, "json", False))
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gatehouse",
        description="The backend-for-frontend for AI agents on AWS.",
        epilog="example: gatehouse serve --port 8000",
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    add_serving(verbs)
    add_doctor(verbs)
    _add_dev(verbs)
    add_keys(verbs)
    for add in (add_tenants, add_providers, add_agents, add_registry, add_sessions):
        add(verbs)
    return parser


def _add_dev(verbs: Verbs) -> None:
    dev = verbs.add_parser(
        "dev",
        help="run everything locally; options are handed on to `python -m devstack.dev`",
        epilog="example: gatehouse dev --port 8001",
    )
    dev.set_defaults(run=_dev)


def _dev(chosen: argparse.Namespace) -> int:
    # A process of its own: the product never imports what stands in for its surroundings.
    command = [sys.executable, "-m", "devstack.dev", *chosen.rest]
    return subprocess.run(command, check=False).returncode  # noqa: S603 our own module


if __name__ == "__main__":
    sys.exit(main())
