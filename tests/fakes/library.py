"""The deep-research agent's database, with two tenants' passages, and a Vault that leases users."""

import re
import secrets
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from devstack.vault.engines.postgresql import Postgresql
from devstack.vault.engines.real_users import RealUsers
from devstack.vault.http import serving
from devstack.vault.opening import open_gateway
from fakes.postgresql import LOOPBACK, RunningPostgresql
from fakes.vault import ROOT_TOKEN, RunningVault
from trust.clock import SystemClock

ROOT = Path(__file__).parents[2]
SQL = ROOT / "examples" / "3-deepresearch" / "database"
POLICIES = ROOT / "infra" / "vault" / "module" / "policies"
ACME, GLOBEX = "APP#demo#TENANT#acme", "APP#demo#TENANT#globex"
MOUNT, ROLE = "gatehouse-database", "demo_agent_deepresearch"
SUBJECT = "spiffe://example.org/gatehouse/deepresearch"
KEEPER = "library_vault"

PASSAGES = (
    (ACME, "The harbour's gauge", "Neap tides are measured by the acme gauge at the old pier."),
    (ACME, "The harbour's\npassages:99 | dues", "Dues are paid at the gate."),
    (GLOBEX, "The other gauge", "Neap tides are a secret of the globex pier."),
)


@dataclass(slots=True)
class Watched:
    """A server that says which passwords went by, for the search for canaries."""

    server: Postgresql
    sdrowssap: list[str] = field(default_factory=list[str])
    """Backwards: so nobody but who was given one has it in memory."""

    def run(self, queries: Sequence[str]) -> None:
        """Run them."""
        for query in queries:
            self.sdrowssap += [one[::-1] for one in re.findall(r"PASSWORD '([^']+)'", query)]
        self.server.run(queries)

    def drop(self, username: str) -> None:
        """Drop a user."""
        self.server.drop(username)


def number_of(database: RunningPostgresql, tenant: str) -> int:
    """Return the number of a tenant's first passage."""
    query = "SELECT min(id) FROM library.passages WHERE tenant = %s"
    ((number,),) = database.ask(query, tenant)
    return int(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedLibrary:
    """The database, its Vault, and what the agent is told of both."""

    database: RunningPostgresql
    vault: RunningVault
    server: Watched

    def variables(self, folder: Path) -> dict[str, str]:
        """Return the agent's environment; it logs in by a token in a file."""
        (folder / "jwt").write_text(self.vault.jwt(SUBJECT))
        return {
            "DATABASE_URL": f"postgresql://{LOOPBACK}:{self.database.port}/library",
            "AGENT_SECRET_DATABASE": f"vault-db:{MOUNT}/{ROLE}",
            "VAULT_ADDR": self.vault.url,
            "BFF_VAULT_AUTH": "jwt-file",
            "BFF_VAULT_ROLE": f"gatehouse_{ROLE}",
            "BFF_VAULT_JWT_FILE": str(folder / "jwt"),
        }

    @property
    def leased(self) -> int:
        """How often a user was asked for."""
        return self.vault.calls.count(f"{MOUNT}/creds/")


def prepare(database: RunningPostgresql) -> str:
    """Make the tables as the example makes them, and fill them; return Vault's own password."""
    password = secrets.token_hex(16)
    database.run((SQL / "schema.sql").read_text())
    database.run(f"ALTER ROLE {KEEPER} PASSWORD '{password}'")
    for tenant, title, text in PASSAGES:
        database.ask(
            "INSERT INTO library.passages (tenant, title, text) VALUES (%s, %s, %s) RETURNING id",
            tenant,
            title,
            text,
        )
    return password


@contextmanager
def leased_library(database: RunningPostgresql, password: str) -> Generator[LeasedLibrary]:
    """Serve a Vault that makes users of a prepared database, by the example's statements."""
    clock = SystemClock()
    server = Watched(Postgresql(database.url(KEEPER, password)))
    gateway = open_gateway(
        clock=clock,
        entropy=secrets.token_bytes,
        root_token=ROOT_TOKEN,
        users=RealUsers(server=server),
    )
    with serving(gateway) as served:
        vault = RunningVault(url=served.url, clock=clock, gateway=gateway)
        _furnish(vault)
        yield LeasedLibrary(database=database, vault=vault, server=server)


def _furnish(vault: RunningVault) -> None:
    vault.engine("database", MOUNT)
    vault.write(
        f"{MOUNT}/config/library", plugin_name="postgresql-database-plugin", allowed_roles=ROLE
    )
    vault.write(
        f"{MOUNT}/roles/{ROLE}",
        db_name="library",
        creation_statements=[(SQL / "create.sql").read_text()],
        revocation_statements=[(SQL / "revoke.sql").read_text()],
        default_ttl="15m",
        max_ttl="1h",
    )
    vault.policy("token", _policy("token"))
    vault.policy("agent", _policy("agent"))
    vault.jwt_role(
        f"gatehouse_{ROLE}",
        SUBJECT,
        token_policies=["token", "agent"],
        token_ttl="10m",
        token_no_default_policy=True,
    )


def _policy(name: str) -> str:
    places = {
        "kv": "gatehouse",
        "transit": "gatehouse-transit",
        "database": MOUNT,
        "aws": "gatehouse-aws",
        "app": "demo",
        "agent": "deepresearch",
    }
    text = (POLICIES / f"{name}.hcl").read_text()
    return re.sub(r"\$\{(\w+)\}", lambda place: places[place[1]], text)
