"""One agent and one S3 for all tests of this folder; the conversations are each test's own."""

import uuid
from collections.abc import Generator
from pathlib import Path

import pytest

from agent_client.chat import Chat, grant
from agent_client.process import RunningAgent, running
from agent_client.s3 import FakeS3, running_s3


@pytest.fixture(scope="session")
def _server() -> Generator[FakeS3]:
    with running_s3() as fake:
        yield fake


@pytest.fixture
def s3(_server: FakeS3) -> FakeS3:
    """Return S3 in good health and with a clean record; what is stored in it stays."""
    _server.verdict = lambda _method, _path: None
    _server.missing_is_forbidden = False
    _server.seen.clear()
    return _server


@pytest.fixture(scope="session")
def agent(_server: FakeS3, tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningAgent]:
    """Start the agent; it answers without pauses."""
    log = tmp_path_factory.mktemp("agent") / "log"
    with running(log, AWS_ENDPOINT_URL=_server.url) as started:
        yield started


@pytest.fixture
def session() -> str:
    """Make up a conversation nobody has had."""
    return f"{uuid.uuid4().hex}{uuid.uuid4().hex}"


@pytest.fixture
def tenant() -> str:
    """Make up a tenant nobody has seen."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def chat(agent: RunningAgent, session: str) -> Chat:
    """Return a conversation without a data grant."""
    return Chat(url=agent.url, session=session)


@pytest.fixture
def granted(agent: RunningAgent, s3: FakeS3, session: str, tenant: str) -> Chat:
    """Return a conversation with a data grant."""
    assert s3.url
    return Chat(url=agent.url, session=session, grant=grant(tenant))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return where an agent of the test's own writes."""
    return tmp_path / "log"
