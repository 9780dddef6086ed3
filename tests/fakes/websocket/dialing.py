"""Lines to agents of a test."""

import asyncio
import ssl

import pytest

from fakes.proxy.asgi import WAIT_S
from proxy.websocket import line
from proxy.websocket.line import Handshake, Line
from proxy.websocket.websockets import WebsocketsDialer

HEADERS = {"Authorization": "AWS4-HMAC-SHA256 signed", "X-Amz-Date": "20261121T000000Z"}


def no_tls() -> ssl.SSLContext:
    """Fail the test: nobody asked for TLS."""
    raise AssertionError("nothing is encrypted here")


def to(origin: str, *subprotocols: str) -> Handshake:
    """Return a handshake with an agent at an origin."""
    url = origin.replace("http", "ws", 1) + "/runtimes/arn%3Aaws%3Ax%2Fy/ws?qualifier=DEFAULT"
    return Handshake(url=url, headers=HEADERS, subprotocols=subprotocols)


async def dialed(origin: str, *subprotocols: str) -> Line:
    """Open a line."""
    async with asyncio.timeout(WAIT_S):
        return await WebsocketsDialer(tls=no_tls).open(to(origin, *subprotocols))


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up peers that answer no close after a moment already."""
    monkeypatch.setattr(line, "CLOSE_TIMEOUT_S", 0.05)
