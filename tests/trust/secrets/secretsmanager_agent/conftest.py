"""The agent beside the process on loopback, and the way to it."""

import ssl
from collections.abc import AsyncIterator, Iterator

import pytest

from contracts.secret_source import VALUE
from fakes.secret_source import KnownSecrets
from fakes.secretsmanager_agent import PLACE, TOKEN, TOKEN_AT, Agent, running
from trust.secrets.secretsmanager_agent import SecretsManagerAgentSource
from trust.wire.client import LeanWire


@pytest.fixture
def agent() -> Iterator[Agent]:
    """Serve one that has VALUE."""
    with running() as agent:
        agent.put(PLACE.path, VALUE, "v1")
        yield agent


@pytest.fixture
async def wire() -> AsyncIterator[LeanWire]:
    wire = LeanWire(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    yield wire
    await wire.close()


@pytest.fixture
def tokens() -> KnownSecrets:
    return KnownSecrets({"TOKEN": TOKEN})


@pytest.fixture
def source(agent: Agent, wire: LeanWire, tokens: KnownSecrets) -> SecretsManagerAgentSource:
    return SecretsManagerAgentSource(wire, address=agent.url, token=TOKEN_AT, tokens=tokens)
