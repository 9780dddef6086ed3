"""Users in a real PostgreSQL: an ended lease opens nothing there."""

import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hvac.exceptions import InternalServerError

from devstack.vault.__main__ import main
from devstack.vault.arguments import ROOT_TOKEN as ROOT_TOKEN_VARIABLE
from devstack.vault.engines.postgresql import Postgresql
from devstack.vault.engines.real_users import RealUsers
from devstack.vault.http import serving
from devstack.vault.opening import open_gateway
from fakes.library import SQL, prepare
from fakes.postgresql import RunningPostgresql, running_postgresql
from fakes.vault import ROOT_TOKEN, RunningVault
from fakes.vault_client import Client, clients
from trust.clock import SystemClock

SRC = Path(__file__).parents[3] / "src"
HOUR_S = 3600

MAKE = """CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}'"""
GIVE = """GRANT SELECT ON public.notes TO "{{name}}";"""
DROP = """DROP ROLE "{{name}}";"""


@pytest.fixture(scope="module")
def prepared() -> Generator[tuple[RunningPostgresql, str]]:
    with running_postgresql() as server:
        keeper = prepare(server)
        server.run("CREATE TABLE public.notes (text text)")
        yield server, server.url("library_vault", keeper)


@pytest.fixture
def server(prepared: tuple[RunningPostgresql, str]) -> RunningPostgresql:
    return prepared[0]


@pytest.fixture
def real(prepared: tuple[RunningPostgresql, str]) -> Generator[RunningVault]:
    gateway = open_gateway(
        clock=SystemClock(),
        entropy=secrets.token_bytes,
        root_token=ROOT_TOKEN,
        users=RealUsers(server=Postgresql(prepared[1])),
    )
    with serving(gateway) as served:
        vault = RunningVault(url=served.url, clock=SystemClock(), gateway=gateway)
        vault.engine("database")
        vault.write(
            "database/config/db", plugin_name="postgresql-database-plugin", allowed_roles="*"
        )
        yield vault
        vault.write("sys/leases/revoke-prefix/database")


@pytest.fixture
def database(real: RunningVault) -> Generator[Client]:
    with clients(real.url) as having:
        yield having(ROOT_TOKEN)


@pytest.fixture
def role(real: RunningVault) -> Callable[..., None]:
    """Make the role `reader`, by the example's statements unless others are given."""

    def made(**other: Any) -> None:
        usual = {
            "db_name": "db",
            "default_ttl": "1h",
            "max_ttl": "2h",
            "creation_statements": (SQL / "create.sql").read_text(),
            "revocation_statements": (SQL / "revoke.sql").read_text(),
        }
        real.write("database/roles/reader", **{**usual, **other})

    return made


def lease(client: Client) -> tuple[str, str, str]:
    """Return the lease's id, the user and its password."""
    made: dict[str, Any] = client.secrets.database.generate_credentials("reader")
    return made["lease_id"], made["data"]["username"], made["data"]["password"]


def login(server: RunningPostgresql, user: str, password: str) -> psycopg.Connection:
    return psycopg.connect(server.url(), user=user, password=password)


def ends_s(server: RunningPostgresql, user: str) -> float:
    """Return in how many seconds a user's password ends."""
    query = "SELECT extract(epoch FROM rolvaliduntil - now()) FROM pg_roles WHERE rolname = %s"
    ((left,),) = server.ask(query, user)
    return float(left)


def test_a_leased_user_reads_until_its_lease_is_revoked(
    server: RunningPostgresql, database: Client, role: Callable[..., None]
) -> None:
    role()
    lease_id, user, password = lease(database)
    with closing(login(server, user, password)) as opened:
        assert opened.execute("SELECT count(*) FROM library.passages").fetchone() == (0,)

        database.sys.revoke_lease(lease_id)

        with pytest.raises(psycopg.OperationalError):
            opened.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        login(server, user, password)
    assert server.leased == []


