"""Our side of HTTP to the Runtime API, against bytes as a server may send them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest

from proxy.lambda_stream.http import Connection, Response, RuntimeApiLost
from proxy.lambda_stream.runtime_api import Failure, RuntimeApi

WAIT_S = 5.0
MORE_THAN_A_KERNEL_HOLDS = 32 * 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@dataclass(kw_only=True, eq=False)
class Scripted:
    """A server that sends these answers, one for each request; `heard` is what it was sent."""

    port: int = 0
    connections: int = 0
    heard: bytes = b""
    writers: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])

    @property
    def authority(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"


@asynccontextmanager
async def scripted(*answers: Sequence[bytes]) -> AsyncGenerator[Scripted]:
    """Serve; each connection has a script of its own, and is closed behind it."""
    told = Scripted()
    scripts = iter(answers)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.connections += 1
        told.writers.append(writer)
        for answer in next(scripts):
            told.heard += await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    told.port = server.sockets[0].getsockname()[1]
    yield told
    server.close()
    for writer in told.writers:
        writer.transport.abort()


async def get(connection: Connection) -> Response:
    return await connection.request("GET", "/", {}, within_s=2)


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        pytest.param(OK, b"hi", id="length"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", id="no content"),
        pytest.param(b"HTTP/1.1 202 Accepted\r\n\r\n", b"", id="no length"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"hi", id="interim"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
            b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nA-Trailer: 1\r\n\r\n",
            b"abc0123456789",
            id="chunks",
        ),
    ],
)
async def test_an_answer_is_read_however_it_is_framed(raw: bytes, body: bytes) -> None:
    async with scripted([raw, OK]) as server:
        connection = Connection(server.authority)
        assert (await get(connection)).body == body
        # And no further: the next answer begins where this one ends.
        assert (await get(connection)).body == b"hi"
        connection.close()

    assert server.connections == 1


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", id="half a head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", id="half a body"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n", id="an older version"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.1 two OK\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", id="no number"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, id="a head without an end"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="no chunk"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n",
            id="chunks without an end",
        ),
    ],
)
async def test_anything_else_is_a_lost_runtime_api_and_the_next_call_begins_anew(
    raw: bytes,
) -> None:
    async with scripted([raw], [OK]) as server:
        connection = Connection(server.authority)
        with pytest.raises(RuntimeApiLost):
            await get(connection)
        assert (await get(connection)).body == b"hi"
        connection.close()


async def test_nobody_there_is_a_lost_runtime_api() -> None:
    async with scripted() as server:
        pass

    with pytest.raises(RuntimeApiLost, match="connecting"):
        await get(Connection(server.authority))


async def test_an_answer_that_does_not_come_is_not_waited_for() -> None:
    async with scripted([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", OK]) as server:
        with pytest.raises(RuntimeApiLost, match="TimeoutError"):
            await Connection(server.authority).request("GET", "/", {}, within_s=0.01)


async def test_a_connection_that_is_said_to_close_is_not_used_again() -> None:
    closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    async with scripted([closing, OK], [OK]) as server:
        connection = Connection(server.authority)
        await get(connection)
        assert not connection.is_open
        await get(connection)
        connection.close()

    assert server.connections == 2


async def test_a_connection_that_was_closed_meanwhile_is_not_used_again() -> None:
    async with scripted([OK], [OK]) as server:
        connection = Connection(server.authority)
        await get(connection)
        assert connection._reader is not None
        async with asyncio.timeout(2):
            # The end has come, and nobody has asked for anything since.
            assert await connection._reader.read() == b""
        await get(connection)
        connection.close()

    assert server.connections == 2


async def test_who_is_cancelled_leaves_no_connection_behind() -> None:
    async with scripted([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", OK]) as server:
        connection = Connection(server.authority)
        asking = asyncio.ensure_future(connection.request("GET", "/", {}, within_s=None))
        while not server.heard:
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert not connection.is_open


async def test_a_request_is_written_as_http_has_it() -> None:
    async with scripted([OK, OK]) as server:
        connection = Connection(server.authority)
        await get(connection)
        await connection.request("POST", "/path", {"A": "1"}, b"", within_s=2)
        connection.close()

    assert server.heard == (
        b"GET / HTTP/1.1\r\nHost: %(at)b\r\n\r\n"
        b"POST /path HTTP/1.1\r\nHost: %(at)b\r\nA: 1\r\nContent-Length: 0\r\n\r\n"
    ) % {b"at": server.authority.encode()}


async def test_an_answer_before_the_bodys_end_is_known() -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
    async with scripted([refusal, OK], [OK]) as server:
        connection = Connection(server.authority)
        upload = await connection.upload("/", {})
        async with asyncio.timeout(2):
            assert (await upload.answer).status == 413
        upload.close()
        connection.close()


async def test_a_refusal_is_a_failure_whenever_it_comes() -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"
    async with scripted([refusal], [refusal]) as server, asyncio.timeout(WAIT_S):
        connection = Connection(server.authority)
        early = await connection.upload("/", {})
        await early.answer
        in_time = await connection.upload("/", {})
        for upload in (early, in_time):
            with pytest.raises(RuntimeApiLost, match="413"):
                await upload.end(None, within_s=WAIT_S)
        connection.close()


@asynccontextmanager
async def deaf(says: asyncio.Event) -> AsyncGenerator[str]:
    """Serve: the first request is answered when `says` is set, and its body never read."""
    over, connections = asyncio.Event(), count(1)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(connections) == 1
        await reader.readuntil(b"\r\n\r\n")
        await says.wait()
        writer.write(b"HTTP/1.1 202 Accepted\r\n\r\n" if first else OK)
        await over.wait()
        writer.transport.abort()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        over.set()
        server.close()


async def test_an_early_answer_frees_whoever_still_writes_and_nothing_goes_behind_half_a_body() -> (
    None
):
    says = asyncio.Event()
    async with deaf(says) as authority, asyncio.timeout(WAIT_S):
        connection = Connection(authority)
        upload = await connection.upload("/", {})
        writing = asyncio.ensure_future(upload.write(bytes(MORE_THAN_A_KERNEL_HOLDS)))
        await asyncio.wait({writing}, timeout=0.05)
        assert not writing.done()
        says.set()
        await writing
        with pytest.raises(ConnectionError):
            await upload.write(b"x")
        assert (await get(connection)).body == b"hi"
        connection.close()


async def test_an_end_that_is_not_taken_costs_the_connection_though_there_is_an_answer() -> None:
    says = asyncio.Event()
    async with deaf(says) as authority, asyncio.timeout(WAIT_S):
        connection = Connection(authority)
        upload = await connection.upload("/", {})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await upload.write(bytes(MORE_THAN_A_KERNEL_HOLDS))
        ending = asyncio.ensure_future(upload.end(None, within_s=WAIT_S))
        await asyncio.sleep(0)
        says.set()
        await asyncio.wait({upload.answer})
        ending.cancel()
        await asyncio.wait({ending})
        assert upload.answer.result().status == 202
        assert (await get(connection)).body == b"hi"
        connection.close()


async def test_a_body_that_is_given_up_leaves_nobody_waiting_for_its_answer() -> None:
    async with scripted([OK]) as server:
        connection = Connection(server.authority)
        upload = await connection.upload("/", {})
        upload.close()
        await asyncio.wait({upload.answer}, timeout=2)

    assert upload.answer.cancelled()
    assert not connection.is_open


@pytest.mark.parametrize("missing", ["Lambda-Runtime-Aws-Request-Id", "Lambda-Runtime-Deadline-Ms"])
async def test_an_event_without_its_id_or_its_deadline_is_not_taken(missing: str) -> None:
    lines = {"Lambda-Runtime-Aws-Request-Id: a", "Lambda-Runtime-Deadline-Ms: 1"}
    named = "\r\n".join(line for line in lines if not line.startswith(missing))
    answer = f"HTTP/1.1 200 OK\r\n{named}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    async with scripted([answer]) as server:
        api = RuntimeApi(server.authority)
        with pytest.raises(RuntimeApiLost):
            await api.next()
        api.close()


async def test_a_failure_says_in_its_head_what_it_is() -> None:
    async with scripted([b"HTTP/1.1 202 Accepted\r\n\r\n"]) as server:
        api = RuntimeApi(server.authority)
        await api.fail_to_start(Failure(kind="SomeError", message="It failed."))
        api.close()

    assert b"\r\nContent-Type: application/json\r\n" in server.heard
    assert b"\r\nLambda-Runtime-Function-Error-Type: SomeError\r\n" in server.heard


async def test_a_new_connection_that_fails_is_not_tried_again() -> None:
    async with scripted([b"nonsense\r\n\r\n"], [OK]) as server:
        with pytest.raises(RuntimeApiLost):
            await RuntimeApi(server.authority).next()

    assert server.connections == 1


def test_an_authority_without_a_port_is_that_of_http() -> None:
    assert Connection("runtime")._port == 80
