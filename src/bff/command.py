"""The `gatehouse` command."""

import argparse
import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bff.settings import load_settings
from trust.errors import SettingsError
from trust.seal.keyring import KeyringMalformed, new_keyring, parse_keyring, rotated

WRONG_USE = 2
"""Exit code for a configuration or an argument that is wrong."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = _parser()
    chosen, rest = parser.parse_known_args(arguments)
    if rest and chosen.run is not _dev:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    chosen.rest = rest
    try:
        return int(chosen.run(chosen))
    except SettingsError as error:
        for fault in error.faults:
            _say(fault)
        return WRONG_USE
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gatehouse",
        description="The backend-for-frontend for AI agents on AWS.",
        epilog="example: gatehouse serve --port 8000",
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = verbs.add_parser(
        "serve",
        help="serve the application with uvicorn",
        epilog="example: gatehouse serve --host 0.0.0.0 --port 8000",
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    serve.add_argument("--port", type=int, default=8000, help="port to listen on (%(default)s)")
    serve.add_argument("--proxy-ips", default="", help="addresses whose X-Forwarded-* count")
    serve.set_defaults(run=_serve)
    dev = verbs.add_parser(
        "dev",
        help="run everything locally; options are handed on to `python -m devstack.dev`",
        epilog="example: gatehouse dev --port 8001",
    )
    dev.set_defaults(run=_dev)
    check = verbs.add_parser(
        "check",
        help="check the configuration and the secrets that it names",
        epilog="example: gatehouse check --json",
    )
    check.add_argument("--json", action="store_true", help="answer as JSON")
    check.set_defaults(run=_check)
    _add_keys(verbs.add_parser("keys", help="make and rotate the session keyring"))
    return parser


def _add_keys(keys: argparse.ArgumentParser) -> None:
    actions = keys.add_subparsers(required=True, metavar="ACTION")
    new = actions.add_parser(
        "new",
        help="print a new keyring",
        epilog="example: gatehouse keys new > session-keys.json",
    )
    new.set_defaults(run=_new_keys)
    rotate = actions.add_parser(
        "rotate",
        help="put a new sealing key in front; nobody is logged out",
        epilog="example: gatehouse keys rotate session-keys.json",
    )
    rotate.add_argument("file", type=Path, help="the keyring's file, which is rewritten")
    rotate.set_defaults(run=_rotate_keys)


def _serve(chosen: argparse.Namespace) -> int:
    from bff.serve import serve

    # Asked for before the server starts, so that a missing secret is one line and not a traceback.
    asyncio.run(_opened())
    return serve(host=chosen.host, port=chosen.port, proxy_ips=chosen.proxy_ips)


def _dev(chosen: argparse.Namespace) -> int:
    # A process of its own: the product never imports what stands in for its surroundings.
    command = [sys.executable, "-m", "devstack.dev", *chosen.rest]
    return subprocess.run(command, check=False).returncode  # noqa: S603 our own module


def _check(chosen: argparse.Namespace) -> int:
    faults: list[str] = []
    try:
        asyncio.run(_opened())
    except SettingsError as error:
        faults = error.faults
    if chosen.json:
        print(json.dumps({"ok": not faults, "faults": faults}))  # noqa: T201 the answer
    else:
        _say(*faults or ["the configuration is complete"])
    return WRONG_USE if faults else 0


def _new_keys(_: argparse.Namespace) -> int:
    sys.stdout.write(new_keyring(secrets.token_bytes))
    return 0


def _rotate_keys(chosen: argparse.Namespace) -> int:
    try:
        text = rotated(chosen.file.read_text(encoding="utf-8"), secrets.token_bytes)
    except (OSError, KeyringMalformed) as error:
        _say(f"{chosen.file}: {error}")
        return WRONG_USE
    # Written beside and moved over: a crash in between leaves the old keyring whole.
    beside = chosen.file.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(text, encoding="utf-8")
    beside.replace(chosen.file)
    _say(f"{chosen.file}: sealing with key {parse_keyring(text).current} from now on")
    return 0


async def _opened() -> None:
    from bff.wiring import open_gate

    environment = os.environ  # noqa: TID251 the one place of this command
    gate = await open_gate(load_settings(environment), environment)
    await gate.close()


def _say(*lines: str) -> None:
    for line in lines:
        print(f"gatehouse: {line}", file=sys.stderr)  # noqa: T201 a command talks


if __name__ == "__main__":
    sys.exit(main())
