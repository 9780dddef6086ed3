"""A PostgreSQL of a test's own: real, made within a second, on loopback, gone afterwards.

It is Debian's or anybody's; where none is installed, whoever asks for it is not run, by that name.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

ADMIN, DATABASE = "admin", "library"
UNPRIVILEGED = "nobody"
"""Whom it runs as where the tests are root's: PostgreSQL refuses to be."""

LOOPBACK, BESIDE, UNNAMED = "127.0.0.1", "127.0.0.2", "127.0.0.3"
"""Addresses of this machine. The agent takes all but the first for anybody's: TLS or nothing."""

READY = "database system is ready to accept connections"
STOP_S, TRIES = 20.0, 5

_SETTINGS = (
    # Nothing of it has to outlive the test.
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=20",
    "shared_buffers=1MB",
    "unix_socket_directories=",
    "logging_collector=off",
    "log_min_messages=log",
    "log_min_error_statement=panic",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningPostgresql:
    """A server with one database, and its superuser's way in."""

    port: int
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)

    def url(self, user: str = ADMIN, password: str | None = None) -> str:
        """Return where a user finds the database, with the password."""
        shown = self.password if password is None else password
        return f"postgresql://{user}:{shown}@{LOOPBACK}:{self.port}/{DATABASE}"

    def run(self, script: str) -> None:
        """Run statements as the superuser, in one transaction."""
        with psycopg.connect(self.url()) as connection:
            connection.execute(script.encode())

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return rows, as the superuser sees them."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            return connection.execute(query.encode(), values).fetchall()

    @property
    def leased(self) -> list[str]:
        """The users that were made with names such as Vault gives."""
        return [
            str(name) for (name,) in self.ask("SELECT rolname FROM pg_roles WHERE rolname ~ '^v-'")
        ]

    @property
    def sessions(self) -> int:
        """How many sessions those users have."""
        ((count,),) = self.ask("SELECT count(*) FROM pg_stat_activity WHERE usename ~ '^v-'")
        return int(count)


def programs() -> Path | None:
    """Return the folder of the newest server's programs; None where none is installed."""
    found = shutil.which("postgres")
    if found is not None:
        return Path(found).resolve().parent
    # Debian keeps them off the path, one folder for each version.
    kept = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda one: int(one.parts[-3])
    )
    return kept[-1].parent if kept else None


@contextmanager
def running_postgresql(
    certificate: Path | None = None, *, login: str = "scram-sha-256"
) -> Generator[RunningPostgresql]:
    """Run one; with a certificate (and its key in the same file) it speaks TLS as well."""
    at = programs()
    if at is None:
        pytest.skip("not run: PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    try:
        password = secrets.token_urlsafe(12)
        _make(at, folder, password, login)
        if certificate is not None:
            _certify(folder, certificate)
        process, port = _started(at, folder, tls=certificate is not None)
        try:
            running = RunningPostgresql(port=port, password=password)
            with psycopg.connect(running.url().replace(f"/{DATABASE}", "/postgres")) as connection:
                connection.autocommit = True
                connection.execute(f"CREATE DATABASE {DATABASE}".encode())
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_S)
            if process.stderr is not None:
                process.stderr.close()
    finally:
        shutil.rmtree(folder)


def _make(at: Path, folder: Path, password: str, login: str) -> None:
    told = folder / "password"
    told.write_text(password)
    _hand_over(folder, told)
    options = ["--no-sync", "--no-instructions", "--encoding=UTF8", "--locale=C"]
    who = [f"--auth={login}", f"--username={ADMIN}", f"--pwfile={told}"]
    with _program([str(at / "initdb"), f"--pgdata={folder / 'data'}", *options, *who]) as made:
        _, faults = made.communicate(timeout=STOP_S)
    assert made.returncode == 0, faults
    told.unlink()


def _certify(folder: Path, certificate: Path) -> None:
    shown = folder / "certificate.pem"
    shown.write_bytes(certificate.read_bytes())
    shown.chmod(0o600)
    _hand_over(shown)


def _hand_over(*paths: Path) -> None:
    if os.geteuid() == 0:
        for path in paths:
            shutil.chown(path, UNPRIVILEGED)


def _started(at: Path, folder: Path, *, tls: bool) -> tuple["subprocess.Popen[str]", int]:
    shown = str(folder / "certificate.pem")
    encrypted = ("ssl=on", f"ssl_cert_file={shown}", f"ssl_key_file={shown}") if tls else ()
    for _ in range(TRIES):
        with socket.create_server((LOOPBACK, 0)) as free:
            port: int = free.getsockname()[1]
        hosts = f"listen_addresses={LOOPBACK},{BESIDE},{UNNAMED}"
        options = [f"--{one}" for one in (*_SETTINGS, *encrypted, hosts, f"port={port}")]
        process = _program([str(at / "postgres"), "-D", str(folder / "data"), *options])
        assert process.stderr is not None
        if any(READY in line for line in process.stderr):
            return process, port
        # Somebody else was quicker to take the port.
        process.stderr.close()
        process.wait(STOP_S)
    raise AssertionError("PostgreSQL did not start")


def _program(command: Sequence[str]) -> "subprocess.Popen[str]":
    whose: dict[str, Any] = (
        {"user": UNPRIVILEGED, "group": _group(), "extra_groups": []} if os.geteuid() == 0 else {}
    )
    return subprocess.Popen(
        command,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **whose,
    )


def _group() -> int:
    import pwd

    return pwd.getpwnam(UNPRIVILEGED).pw_gid