def test_a_user_ends_by_itself_a_little_after_its_lease(
    server: RunningPostgresql, database: Client, role: Callable[..., None]
) -> None:
    role()
    lease_id, user, _ = lease(database)
    assert HOUR_S - 60 < ends_s(server, user) <= HOUR_S + 6

    database.sys.renew_lease(lease_id, increment=HOUR_S * 3 // 2)

    assert HOUR_S * 3 // 2 - 60 < ends_s(server, user) <= HOUR_S * 3 // 2 + 6


def test_a_lease_that_ran_out_takes_its_user_along(
    server: RunningPostgresql, real: RunningVault, database: Client, role: Callable[..., None]
) -> None:
    role()
    lease(database)
    real.core.clock.skew_s = HOUR_S + 1

    assert real.leases == ()
    assert server.leased == []


def test_a_role_has_renewals_of_its_own(
    server: RunningPostgresql, database: Client, role: Callable[..., None]
) -> None:
    role(renew_statements=["""COMMENT ON ROLE "{{username}}" IS '{{expiration}}'"""])
    lease_id, user, _ = lease(database)

    database.sys.renew_lease(lease_id)

    query = "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %s"
    ((comment,),) = server.ask(query, user)
    assert str(comment).endswith("+0000")


def test_a_renewal_that_the_server_refuses_is_none(
    real: RunningVault, database: Client, role: Callable[..., None]
) -> None:
    role(renew_statements=["SELECT 1/0"])
    lease_id, _, _ = lease(database)

    with pytest.raises(InternalServerError, match="failed to execute query: 22012"):
        database.sys.renew_lease(lease_id)

    assert real.leases == (lease_id,)


def test_a_role_that_does_not_say_how_is_ended_as_vault_does_it(
    server: RunningPostgresql, database: Client, role: Callable[..., None]
) -> None:
    server.run("GRANT SELECT ON public.notes TO library_vault WITH GRANT OPTION")
    role(revocation_statements=[], creation_statements=[MAKE, GIVE])
    lease_id, user, _ = lease(database)
    assert server.leased == [user]

    database.sys.revoke_lease(lease_id)

    assert server.leased == []


def test_one_that_was_dropped_by_hand_is_gone_as_well(
    server: RunningPostgresql, real: RunningVault, database: Client, role: Callable[..., None]
) -> None:
    role(revocation_statements=[])
    lease_id, user, _ = lease(database)
    server.run(f'DROP ROLE "{user}"')

    database.sys.revoke_lease(lease_id)

    assert real.leases == ()


def test_whom_the_server_could_not_be_told_to_drop_is_dropped_later(
    server: RunningPostgresql, database: Client, role: Callable[..., None]
) -> None:
    role(
        revocation_statements=[
            """SELECT 1 / (SELECT count(*) FROM public.notes); DROP ROLE "{{name}}";"""
        ]
    )
    server.run("GRANT SELECT ON public.notes TO PUBLIC")
    lease_id, user, _ = lease(database)
    # Vault takes the order, whatever comes of it.
    database.sys.revoke_lease(lease_id)
    assert server.leased == [user]
    server.run("INSERT INTO public.notes VALUES ('one')")

    _, other, _ = lease(database)

    assert server.leased == [other]


def test_nothing_of_a_creation_that_fails_stays(
    server: RunningPostgresql, real: RunningVault, database: Client, role: Callable[..., None]
) -> None:
    role(creation_statements=[f'{MAKE}; GRANT nobody TO "{{{{name}}}}"'])

    with pytest.raises(InternalServerError, match="failed to execute query: 42704"):
        lease(database)

    assert server.leased == []
    assert real.leases == ()
    assert real.database_users == frozenset()


def test_a_role_without_statements_makes_nobody(
    database: Client, role: Callable[..., None]
) -> None:
    role(creation_statements=[])

    with pytest.raises(InternalServerError, match="empty creation statements"):
        lease(database)


def test_a_static_user_s_password_is_changed_there(
    server: RunningPostgresql, real: RunningVault, database: Client
) -> None:
    server.run("CREATE ROLE steady LOGIN")
    real.write("database/static-roles/steady", db_name="db", username="steady", rotation_period=60)

    found = database.secrets.database.get_static_credentials("steady")["data"]

    with login(server, "steady", found["password"]) as opened:
        assert opened.execute("SELECT current_user").fetchone() == ("steady",)


def test_other_plugins_stay_in_memory(
    server: RunningPostgresql, real: RunningVault, database: Client, role: Callable[..., None]
) -> None:
    role()
    real.write("database/config/db", plugin_name="double", allowed_roles="*")

    lease_id, user, _ = lease(database)
    database.sys.renew_lease(lease_id)

    assert real.database_users == {user}
    assert server.leased == []


def test_a_server_that_is_away_is_said_without_its_words(role: Callable[..., None]) -> None:
    gateway = open_gateway(
        clock=SystemClock(),
        entropy=secrets.token_bytes,
        root_token=ROOT_TOKEN,
        users=RealUsers(server=Postgresql("postgresql://127.0.0.1:1/library")),
    )
    with serving(gateway) as served, clients(served.url) as having:
        vault = RunningVault(url=served.url, clock=SystemClock(), gateway=gateway)
        vault.engine("database")
        vault.write(
            "database/config/db", plugin_name="postgresql-database-plugin", allowed_roles="*"
        )
        vault.write("database/roles/reader", db_name="db", creation_statements="SELECT 1")

        with pytest.raises(InternalServerError, match="unable to get connection") as away:
            lease(having(ROOT_TOKEN))

    assert "127.0.0.1" not in str(away.value.errors)


def test_the_program_makes_users_where_it_is_told(
    prepared: tuple[RunningPostgresql, str], server: RunningPostgresql
) -> None:
    started = subprocess.Popen(
        [sys.executable, "-m", "devstack.vault", "--port=0", "--json", f"--database={prepared[1]}"],
        env={"PYTHONPATH": str(SRC), ROOT_TOKEN_VARIABLE: ROOT_TOKEN},
        stdout=subprocess.PIPE,
        text=True,
    )
    with started:
        assert started.stdout is not None
        url = json.loads(started.stdout.readline())["url"]
        with clients(url) as having:
            root = having(ROOT_TOKEN)
            root.sys.enable_secrets_engine("database")
            config = {"plugin_name": "postgresql-database-plugin", "allowed_roles": "*"}
            root.adapter.post("/v1/database/config/db", json=config)
            terms = {
                "db_name": "db",
                "creation_statements": (SQL / "create.sql").read_text(),
                "revocation_statements": (SQL / "revoke.sql").read_text(),
            }
            root.adapter.post("/v1/database/roles/reader", json=terms)
            lease_id, user, _ = lease(root)
            made = server.leased
            root.sys.revoke_lease(lease_id)
        started.terminate()

    assert made == [user]
    assert server.leased == []


def test_the_program_says_where_nobody_lets_it_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    assert main(["--port=0", "--database=postgresql://anna:canary@127.0.0.1:1/library"]) == 2

    said = capsys.readouterr().err
    assert "--database" in said
    assert "canary" not in said
