"""Which requests a connection takes for none: for whom, in what version, in which coding."""

import pytest

from bff.connection import Connection
from fakes.served_line import GET, Asked, ServedLine

POST = b"POST /a HTTP/1.1\r\nHost: localhost\r\n"

NO_HOSTS = {
    "none": b"",
    "two": b"Host: localhost\r\nHost: localhost\r\n",
    "two, one of them of no name": b"Host:\r\nhost: localhost\r\n",
    "a list": b"Host: localhost,example.org\r\n",
    "with somebody's name": b"Host: alice@localhost\r\n",
    "with a path": b"Host: localhost/a\r\n",
    "with a query": b"Host: localhost?a\r\n",
    "with a scheme": b"Host: http://localhost\r\n",
    "with a blank": b"Host: local host\r\n",
    "with a tab": b"Host: local\thost\r\n",
    "with high bytes": b"Host: localh\xc3\xb6st\r\n",
    "with a name for a port": b"Host: localhost:http\r\n",
    "with two ports": b"Host: localhost:1:2\r\n",
    "a bracket": b"Host: [::1\r\n",
}
"""What llhttp, and so uvicorn, takes all the same."""

HOSTS = [
    b"",
    b"localhost",
    b" localhost:8000\t ",
    b"192.0.2.1:8000",
    b"[2001:db8::1]:443",
    b"my_bff-1.example.org.:",
    b"xn--bcher-kva.example",
]


@pytest.mark.parametrize("hosts", NO_HOSTS.values(), ids=NO_HOSTS)
@pytest.mark.parametrize("target", [b"/a", b"http://localhost/a"])
async def test_a_request_for_no_host_or_for_two_is_refused(hosts: bytes, target: bytes) -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(b"GET %b HTTP/1.1\r\n%b\r\n" % (target, hosts))

    assert app.requests == []
    assert line.sent.startswith(b"HTTP/1.1 400 ")
    assert line.outlet.closed


@pytest.mark.parametrize("host", HOSTS)
async def test_whatever_can_be_a_host_is_one(host: bytes) -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(GET.replace(b" localhost", host) * 2)

    assert app.requests == [("/a", b"")] * 2


async def test_http_1_0_may_ask_without_a_host() -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(b"GET /a HTTP/1.0\r\n\r\n")

    assert app.requests == [("/a", b"")]


@pytest.mark.parametrize("version", [b"HTTP/0.9", b"HTTP/2.0", b"HTTP/3.0", b"HTTP/1.2"])
async def test_a_version_that_is_not_spoken_here_is_refused(version: bytes) -> None:
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(GET.replace(b"HTTP/1.1", version))

    assert (app.requests, line.outlet.closed) == ([], True)


@pytest.mark.parametrize(
    "codings",
    [
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: ,chunked\r\n",
        b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    ],
)
async def test_a_body_in_a_coding_that_is_not_known_is_refused(codings: bytes) -> None:
    """The parser reads it as chunks of whatever, and the application as if it were plain."""
    app = Asked()
    line = ServedLine(Connection, app)
    await line.says(POST + codings + b"\r\n2\r\nok\r\n0\r\n\r\n")

    assert app.requests == []
    assert line.sent.startswith(b"HTTP/1.1 400 ")
    assert line.outlet.closed
