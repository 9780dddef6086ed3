"""`gatehouse serve` and `gatehouse check`."""

import argparse
import asyncio

from bff.commands.office import close_again
from bff.commands.output import WRONG_USE, answer, say
from bff.commands.verbs import Verbs
from trust.errors import SettingsError
from trust.secrets.source import SecretOutage


def add_serving(verbs: Verbs) -> None:
    """Add the verbs."""
    serve = verbs.add_parser(
        "serve",
        help="serve the application with uvicorn",
        epilog="example: gatehouse serve --host 0.0.0.0 --port 8000",
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    serve.add_argument("--port", type=int, default=8000, help="port to listen on (%(default)s)")
    serve.add_argument("--proxy-ips", default="", help="addresses whose X-Forwarded-* count")
    serve.set_defaults(run=_serve)
    check = verbs.add_parser(
        "check",
        help="check the configuration and the secrets that it names",
        epilog="example: gatehouse check --json",
    )
    check.add_argument("--json", action="store_true", help="answer as JSON")
    check.set_defaults(run=_check)


def _serve(chosen: argparse.Namespace) -> int:
    from bff.serve import serve

    return serve(host=chosen.host, port=chosen.port, proxy_ips=chosen.proxy_ips)


def _check(chosen: argparse.Namespace) -> int:
    faults: list[str] = []
    try:
        asyncio.run(close_again())
    except SettingsError as error:
        faults = error.faults
    except SecretOutage as error:
        # No mistake of the settings perhaps; but who asked wants to know that it would not work.
        faults = [f"{error}: cannot be asked now"]
    if chosen.json:
        answer({"ok": not faults, "faults": faults})
    else:
        say(*faults or ["the configuration is complete"])
    return WRONG_USE if faults else 0
