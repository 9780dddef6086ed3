"""What all tests of this folder share: the three tables, and AWS on loopback."""

import secrets
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from fakes import moto_aws
from fakes.aws_region import region_at
from fakes.clock import StoppedClock
from fakes.token_endpoint import RotatingEndpoint
from trust.aws.dynamodb.table import DynamoDbTable
from trust.store.memory import MemoryTable
from trust.store.sqlite import SqliteTable
from trust.store.table import Table
from trust.wire.client import LeanWire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

REGION = "us-east-1"


@pytest.fixture(scope="session")
def _moto() -> Iterator[str]:
    with moto_aws.running() as url:
        yield url


@pytest.fixture
def aws(_moto: str, aws_environment: pytest.MonkeyPatch) -> str:
    """Point boto3 at AWS on loopback; return its URL."""
    aws_environment.setenv("AWS_ENDPOINT_URL", _moto)
    return _moto


@pytest.fixture(scope="session")
def _boto3_session() -> boto3.Session:
    # One for all tests: reading a service's model takes longer than most of them.
    return boto3.Session(aws_access_key_id="AKIAGATEHOUSETESTS00", aws_secret_access_key="made-up")


@pytest.fixture
def aws_environment(
    _boto3_session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """Give boto3 an identity that no machine has, and nothing of this machine's own."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", _boto3_session)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAGATEHOUSETESTS00")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let botocore try again at once."""

    def none(_self: object, _context: object) -> float:
        return 0

    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", none)


@pytest.fixture
def dynamodb(aws: str) -> Iterator["DynamoDBClient"]:
    """Return boto3's client: who lays the table, and looks at it from the other side."""
    client = boto3.client(  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service
        "dynamodb", region_name=REGION, endpoint_url=aws
    )
    yield client
    client.close()


@pytest.fixture
def dynamodb_name(dynamodb: "DynamoDBClient") -> Iterator[str]:
    """Create a table of the test's own, and return its name."""
    name = f"gatehouse-{secrets.token_hex(4)}"
    moto_aws.create_table(dynamodb, name)
    yield name
    dynamodb.delete_table(TableName=name)


@pytest.fixture
async def wire() -> AsyncIterator[LeanWire]:
    """Return the wire under all calls of a process."""
    wire = LeanWire(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    yield wire
    await wire.close()


@pytest.fixture
def dynamodb_table(aws: str, dynamodb_name: str, wire: LeanWire) -> DynamoDbTable:
    """Open the test's own table."""
    return region_at(aws, wire).table(dynamodb_name)


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    """Return where the test's SQLite file is, or will be."""
    return tmp_path / "gatehouse.sqlite"


@pytest.fixture
async def sqlite_table(sqlite_path: Path) -> AsyncIterator[SqliteTable]:
    """Open a table in a new file."""
    table = SqliteTable(sqlite_path)
    yield table
    await table.close()


@pytest.fixture(params=["memory", "sqlite", "dynamodb"])
def table(request: pytest.FixtureRequest) -> Table:
    """Return each table in turn: what is built on the port must hold on every one of them."""
    if request.param == "memory":
        return MemoryTable()
    found: Table = request.getfixturevalue(f"{request.param}_table")
    return found


@pytest.fixture(autouse=True)
def quiet_loop(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail where the event loop complains: of an exception that nobody looked at, or in a callback.

    It only logs them, so that a test would pass in spite of them.
    """
    yield
    records = caplog.get_records("call")
    assert [one.getMessage() for one in records if one.name == "asyncio"] == []


@pytest.fixture
def clock() -> StoppedClock:
    """Stop the time."""
    return StoppedClock()


@pytest.fixture
def endpoint(clock: StoppedClock) -> RotatingEndpoint:
    """Open a strict token endpoint."""
    return RotatingEndpoint(clock)
