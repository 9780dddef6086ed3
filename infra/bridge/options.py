"""What a call of the bridge says, from its arguments and its environment."""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from bridge.catalogue import KINDS
from bridge.configuration import parse_desired
from bridge.errors import WrongUse
from bridge.ports import Members
from bridge.record import Place

COMMANDS = ("apply", "delete", "drift", "import-blocks", "show")

_EPILOG = """\
example:
  export BRIDGE_DESIRED='{"name": "demo", "eventExpiryDuration": 90}' BRIDGE_REGION=eu-west-1
  python -m bridge apply --kind memory --name memory --prefix /gatehouse/demo/dev
  python -m bridge drift --prefix /gatehouse/demo/dev --region eu-west-1

environment: BRIDGE_DESIRED (the Create request as JSON, without clientToken or any secret), and
BRIDGE_KIND, BRIDGE_NAME, BRIDGE_PREFIX, BRIDGE_REGION, BRIDGE_PARAMETER_REGION,
BRIDGE_TIMEOUT_MINUTES and BRIDGE_ALLOW_REPLACE (true, false), each for the option of that name.

exit codes: 0 done, or no drift · 1 it could not be done · 2 drift was found · 64 wrong use
"""
_HELP = {
    "apply": "bring one resource to its desired state",
    "delete": "delete one resource, what lives in it first; with --all every one under the prefix",
    "drift": "say what somebody has changed of all that is under the prefix, or of one resource",
    "import-blocks": "write import and removed blocks for the provider's own resources",
    "show": "print the record of one resource, or all under the prefix",
}
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PREFIX = re.compile(r"(?!/(?i:aws|ssm))(?:/[A-Za-z0-9_.-]+){1,8}")
_REGION = re.compile(r"[a-z]{2,3}(?:-[a-z]+)+-[0-9]+")
_LONGEST_MINUTES = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A call that makes sense."""

    command: str
    prefix: str
    region: str
    parameter_region: str
    place: Place | None
    """None: all under the prefix."""
    desired: Members
    allow_replace: bool
    timeout_s: float
    as_json: bool
    state: str | None
    """What `terraform show -json` has printed; None if it was not given."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongUse(f"{message} (python -m bridge --help)")


def options(arguments: Sequence[str], env: Mapping[str, str]) -> Options:
    """Return what is asked for.

    Raises:
        WrongUse: an argument or a variable is missing or wrong.

    """
    given = _parser().parse_args(arguments)
    kind = _value(given.kind, env, "KIND")
    name = _value(given.name, env, "NAME")
    prefix = _matching("prefix", _PREFIX, _value(given.prefix, env, "PREFIX"))
    region = _matching("region", _REGION, _value(given.region, env, "REGION"))
    parameter_region = _value(given.parameter_region, env, "PARAMETER_REGION") or region
    return Options(
        command=given.command,
        prefix=prefix,
        region=region,
        parameter_region=_matching("parameter-region", _REGION, parameter_region),
        place=_place(given, kind, name, prefix),
        desired=_desired(given, env),
        allow_replace=given.allow_replace or env.get("BRIDGE_ALLOW_REPLACE") == "true",
        timeout_s=60 * _minutes(_value(given.timeout_minutes, env, "TIMEOUT_MINUTES") or "30"),
        as_json=given.json,
        state=_text(given.state) if given.state else None,
    )


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m bridge",
        description="AgentCore resources that Terraform's provider has not, kept as it would.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for command in COMMANDS:
        one = commands.add_parser(
            command,
            help=_HELP[command],
            description=_HELP[command],
            epilog=_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        _add_options(one)
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", help=f"type of the resource: {', '.join(KINDS)}")
    parser.add_argument("--name", help="its logical name, as Terraform knows it")
    parser.add_argument("--prefix", help="of the parameters, e.g. /gatehouse/demo/dev")
    parser.add_argument("--region", help="region of the resource")
    parser.add_argument("--parameter-region", help="region of its parameters (that of --region)")
    parser.add_argument("--timeout-minutes", help="how long the run may take (30)")
    parser.add_argument("--json", action="store_true", help="print the result as one line of JSON")
    parser.add_argument("--desired", type=Path, help="apply: file in place of BRIDGE_DESIRED")
    parser.add_argument(
        "--allow-replace", action="store_true", help="apply: also where data is lost by it"
    )
    parser.add_argument("--all", action="store_true", help="delete: all under the prefix")
    parser.add_argument(
        "--state", type=Path, help="import-blocks: output of `terraform show -json`, for addresses"
    )


def _place(given: argparse.Namespace, kind: str, name: str, prefix: str) -> Place | None:
    one = given.command in {"apply", "delete"} and not given.all
    if not one and not (kind or name):
        return None
    if given.all:
        raise WrongUse("--all is for everything under the prefix: leave out kind and name")
    if kind not in KINDS:
        raise WrongUse(f"kind must be one of {', '.join(KINDS)}, not {kind or 'left out'}")
    return Place(kind=kind, name=_matching("name", _SLUG, name), prefix=prefix)


def _desired(given: argparse.Namespace, env: Mapping[str, str]) -> Members:
    if given.command != "apply":
        return {}
    text = _text(given.desired) if given.desired else env.get("BRIDGE_DESIRED", "")
    if not text:
        raise WrongUse("apply needs the desired state, in BRIDGE_DESIRED or by --desired FILE")
    return parse_desired(text)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise WrongUse(f"{path} cannot be read: {error}") from error


def _value(given: str | None, env: Mapping[str, str], name: str) -> str:
    return given or env.get(f"BRIDGE_{name}", "")


def _matching(name: str, pattern: re.Pattern[str], value: str) -> str:
    if not pattern.fullmatch(value):
        raise WrongUse(f"{name} must match {pattern.pattern}, not {value or 'left out'}")
    return value


def _minutes(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= _LONGEST_MINUTES):
        raise WrongUse(f"timeout-minutes must be from 1 to {_LONGEST_MINUTES}, not {value}")
    return int(value)
