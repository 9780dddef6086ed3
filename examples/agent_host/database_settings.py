"""Where the agent's database is, as its environment says: an address, never who may read there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

DATABASE = "database"
"""The name of the secret: AGENT_SECRET_DATABASE says where user and password are."""

_URL = re.compile(
    r"postgres(?:ql)?://(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[::1\])(?::(?P<port>[0-9]{1,5}))?"
    r"/(?P<name>[A-Za-z0-9_-]{1,63})(?:\?sslrootcert=(?P<authorities>/[A-Za-z0-9._/-]{1,4095}))?",
    re.ASCII,
)
_REACHING_OUT = ("BROWSER_ID", "GATEWAY_URL", "SEARCH_URL")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class DatabaseMisplaced(Exception):
    """What the environment says of the database cannot be used; the message quotes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabasePlace:
    """A database of PostgreSQL."""

    host: str
    port: int
    name: str
    authorities: str | None = None
    """A file of the authorities that may say who the server is; None for the public ones."""

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine: nobody stands between, so there need be no TLS."""
        return self.host in _LOOPBACK


def database_of(environment: Mapping[str, str]) -> DatabasePlace | None:
    """Read DATABASE_URL; None where it is not set. Raises DatabaseMisplaced."""
    url = environment.get("DATABASE_URL") or ""
    if not url:
        return None
    if "@" in url:
        raise DatabaseMisplaced(
            "DATABASE_URL: without user and password; they are a secret, and AGENT_SECRET_DATABASE"
            " says where it is (vault-db:mount/role)"
        )
    place = _URL.fullmatch(url)
    if place is None:
        raise DatabaseMisplaced(
            "DATABASE_URL: must be postgresql://host:port/name, and may end with"
            " ?sslrootcert=/path/of/authorities.pem; all else is decided here"
        )
    _check(environment)
    return DatabasePlace(
        host=place["host"].strip("[]"),
        port=int(place["port"] or 5432),
        name=place["name"],
        authorities=place["authorities"],
    )


def _check(environment: Mapping[str, str]) -> None:
    if not environment.get("AGENT_SECRET_DATABASE"):
        raise DatabaseMisplaced("AGENT_SECRET_DATABASE is not set; DATABASE_URL needs it")
    # A page that gives orders could have a tenant's rows carried out in the address of the next
    # page, or in the words of a search: who reads both must have no such way.
    ways = [name for name in _REACHING_OUT if environment.get(name)]
    if ways:
        raise DatabaseMisplaced(
            f"DATABASE_URL: not together with {', '.join(ways)}, by which what the rows say could"
            " be sent to strangers; run two agents"
        )
