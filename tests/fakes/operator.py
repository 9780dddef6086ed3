"""Somebody who runs the `gatehouse` command, and what they see."""

import asyncio
import json
import logging
import os
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bff import command
from fakes.clock import StoppedClock
from fakes.desk import KEYRING_TEXT, Desk, open_desk
from fakes.login import new_session
from fakes.proxy.house import environment
from fakes.token_endpoint import RotatingEndpoint
from trust.clock import SystemClock
from trust.session.record import Owner, Session
from trust.store.sqlite import SqliteTable
from trust.store.table import Table

ISSUER = "http://127.0.0.1:1"

Answer = TypeVar("Answer")

_CLOCK = SystemClock()


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What it answered as JSON."""
        return json.loads(self.out)

    @property
    def audit(self) -> list[dict[str, Any]]:
        """What it wrote down in the audit trail."""
        lines = [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == "audit"]


@dataclass(kw_only=True)
class Operator:
    """Runs commands in a configured environment."""

    folder: Path
    variables: dict[str, str]
    monkeypatch: pytest.MonkeyPatch = field(repr=False)
    capsys: pytest.CaptureFixture[str] = field(repr=False)

    def run(self, *arguments: str) -> Ran:
        """Run a command."""
        set_environment(self.monkeypatch, self.variables)
        self.capsys.readouterr()
        # As in a process of its own: events go to the standard error of this very command.
        logging.getLogger("gatehouse").handlers.clear()
        code = command.main(arguments)
        told = self.capsys.readouterr()
        return Ran(code=code, out=told.out, err=told.err)

    def on_table(self, work: Callable[[Table], Awaitable[Answer]]) -> Answer:
        """Do something with the store that the commands use."""

        async def run() -> Answer:
            table = SqliteTable(self.folder / "gatehouse.db")
            try:
                return await work(table)
            finally:
                await table.close()

        return asyncio.run(run())

    def log_in(self, *owners: Owner, authenticated_s_ago: int = 0) -> list[Session]:
        """Begin a session for each."""
        now = _CLOCK.now()
        at = now - authenticated_s_ago
        sessions = [new_session(owner, now=now, auth_time=at) for owner in owners]

        async def begin(table: Table) -> None:
            for session in sessions:
                await _desk(table).log_in(session)

        self.on_table(begin)
        return sessions

    def alive(self, sessions: Sequence[Session]) -> list[bool]:
        """Tell which of the sessions live."""

        async def look(table: Table) -> list[bool]:
            return [await _desk(table).stored(one) is not None for one in sessions]

        return self.on_table(look)


def _desk(table: Table) -> Desk:
    """Return an instance of the service, now."""
    clock = StoppedClock(_CLOCK.now())
    return open_desk(table, clock, RotatingEndpoint(clock))


def set_environment(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    """Let this process have these variables, and none of ours besides."""
    for name in list(os.environ):  # noqa: TID251 cleared for the test
        if name.startswith(("BFF_", "AWS_", "VAULT_")):
            monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def operator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Operator]:
    """Return somebody before an empty SQLite store and the registry file of the house."""
    changes = {"BFF_STORE": f"sqlite:{tmp_path / 'gatehouse.db'}", "SESSION_KEYS": KEYRING_TEXT}
    variables = environment(tmp_path, issuer=ISSUER, runtime=ISSUER, changes=changes)
    no_tls = ssl.create_default_context()
    # Nothing here speaks TLS, and reading the world's certificates takes most of a test's time.
    monkeypatch.setattr(ssl, "create_default_context", lambda *_, **__: no_tls)
    logger = logging.getLogger("gatehouse")
    before = (logger.handlers[:], logger.level, logger.propagate)
    yield Operator(folder=tmp_path, variables=variables, monkeypatch=monkeypatch, capsys=capsys)
    logger.handlers, logger.level, logger.propagate = before


__all__ = ["operator"]
