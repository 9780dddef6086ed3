"""`python -m devstack.spire --socket PATH`: an agent that knows one workload, until it is stopped.

It attests nobody: whoever can open the socket is the workload. Only its own user can.
"""

import argparse
import json
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Event

from devstack.spire import http, service
from devstack.spire.agent import agent
from trust.clock import SystemClock
from trust.secrets.spiffe.spiffe_id import parse_spiffe_id

_EXAMPLE = (
    "example: python -m devstack.spire --socket /tmp/agent.sock"
    " --identity spiffe://acme.example/gatehouse"
)


def main(argv: list[str], stopped: Event) -> int:
    """Run until `stopped`; return the exit code."""
    chosen = _arguments(argv)
    try:
        named = [parse_spiffe_id(text) for text in chosen.identity]
    except ValueError as error:
        return _complain(f"--identity {error}")
    if len({each.trust_domain for each in named}) != 1:
        return _complain("--identity: all have to be of one trust domain")
    workload = agent(
        *chosen.identity,
        clock=SystemClock(),
        ttl_s=chosen.ttl,
        certificate_ttl_s=chosen.certificate_ttl,
    )
    with ExitStack() as stack:
        try:
            stack.enter_context(service.served(workload, chosen.socket))
            url = stack.enter_context(
                http.served(workload, port=chosen.port, key_use=chosen.key_use or None)
            )
        except OSError as error:
            return _complain(f"cannot listen: {error}")
        _announce(chosen, url)
        stopped.wait()
    return 0


def _announce(chosen: argparse.Namespace, url: str) -> None:
    told = {"SPIFFE_ENDPOINT_SOCKET": f"unix://{chosen.socket.absolute()}", "keys": f"{url}/keys"}
    if chosen.json:
        sys.stdout.write(json.dumps({"ready": True, "url": url, **told}) + "\n")
    else:
        sys.stdout.writelines(f"{name}={value}\n" for name, value in told.items())
    sys.stdout.flush()


def _complain(text: str) -> int:
    sys.stderr.write(f"devstack.spire: {text}\n")
    return 2


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m devstack.spire",
        description="The SPIFFE Workload API on a unix socket, for one workload on this machine,"
        " and its trust domain's keys on 127.0.0.1.",
        epilog=_EXAMPLE,
    )
    add = parser.add_argument
    add("--socket", type=Path, required=True, help="where to listen for the workload")
    add("--identity", action="append", help="a SPIFFE ID of the workload; may be repeated")
    add("--port", type=int, default=0, help="port of the keys on 127.0.0.1; 0 for a free one (0)")
    add("--ttl", type=int, default=300, help="seconds that a JWT-SVID is good (300)")
    add("--certificate-ttl", type=int, default=3600, help="seconds of a certificate (3600)")
    add("--key-use", choices=("jwt-svid", "sig", ""), default="jwt-svid", help="`use` in /keys")
    add("--json", action="store_true", help="say in one line of JSON when it serves")
    read = parser.parse_args(argv)
    read.identity = read.identity or ["spiffe://acme.example/gatehouse"]
    return read


if __name__ == "__main__":
    told_to_stop = Event()

    def _stop(_number: int, _frame: object) -> None:
        told_to_stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    sys.exit(main(sys.argv[1:], told_to_stop))
