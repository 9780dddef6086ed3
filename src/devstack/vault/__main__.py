"""`python -m devstack.vault`: run the local Vault until it is told to stop.

With `--json`, one line on standard output says that it serves:
`{"ready": true, "url": …, "root_token": …}`; otherwise two lines for people say the same.
"""

import json
import os
import secrets
import signal
import sys
from threading import Event

from devstack.aws.listening import LOOPBACK
from devstack.aws.wire import WireRequest
from devstack.vault.arguments import Usage, arguments, root_token
from devstack.vault.engines.real_users import RealUsers
from devstack.vault.errors import VaultError
from devstack.vault.gateway import Gateway
from devstack.vault.http import serving
from devstack.vault.opening import open_gateway
from trust.clock import SystemClock


def _prepare(gateway: Gateway, token: str) -> None:
    """Mount what Vault's own development server mounts."""
    body = json.dumps({"type": "kv", "options": {"version": "2"}}).encode()
    headers = (("x-vault-token", token),)
    gateway.undisturbed(
        WireRequest(
            method="POST", path="/v1/sys/mounts/secret", query="", headers=headers, body=body
        )
    )


def _users(database: str) -> RealUsers | None:
    """Return where the database engine makes its users. Raises Usage."""
    if not database:
        return None
    # Late: without the option there need be no driver.
    from devstack.vault.engines.postgresql import Postgresql

    server = Postgresql(database)
    try:
        server.run(())
    except VaultError:
        raise Usage(
            "no PostgreSQL lets us in where --database says; is it running, and are user and"
            " password right?"
        ) from None
    return RealUsers(server=server)


def _announced(url: str, token: str, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"ready": True, "url": url, "root_token": token})
    return f"export VAULT_ADDR={url}\nexport VAULT_TOKEN={token}"


def main(argv: list[str]) -> int:
    """Run; return the exit code."""
    chosen = arguments(argv)
    stop = Event()

    def told(*_: object) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    try:
        token = root_token(os.environ, secrets.token_bytes)  # noqa: TID251 the program's entry
        gateway = open_gateway(
            clock=SystemClock(),
            entropy=secrets.token_bytes,
            root_token=token,
            users=_users(chosen.database),
        )
        _prepare(gateway, token)
        with serving(gateway, port=chosen.port) as server:
            sys.stdout.write(_announced(server.url, token, as_json=chosen.json) + "\n")
            sys.stdout.flush()
            stop.wait()
    except Usage as mistake:
        sys.stderr.write(f"devstack.vault: {mistake}\n")
        return 2
    except OSError as error:
        sys.stderr.write(
            f"devstack.vault: port {chosen.port} of {LOOPBACK} cannot be listened on: "
            f"{error.strerror}. Choose another by --port, or 0 for a free one.\n"
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
