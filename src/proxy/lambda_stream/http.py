"""HTTP/1.1 to the Runtime API: one kept connection, bodies that are sent while they come to be.

Ours, since no client of Python's can send a chunked body with trailers (RFC 9112 §7.1), and a cold
start pays for each module. The peer is Lambda itself, on this machine: no TLS, no redirects.
"""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

CONNECT_TIMEOUT_S = 5.0
"""How long connecting may take; the Runtime API listens before the process is started."""

_LONGEST_HEAD = 64 * 1024

_FAILURES = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError)


class RuntimeApiLost(Exception):
    """The Runtime API cannot be reached, or does not answer in HTTP/1.1."""


class Response(NamedTuple):
    """A complete answer; header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """The connection to the Runtime API, opened at its first use and again after a failure."""

    def __init__(self, authority: str) -> None:
        """`authority`: host and port, as in `AWS_LAMBDA_RUNTIME_API`."""
        self._authority = authority
        host, _, port = authority.rpartition(":")
        self._host, self._port = (host, int(port)) if host else (authority, 80)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        within_s: float | None,
    ) -> Response:
        """Send a request and return its answer; None waits for ever. Raises RuntimeApiLost."""
        framed = {**headers, "Content-Length": str(len(body))} if method != "GET" else headers
        reader, writer = await self._opened()
        try:
            async with asyncio.timeout(within_s):
                writer.write(self._head(method, path, framed) + body)
                await writer.drain()
                return await self._answer(reader)
        except (*_FAILURES, TimeoutError) as error:
            self.close()
            raise RuntimeApiLost(f"{method} {path}: {type(error).__name__}") from error
        except asyncio.CancelledError:
            # Its answer may still come: nothing else may be asked on this connection.
            self.close()
            raise

    async def upload(self, path: str, headers: Mapping[str, str]) -> "Upload":
        """Begin a POST whose body comes piece by piece. Raises RuntimeApiLost."""
        reader, writer = await self._opened()
        writer.write(self._head("POST", path, {**headers, "Transfer-Encoding": "chunked"}))
        return Upload(self, writer, asyncio.ensure_future(self._answer(reader)))

    @property
    def is_open(self) -> bool:
        """Whether the next request goes out on a connection that was used before."""
        return self._writer is not None

    def close(self) -> None:
        """Drop the connection; the next use opens another."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    def _head(self, method: str, path: str, headers: Mapping[str, str]) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._authority}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = self._reader, self._writer
        if reader is not None and writer is not None:
            if not (reader.at_eof() or writer.is_closing()):
                return reader, writer
            self.close()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                reader, writer = await asyncio.open_connection(
                    self._host, self._port, limit=_LONGEST_HEAD
                )
        except (OSError, TimeoutError) as error:
            raise RuntimeApiLost(f"connecting: {type(error).__name__}") from error
        # `drain` returns when the kernel has everything: what the peer does not read, the
        # application waits for, and no more than its last piece is held here.
        writer.transport.set_write_buffer_limits(high=0)
        self._reader, self._writer = reader, writer
        return reader, writer

    async def _answer(self, reader: asyncio.StreamReader) -> Response:
        """Read one answer. Raises one of `_FAILURES`."""
        status, headers = 100, dict[str, str]()
        while status < 200:  # noqa: PLR2004 what comes before is interim (RFC 9110 §15.2)
            status, headers = _head_of(await reader.readuntil(b"\r\n\r\n"))
        body = await _body(reader, status, headers)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Response(status=status, headers=headers, body=body)


class Upload:
    """A body on its way, in chunks; each leaves at once."""

    def __init__(
        self,
        connection: Connection,
        writer: asyncio.StreamWriter,
        answer: "asyncio.Future[Response]",
    ) -> None:
        self._connection = connection
        self._writer = writer
        self._is_whole = self._is_over = False
        self.answer = answer
        """Done before the body's end, it means that nobody wants the rest."""
        answer.add_done_callback(self._answered)

    def _answered(self, _: "asyncio.Future[Response]") -> None:
        # Early. The peer may read no more: whoever writes would wait for ever, and so would
        # whoever asks the next thing behind half a body.
        if not self._is_whole:
            self._writer.transport.abort()

    async def write(self, piece: bytes) -> None:
        """Send a piece; return when the kernel has it. Raises ConnectionError."""
        # A chunk of length zero would be the end of the body.
        if piece:
            self._writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await self._writer.drain()

    async def end(self, trailers: Mapping[str, str] | None, *, within_s: float) -> Response:
        """Send the end of the body; return the answer. Raises RuntimeApiLost, also if refused."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in (trailers or {}).items())
        try:
            async with asyncio.timeout(within_s):
                if not self.answer.done():
                    self._is_whole = True
                    self._writer.write(b"0\r\n" + lines.encode("latin-1") + b"\r\n")
                    await self._writer.drain()
                answer = await self.answer
            self._is_over = True
        except (*_FAILURES, TimeoutError) as error:
            raise RuntimeApiLost(f"response: {type(error).__name__}") from error
        finally:
            self.close()
        if answer.status >= 300:  # noqa: PLR2004 no success (RFC 9110 §15.3)
            raise RuntimeApiLost(f"response: {answer.status}")
        return answer

    def close(self) -> None:
        """Give it up; what was not taken whole, and answered, takes the connection with it."""
        if not self._is_over:
            self.answer.cancel()
            self._connection.close()


def _head_of(raw: bytes) -> tuple[int, dict[str, str]]:
    """Read status line and headers. Raises ValueError."""
    first, *lines = raw.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if version != "HTTP/1.1":
        raise ValueError("not HTTP/1.1")
    headers: dict[str, str] = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return int(rest[:3]), headers


async def _body(reader: asyncio.StreamReader, status: int, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _chunks(reader)
    if status == 204:  # noqa: PLR2004 No Content (RFC 9110 §15.3.5)
        return b""
    return await reader.readexactly(int(headers.get("content-length", "0")))


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return b"".join(parts)
