"""The command line and environment of the local Vault."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass

from devstack.vault.entropy import Entropy, base62

ROOT_TOKEN = "VAULT_DEV_ROOT_TOKEN_ID"  # noqa: S105 the name that Vault's own dev server has
_EXAMPLE = "example: python -m devstack.vault --port 9600"
_HIGHEST_PORT = 65535


class Usage(Exception):
    """A mistake in how the program was started; the text says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The command line, parsed."""

    port: int
    json: bool
    database: str = ""
    """A PostgreSQL for the users of the database engine; none for users in memory."""


def arguments(argv: list[str]) -> Arguments:
    """Read the command line. Ends the program with a message if it cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m devstack.vault",
        description="Vault on this machine, in memory: tokens and leases that end, logins that are "
        "checked (jwt, kubernetes, aws, approle, userpass), kv-v2 at secret/, database, aws, "
        "transit, response wrapping, policies, and failures by order at /_local/faults. "
        f"The root token is {ROOT_TOKEN}, or a new one. It is a double for tests: no real Vault.",
        epilog=_EXAMPLE,
    )
    parser.add_argument(
        "--port", type=_port, default=9600, help="port on 127.0.0.1; 0 for a free one (9600)"
    )
    parser.add_argument(
        "--json", action="store_true", help="say in one line of JSON where it serves"
    )
    parser.add_argument(
        "--database",
        default="",
        metavar="postgresql://…",
        help="a PostgreSQL in which the database engine really makes and drops its users, for "
        "connections of the plugin postgresql-database-plugin; the password by PGPASSWORD or "
        "PGPASSFILE, since everybody sees a command line",
    )
    read = parser.parse_args(argv)
    return Arguments(port=read.port, json=read.json, database=read.database)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= _HIGHEST_PORT:
        raise ValueError(text)
    return port


def root_token(environ: Mapping[str, str], entropy: Entropy) -> str:
    """Return the token that may do everything. Raises Usage."""
    token = environ.get(ROOT_TOKEN) or f"hvs.{base62(entropy, 24)}"
    if not token.isascii() or not token.isprintable() or " " in token:
        raise Usage(f"{ROOT_TOKEN} cannot be sent in a header: use letters, digits and dots.")
    return token
