"""An account of moto's, in a process of its own: moto's memory in ours is other tests' business."""

from collections.abc import Generator, Mapping

import httpx
import pytest

from proof.emulated import emulated_aws


@pytest.fixture(scope="session")
def emulated() -> Generator[Mapping[str, str]]:
    with emulated_aws() as settings:
        yield settings


@pytest.fixture
def empty_account(emulated: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Return an account with nothing in it."""
    for name, value in emulated.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    httpx.post(f"{emulated['AWS_ENDPOINT_URL']}/moto-api/reset").raise_for_status()
