"""A keeper, or what stands before it, that sends its answers a byte at a time."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

from fakes.loopback import WAIT_S
from fakes.vault_session import THERE, failed, http_at, read
from trust.secret import Secret
from trust.secrets.source import SecretUnavailable
from trust.secrets.vault.connections import THREADS
from trust.secrets.vault.http import VaultHttp

_ANSWER = b'{"data":{"data":{"a":"1"}}}'
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@dataclass(slots=True)
class Trickling:
    """Answers each connection by endless headers, until it is `well`."""

    listening: socket.socket
    well: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)
    trickling: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def serve(self) -> None:
        """Take connections until there is nobody to take them from."""
        with suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            if self.well.is_set():
                connection.sendall(_HEAD % len(_ANSWER) + _ANSWER)
                return
            self.trickling += 1
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
            while not self.ended.wait(0.01):
                connection.sendall(b"a")


@contextmanager
def trickling() -> Generator[Trickling]:
    """Serve one."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Trickling(listening)
        thread = Thread(target=server.serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(WAIT_S)


async def _is_answered(http: VaultHttp) -> bool:
    try:
        return bool(await http.ask(read, Secret("hvs.one"), THERE))
    except SecretUnavailable:
        return False


async def test_answers_that_never_end_take_no_thread_for_good() -> None:
    """Their deadline is for the whole of an exchange: for each pause, a byte a second is enough."""
    with trickling() as server:
        http = http_at(server.url, timeout_s=0.1)
        try:
            for _ in range(THREADS + 1):
                await failed(http, Secret("hvs.one"))
            server.well.set()
            async with asyncio.timeout(WAIT_S / 2):
                while not await _is_answered(http):
                    await asyncio.sleep(0)
        finally:
            await http.close()

    assert server.trickling >= THREADS
