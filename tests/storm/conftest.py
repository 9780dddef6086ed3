"""One field of three processes for each store, and people who are logged in there."""

import os
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path

import pytest

from devstack.dev.plan import HERE, Plan, Store
from devstack.dev.ports import free_port
from fakes.aws_region import region_at
from fakes.desk import ledger_of
from fakes.loopback_provider import LoopbackProvider, providing
from fakes.rotation import Rotation
from fakes.storm import Field, Person, field_of
from journeys.visitor import SESSION, Visitor
from trust.aws.environment import NEVER
from trust.clock import SystemClock
from trust.grant.record import Credentials
from trust.seal.keyring import parse_keyring
from trust.secret import Secret
from trust.session.ids import parse_ticket
from trust.session.ledger import Ledger
from trust.store.sqlite import SqliteTable
from trust.store.table import Table
from trust.wire.client import LeanWire
from trust.wire.tls import verified

_ENTRY = """
[providers.other]
issuer = "{issuer}"
client_id = "gatehouse"
tenant_claim = "tenant_id"
client_secret = "env:OIDC_CLIENT_SECRET"
own_callback = true
"""

_LIMITED = ("LOGINS", "CALLBACKS", "ADDRESS_CALLS", "CALLS", "TENANT_CALLS")
_UNLIMITED = {f"BFF_LIMIT_{kind}": "off" for kind in _LIMITED}
"""Rate limits have tests of their own; here, writes are the session's alone."""


@pytest.fixture(scope="session")
def _other_provider() -> Iterator[LoopbackProvider]:
    with providing() as provider:
        yield provider


@pytest.fixture
def other_provider(_other_provider: LoopbackProvider) -> LoopbackProvider:
    """Return a second provider, in the hands of the test."""
    _other_provider.rotation = Rotation()
    _other_provider.rotates = True
    return _other_provider


@pytest.fixture(scope="session", params=list(Store), ids=lambda store: store.value)
def _field(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    _other_provider: LoopbackProvider,
) -> Generator[Field]:
    state = tmp_path_factory.mktemp("field")
    registry = state / "registry.toml"
    usual = (HERE / "src" / "devstack" / "registry.toml").read_text()
    registry.write_text(usual + _ENTRY.format(issuer=_other_provider.url))
    plan = Plan(
        state=state,
        store=request.param,
        bff_ports=(free_port(), free_port(), free_port()),
        # Nobody here asks an agent.
        aws_options=("--spares", "0"),
        bff_env={"BFF_REGISTRY": f"file:{registry}", **_UNLIMITED},
    )
    with field_of(plan, env=dict(os.environ)) as field:  # noqa: TID251 the programs' path
        yield field


@pytest.fixture
def field(_field: Field) -> Iterator[Field]:
    """Return three processes that all run, on a store of their own."""
    _field.revive()
    _field.calm()
    yield _field
    _field.calm()


@pytest.fixture
async def ledger(field: Field) -> AsyncIterator[Ledger]:
    """Return the processes' own book of sessions, in the test's hands."""
    wire = LeanWire(verified())
    table = _table(field, wire)
    yield ledger_of(table, parse_keyring(field.plan.keys.read_text()))
    await table.close()
    await wire.close()


def _table(field: Field, wire: LeanWire) -> Table:
    if field.plan.store is Store.SQLITE:
        return SqliteTable(database(field))
    own = Credentials(
        access_key_id=field.secrets.access_key_id,
        secret_access_key=Secret(field.secrets.secret_access_key),
        session_token=None,
        expires_at=NEVER,
    )
    return region_at(field.plan.aws, wire, SystemClock(), own).table("gatehouse-sessions")


@pytest.fixture
def log_in(field: Field, ledger: Ledger) -> Callable[[str], Person]:
    """Log somebody in at the real provider, through the first process."""

    def logged_in(login: str) -> Person:
        visitor = Visitor(origin=field.plan.public_url)
        assert visitor.log_in(login, field.secrets.password).status_code == 200
        ticket = parse_ticket(visitor.cookies[SESSION])
        assert ticket is not None
        field.calm()
        return Person(field=field, ledger=ledger, ticket=ticket)

    return logged_in


@pytest.fixture
def alice(log_in: Callable[[str], Person]) -> Person:
    """Return Alice, logged in."""
    return log_in("alice@acme.test")


def database(field: Field) -> Path:
    """Return the file of the sessions in SQLite."""
    return field.plan.state / "gatehouse.db"
