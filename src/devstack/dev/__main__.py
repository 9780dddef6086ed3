"""Run the whole of Gatehouse on this machine: identity provider, AWS and BFF.

Settings named BFF_… in the environment are passed on to the BFF and go before the stack's own.
"""

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from devstack.dev.banner import banner, banner_json
from devstack.dev.happening import StackFailed, Stopped
from devstack.dev.output import Output
from devstack.dev.plan import HERE, Plan, Store
from devstack.dev.ports import complaints
from devstack.dev.stack import stack
from devstack.dev.supervisor import Supervisor

_HIGHEST_PORT = 65535
_EXAMPLE = "example: gatehouse dev --port 8080 --state /tmp/second --idp-port 9401 --aws-port 9501"


def main(argv: Sequence[str], env: Mapping[str, str]) -> int:
    """Run until Ctrl-C or SIGTERM; return the exit code."""
    options = _parser().parse_args(argv)
    try:
        _run(_plan(options, env), env, as_json=options.json)
    except Stopped:
        return 0
    except (StackFailed, OSError) as error:
        sys.stderr.write(f"gatehouse dev: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gatehouse dev", description=__doc__, epilog=_EXAMPLE)
    parser.add_argument("--port", type=_port, default=8000, help="the BFF's port (8000)")
    parser.add_argument("--idp-port", type=_port, default=9400, help="the provider's port (9400)")
    parser.add_argument("--aws-port", type=_port, default=9500, help="the local AWS's port (9500)")
    parser.add_argument(
        "--store",
        type=Store,
        choices=list(Store),
        default=Store.SQLITE,
        metavar="sqlite|dynamodb",
        help="where sessions are kept (sqlite)",
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=HERE / ".gatehouse",
        help="folder for password, keys, database and logs (.gatehouse)",
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"is no port from 1 to {_HIGHEST_PORT}: {text}")
    return int(text)


def _plan(options: argparse.Namespace, env: Mapping[str, str]) -> Plan:
    wanted = (
        ("--port", options.port),
        ("--idp-port", options.idp_port),
        ("--aws-port", options.aws_port),
    )
    faults = complaints(wanted)
    if faults:
        raise StackFailed("\n".join(faults))
    return Plan(
        state=options.state.resolve(),
        idp_port=options.idp_port,
        aws_port=options.aws_port,
        bff_ports=(options.port,),
        store=options.store,
        bff_env={name: value for name, value in env.items() if name.startswith("BFF_")},
    )


def _run(plan: Plan, env: Mapping[str, str], *, as_json: bool) -> None:
    supervisor = Supervisor(Output(sys.stderr, plan.state / "logs"))

    def told(number: int, _frame: FrameType | None) -> None:
        supervisor.tell(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, told)
    with stack(plan, env=env, supervisor=supervisor) as running:
        sys.stdout.write(banner_json(running) + "\n" if as_json else banner(running))
        sys.stdout.flush()
        supervisor.watch()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))  # noqa: TID251 an entry point reads it for the rest
