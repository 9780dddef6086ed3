"""A Vault that is not there, or takes its time."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import pytest

from fakes.loopback import WAIT_S, Call, Reply, serving
from fakes.scripted_vault import SECRET, ScriptedVault
from fakes.vault_session import failed, http_at
from trust.secrets.vault.connections import connections
from trust.secrets.vault.failures import Lost


async def test_a_vault_that_is_not_there_is_an_outage() -> None:
    with serving(lambda _: Reply()) as url:
        pass
    http = http_at(url)

    assert type(await failed(http)) is Lost
    await http.close()


async def test_a_vault_that_hangs_is_an_outage_in_time(scripted: ScriptedVault) -> None:
    ended = Event()

    def hang(_: Call) -> Reply:
        ended.wait(WAIT_S)
        return Reply()

    scripted.said[SECRET] = hang
    http = http_at(scripted.url, timeout_s=0.05)
    try:
        # By our own deadline or by requests', whichever is first.
        assert type(await asyncio.wait_for(failed(http), WAIT_S / 2)) is Lost
    finally:
        ended.set()
        await http.close()


async def test_an_answer_that_trickles_in_gives_its_thread_back() -> None:
    """A timeout of requests is for each pause: one byte in each would hold a thread for days."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sent = 0
        ended = Event()

        def trickle() -> None:
            nonlocal sent
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                try:
                    while not ended.wait(0.01):
                        connection.sendall(b" ")
                        sent += 1
                except OSError:
                    ended.set()

        thread = Thread(target=trickle)
        thread.start()
        http = http_at(f"http://127.0.0.1:{listening.getsockname()[1]}", timeout_s=0.1)
        assert type(await failed(http)) is Lost
        assert await asyncio.to_thread(ended.wait, WAIT_S)
        thread.join(WAIT_S)
        await http.close()
    assert sent < 1000


@contextmanager
def trickling_headers() -> Iterator[str]:
    """Serve one answer whose headers never end, and none of whose pauses is long."""
    ended = Event()

    def trickle() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
            while not ended.wait(0.01):
                connection.sendall(b"a")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=trickle)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            ended.set()
            thread.join(WAIT_S)


async def test_headers_that_trickle_in_keep_nobody_waiting() -> None:
    """No timeout of requests ends this."""
    with trickling_headers() as url:
        http = http_at(url, timeout_s=0.1)
        try:
            assert "0.1 s" in str(await asyncio.wait_for(failed(http), WAIT_S / 2))
        finally:
            await http.close()


def test_headers_that_were_cut_are_no_answer() -> None:
    """http.client takes them for one, whole and without a body."""
    with trickling_headers() as url, connections(0.1, None) as session, pytest.raises(TimeoutError):
        session.get(url)
