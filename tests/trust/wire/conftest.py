"""Both adapters of the wire, both event loops, with TLS and without: what all tests here share."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import pytest
import uvloop

from fakes.loop_time import LoopTime, stopped
from fakes.wire.authority import Authority
from fakes.wire.scripted import Script, Scripted, Serve, scripted
from trust.wire.call import Wire
from trust.wire.client import LeanWire
from trust.wire.http import HttpxWire

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
"""The service runs on uvloop, its Lambda and its tools on asyncio: their transports differ."""


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run each test on both event loops; uvloop's clock cannot be stopped."""
    names: Sequence[str] = getattr(item, "fixturenames", ())
    return {"asyncio": LOOPS["asyncio"]} if "time" in names else LOOPS


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that the wire believes."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def believers(authority: Authority) -> ssl.SSLContext:
    """What the wire believes."""
    return authority.believers()


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    """Stop the loop's clock."""
    return stopped(monkeypatch)


@pytest.fixture
async def lean(believers: ssl.SSLContext) -> AsyncGenerator[LeanWire]:
    """Our own client."""
    wire = LeanWire(believers)
    yield wire
    await wire.close()


@pytest.fixture(params=["lean", "httpx"])
async def wire(request: pytest.FixtureRequest, believers: ssl.SSLContext) -> AsyncGenerator[Wire]:
    """Each adapter."""
    wire: Wire = LeanWire(believers)
    if request.param == "httpx":
        wire = HttpxWire(believers)
    yield wire
    await wire.close()


@pytest.fixture(scope="session")
def shown(authority: Authority) -> ssl.SSLContext:
    """What a good server shows."""
    return authority.good()


@pytest.fixture(params=["plain", "tls"])
def serve(request: pytest.FixtureRequest, shown: ssl.SSLContext) -> Serve:
    """Serve with TLS and without."""
    tls = shown if request.param == "tls" else None

    def served(*scripts: Script) -> AbstractAsyncContextManager[Scripted]:
        return scripted(*scripts, tls=tls)

    return served
