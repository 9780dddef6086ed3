"""The command's arguments."""

import argparse
from typing import NoReturn

from ocds.archive import Compression
from ocds.target import Architecture, Layout

WRONG_USE = 64

_EXAMPLE = """\
example:
  PYTHONPATH=infra python -m ocds build --name authorizer --layout lambda --source src \\
      --requirements requirements/authorizer.txt --output build authorizer/handler.py

Where wheels come from is pip's own configuration (PIP_INDEX_URL, PIP_FIND_LINKS, pip.conf).
exit codes: 0 done · 1 not built, or not published · 64 an argument is wrong
"""


class Parser(argparse.ArgumentParser):
    """Exits with 64 for a wrong use: 2 means something else to Terraform's users."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong."""
        self.exit(WRONG_USE, f"ocds: {message}\n{self.format_usage()}")


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    whole = Parser(
        prog="ocds",
        description="Build packages of Python for Lambda and AgentCore in two stages: the lock's "
        "dependencies, and the code that an entry really imports. Same input, same bytes.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    build = commands.add_parser("build", help="build, and write the zips to a folder")
    _building(build)
    build.add_argument("--output", metavar="DIR", help="write the zips below this folder")
    publish = commands.add_parser(
        "publish", help="build, upload to S3, and keep the manifest in SSM"
    )
    _building(publish)
    publish.add_argument(
        "--dependencies",
        action="store_true",
        help="the layer alone; its manifest goes to {prefix}/package/{name}/layer",
    )
    publish.add_argument("--bucket", required=True, help="S3 bucket of the zips")
    publish.add_argument(
        "--prefix", required=True, help="the manifest goes to {prefix}/package/{name}"
    )
    publish.add_argument("--region", required=True, help="of both: eu-west-2")
    for name, purpose in (
        ("show", "print a manifest"),
        ("withdraw", "remove a manifest; the zips stay, for whatever still runs them"),
    ):
        command = commands.add_parser(name, help=purpose)
        command.add_argument("parameter", help="/gatehouse/demo/dev/package/authorizer")
        command.add_argument("--region", required=True, help="eu-west-2")
        command.add_argument("--json", action="store_true", help="print JSON")
    return whole


def _building(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("entry", help="the file that is started, below --source: authorizer/handler.py")
    add("--name", required=True, help="of the package")
    add("--source", required=True, metavar="DIR", help="the folder that the code is imported from")
    add(
        "--also",
        action="append",
        default=[],
        metavar="FILE",
        help="a further file, imported by name at run time",
    )
    add(
        "--file",
        action="append",
        default=[],
        metavar="PATH=FILE",
        help="a further file, and its place in the zip",
    )
    add("--requirements", default="", metavar="LOCK", help="exact versions with hashes")
    _target(command)
    add("--json", action="store_true", help="print what was built as JSON")


def _target(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("--layout", required=True, choices=[layout.value for layout in Layout])
    add(
        "--architecture",
        default="arm64",
        choices=[one.value for one in Architecture],
        help="default: %(default)s",
    )
    add("--python-version", default="3.13", help="default: %(default)s")
    add(
        "--python-for",
        action="append",
        default=[],
        metavar="VERSION=PATH",
        help="what compiles for a version",
    )
    add(
        "--no-bytecode",
        action="store_true",
        help="ship sources alone: cold starts take twice as long",
    )
    add("--no-sources", action="store_true", help="ship bytecode alone: tracebacks show no lines")
    add(
        "--compression",
        default=Compression.STORED.value,
        choices=[one.value for one in Compression],
        help="stored: the same bytes everywhere; deflate: this machine's. Default: %(default)s",
    )
    add(
        "--cache",
        default=".gatehouse/ocds",
        metavar="DIR",
        help="of built dependencies; default: %(default)s",
    )
