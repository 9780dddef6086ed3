"""What is sent: exactly the call, or nothing of it."""

import pytest

from fakes.wire.calls import came, get
from fakes.wire.scripted import Peer, scripted
from trust.wire.call import Broken, Outgoing, Unreachable, Wire
from trust.wire.framing import (
    Body,
    Origin,
    body_of,
    destination,
    field_lines,
    has_controls,
    head_of,
    kept_s,
)


def call(url: str = "http://HOST/", method: str = "GET", **headers: str) -> Outgoing:
    """Return a call; "_" in a header's name stands for "-"."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Outgoing(method=method, url=url, headers=named, body=b"")


def sent(outgoing: Outgoing) -> bytes:
    """Return what a call sends before its body."""
    return head_of(outgoing, destination(outgoing.url))


@pytest.mark.parametrize(
    ("url", "origin", "line", "host"),
    [
        pytest.param(
            "https://A.example/b%2Fc?d=e%20f&g",
            Origin("a.example", 443, tls=True),
            "GET /b%2Fc?d=e%20f&g HTTP/1.1",
            "host: a.example",
            id="path and query as they are",
        ),
        pytest.param(
            "http://a.example:8080",
            Origin("a.example", 8080, tls=False),
            "GET / HTTP/1.1",
            "host: a.example:8080",
            id="no path",
        ),
        pytest.param(
            "https://a.example:443/?q#part",
            Origin("a.example", 443, tls=True),
            "GET /?q HTTP/1.1",
            "host: a.example",
            id="a part stays at home, a usual port is not spelled",
        ),
        pytest.param(
            "http://[::1]:80/",
            Origin("::1", 80, tls=False),
            "GET / HTTP/1.1",
            "host: [::1]",
            id="an address of IPv6",
        ),
    ],
)
def test_a_url_is_taken_apart_and_not_changed(
    url: str, origin: Origin, line: str, host: str
) -> None:
    place = destination(url)

    assert place.origin == origin
    assert sent(call(url)).decode().split("\r\n")[:2] == [line, host]


async def test_a_call_arrives_as_it_was_given(wire: Wire) -> None:
    heads: list[list[bytes]] = []

    async def script(peer: Peer) -> None:
        heads.append((await peer.request()).split(b"\r\n"))
        await peer.say(b"HTTP/1.1 204 No Content\r\n\r\n")

    headers = {"X-One": "a", "x-two": "b, \xe9\t:"}
    async with scripted(script) as server:
        url = f"{server.url}a%2Fb?c=d"
        await came(wire, Outgoing(method="POST", url=url, headers=headers, body=b"asked"))

    first, *lines, end, body = heads[0]
    named = dict(line.split(b": ", 1) for line in lines)
    assert (first, end, body) == (b"POST /a%2Fb?c=d HTTP/1.1", b"", b"asked")
    assert {name.lower(): value for name, value in named.items()} == {
        b"host": server.url.split("/")[2].encode(),
        b"content-length": b"5",
        b"x-one": b"a",
        b"x-two": b"b, \xe9\t:",
    }


HOSTILE = ["\r\n", "\n", "\r", "\0", "\r\nX-Evil: 1", "\n\n", "\r\n\r\nGET /evil HTTP/1.1\r\n\r\n"]
UNSENT = [
    *(pytest.param(call(f"http://HOST/a{evil}b"), id=f"path {evil!r}") for evil in HOSTILE),
    *(pytest.param(call(f"http://HOST/?a{evil}b"), id=f"query {evil!r}") for evil in HOSTILE),
    *(pytest.param(call(f"http://HOST/#a{evil}b"), id=f"part {evil!r}") for evil in HOSTILE),
    *(pytest.param(call(f"{evil}http://HOST/"), id=f"before a URL {evil!r}") for evil in HOSTILE),
    *(pytest.param(call(f"http://HOST/{evil}"), id=f"behind a URL {evil!r}") for evil in HOSTILE),
    *(pytest.param(call(f"ht{evil}tp://HOST/"), id=f"scheme {evil!r}") for evil in HOSTILE),
    *(pytest.param(call(method=f"GET{evil}"), id=f"method {evil!r}") for evil in HOSTILE),
    *(pytest.param(call(**{f"x{evil}": "a"}), id=f"name {evil!r}") for evil in HOSTILE),
    *(pytest.param(call(x=f"a{evil}b"), id=f"value {evil!r}") for evil in HOSTILE),
    *(pytest.param(call(x=f"a{evil}"), id=f"end of a value {evil!r}") for evil in HOSTILE),
    pytest.param(call(x="a\x0bb"), id="a control in a value"),
    pytest.param(call(x="a\x7fb"), id="a delete in a value"),
    pytest.param(call(x="a\u2028b"), id="a value that is no Latin-1"),
    pytest.param(call(x="\u010d\u010a"), id="a value that a careless encoder turns to a line end"),
    pytest.param(call(**{"": "a"}), id="no name"),
    pytest.param(call(**{"x y": "a"}), id="a name with a space"),
    pytest.param(call(**{"x:": "a"}), id="a name with a colon"),
    pytest.param(call(xé="a"), id="a name that is no ASCII"),
    pytest.param(call(method=""), id="no method"),
    pytest.param(call(method="GET /evil HTTP/1.1"), id="a method that is a line"),
    pytest.param(call(method="CONNECT"), id="a tunnel"),
    pytest.param(call(Host="evil.example"), id="another host"),
    pytest.param(call(content_length="0"), id="another length"),
    pytest.param(call(Transfer_Encoding="chunked"), id="another framing"),
    pytest.param(call(connection="x"), id="what is said of the connection"),
    pytest.param(call("http://HOST/a b"), id="a space"),
    pytest.param(call(" http://HOST/"), id="a space before a URL"),
    pytest.param(call("http://HOST/é"), id="a path that is no ASCII"),
    pytest.param(call("http://user@HOST/"), id="a user"),
    pytest.param(call("http://user:pass@HOST/"), id="a user and a password"),
    pytest.param(call("http://HOST:0/"), id="port 0"),
    pytest.param(call("http://HOST:65536/"), id="a port beyond all"),
    pytest.param(call("http://HOST:+80/"), id="a port with a sign"),
    pytest.param(call("http://HOST:x/"), id="a port that is none"),
    pytest.param(call("http://[::1/"), id="half an address"),
    pytest.param(call("http:///a"), id="no host"),
    pytest.param(call("ftp://HOST/"), id="another scheme"),
    pytest.param(call("//HOST/"), id="no scheme"),
    pytest.param(call("/a"), id="a path alone"),
    pytest.param(call(""), id="nothing"),
]


@pytest.mark.parametrize("outgoing", UNSENT)
def test_a_call_that_could_be_read_otherwise_is_not_sent(outgoing: Outgoing) -> None:
    with pytest.raises(Unreachable):
        sent(outgoing)


@pytest.mark.parametrize(
    "outgoing",
    [
        pytest.param(call("http://HOST/a\r\nb"), id="URL"),
        pytest.param(call(method="GET\r\n"), id="method"),
        pytest.param(call(x="a\r\nX-Evil: 1"), id="header"),
    ],
)
async def test_nobody_is_connected_to_for_such_a_call(wire: Wire, outgoing: Outgoing) -> None:
    heads: list[bytes] = []

    async def script(peer: Peer) -> None:
        heads.append(await peer.head())

    async with scripted(script) as server:
        url = outgoing.url.replace("HOST", server.url.split("/")[2])
        with pytest.raises(Unreachable):
            await wire.open(outgoing._replace(url=url))

        assert (heads, server.connections) == ([], 0)


@pytest.mark.parametrize("around", ["", "plain", 'a "quoted\\" é'])
def test_the_only_control_that_may_be_in_a_value_is_the_tab(around: str) -> None:
    found = {n for n in range(256) if has_controls(f"{around}{chr(n)}{around}")}

    assert found == {*range(32), 127} - {9}


@pytest.mark.parametrize("value", ["secret\r\n", "secret\u20ac", "secret\ud800"])
def test_what_is_said_of_a_value_that_cannot_be_sent_does_not_show_it(value: str) -> None:
    with pytest.raises(ValueError, match="header") as refused:
        field_lines({"a": value})

    assert "secret" not in repr(refused.value)
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_headers_go_out_in_their_order_each_on_a_line() -> None:
    assert field_lines({"b": "1", "A": "x y"}) == b"b: 1\r\nA: x y\r\n"
    assert field_lines({}) == b""


async def test_what_was_refused_leaves_the_wire_as_it_was(wire: Wire) -> None:
    async def script(peer: Peer) -> None:
        while True:
            await peer.answer(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with scripted(script) as server:
        await came(wire, get(server.url))
        with pytest.raises(Unreachable):
            await wire.open(get(server.url, x="a\r\nb"))
        await came(wire, get(server.url))

        assert server.connections == 1


LENGTH, CHUNKED = {"content-length": "5"}, {"transfer-encoding": "Chunked"}


@pytest.mark.parametrize(
    ("method", "status", "version", "headers", "body"),
    [
        pytest.param("GET", 200, "1.1", LENGTH, Body(5, chunked=False), id="length"),
        pytest.param("GET", 200, "1.0", LENGTH, Body(5, chunked=False), id="length of HTTP/1.0"),
        pytest.param("GET", 200, "1.1", CHUNKED, Body(None, chunked=True), id="chunks"),
        pytest.param("GET", 200, "1.1", {}, Body(None, chunked=False), id="until closed"),
        pytest.param("GET", 204, "1.1", LENGTH, Body(0, chunked=False), id="204"),
        pytest.param("GET", 304, "1.1", CHUNKED, Body(0, chunked=False), id="304"),
        pytest.param("HEAD", 200, "1.1", LENGTH, Body(0, chunked=False), id="HEAD"),
    ],
)
def test_a_body_ends_by_the_first_rule_that_applies(
    method: str, status: int, version: str, headers: dict[str, str], body: Body
) -> None:
    assert body_of(method, status, version, headers) == body


@pytest.mark.parametrize(
    ("version", "headers"),
    [
        pytest.param("1.1", LENGTH | CHUNKED, id="both"),
        pytest.param("1.0", CHUNKED, id="chunks of HTTP/1.0"),
        pytest.param("1.1", {"transfer-encoding": "chunked, chunked"}, id="twice"),
        pytest.param("1.1", {"transfer-encoding": ""}, id="nothing"),
        pytest.param("1.1", {"content-length": "5, 5"}, id="a list"),
        pytest.param("1.1", {"content-length": "\u0665"}, id="a digit of another script"),
    ],
)
@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("GET", 204), ("HEAD", 200)])
def test_a_body_of_two_lengths_is_refused_even_where_there_is_none(
    method: str, status: int, version: str, headers: dict[str, str]
) -> None:
    """The parser refuses most of them before; that it does is not ours to promise."""
    with pytest.raises(Broken):
        body_of(method, status, version, headers)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("timeout=5", 5),
        ("timeout=5, max=100", 5),
        ("max=100,TIMEOUT = 5", 5),
        ('timeout="5"', 5),
        ("timeout=0", 0),
        ("", None),
        ("max=100", None),
        ("timeout", None),
        ("timeout=-5", None),
        ("idletimeout=5", None),
        ("timeout=\u0665", None),
    ],
)
def test_how_long_a_peer_keeps_a_connection_is_what_it_says(said: str, seconds: int | None) -> None:
    assert kept_s(said) == seconds
