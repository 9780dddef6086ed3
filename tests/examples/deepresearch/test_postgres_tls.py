"""A database that is not on this machine: by TLS alone, and to nobody but itself."""

import logging
import sys
from collections.abc import Generator
from dataclasses import replace
from ipaddress import IPv4Address

import psycopg
import pytest
from agent_host.database_settings import DatabasePlace
from cryptography import x509
from deepresearch.postgres import Credentials, connected

from fakes.postgresql import ADMIN, BESIDE, LOOPBACK, UNNAMED, RunningPostgresql, running_postgresql
from fakes.wire.authority import Authority
from trust.secret import Secret

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="not run: this system has one address of its own alone"
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(authority: Authority) -> Generator[RunningPostgresql]:
    shown = authority.certificate("server", x509.IPAddress(IPv4Address(BESIDE)))
    with running_postgresql(shown) as running:
        yield running


@pytest.fixture
def place(server: RunningPostgresql, authority: Authority) -> DatabasePlace:
    return DatabasePlace(
        host=BESIDE, port=server.port, name="library", authorities=str(authority.file)
    )


@pytest.fixture(scope="module")
def trusting() -> Generator[RunningPostgresql]:
    """A server that asks for the password itself, in the clear."""
    with running_postgresql(login="password") as running:
        yield running


def admin_of(server: RunningPostgresql) -> Credentials:
    return Credentials(username=ADMIN, password=Secret(server.password))


@pytest.fixture
def admin(server: RunningPostgresql) -> Credentials:
    return admin_of(server)


async def test_a_server_that_proves_its_name_is_spoken_to(
    place: DatabasePlace, admin: Credentials
) -> None:
    async with await connected(place, admin) as connection:
        asked = await connection.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")

        assert await asked.fetchall() == [(True,)]


async def test_whoever_it_is_reads_and_the_driver_says_nothing(
    place: DatabasePlace, admin: Credentials, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="psycopg")

    async with await connected(place, admin) as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await connection.execute("CREATE TABLE public.notes ()")

    assert [record for record in caplog.records if record.name == "psycopg"] == []


async def test_one_whose_authority_nobody_knows_is_not(
    place: DatabasePlace, admin: Credentials
) -> None:
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        await connected(replace(place, authorities=None), admin)


async def test_one_under_a_name_that_is_not_its_own_is_not(
    place: DatabasePlace, admin: Credentials
) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        await connected(replace(place, host=UNNAMED), admin)


async def test_one_without_tls_is_not(trusting: RunningPostgresql) -> None:
    place = DatabasePlace(host=BESIDE, port=trusting.port, name="library")

    with pytest.raises(psycopg.OperationalError, match="does not support SSL"):
        await connected(place, admin_of(trusting))


async def test_one_that_wants_the_password_itself_does_not_get_it(
    trusting: RunningPostgresql,
) -> None:
    place = DatabasePlace(host=LOOPBACK, port=trusting.port, name="library")

    with pytest.raises(psycopg.OperationalError, match="requested a cleartext password"):
        await connected(place, admin_of(trusting))
