"""Who calls the local data plane in these tests."""

from collections.abc import Generator
from typing import Any

import httpx
import pytest

from agentcore_client.calls import Wire


@pytest.fixture(scope="module")
def agents(shared_gateway: Any) -> Any:
    """Return a client with acme's grant for the agent `hello`."""
    return shared_gateway.client(
        "bedrock-agentcore", shared_gateway.grant("invoke", "hello", "acme")
    )


@pytest.fixture(scope="module")
def wire(shared_gateway: Any) -> Wire:
    return Wire(shared_gateway, shared_gateway.grant("invoke", "hello", "acme"))


@pytest.fixture
def http() -> Generator[httpx.Client]:
    with httpx.Client(timeout=20) as client:
        yield client
