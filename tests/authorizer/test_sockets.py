"""One connection: kept while it is good, given up in time, and TLS that is verified."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import pytest

from authorizer.framing import Answer
from authorizer.sockets import IDLE_S, Connection
from fakes.clock import StoppedClock
from fakes.wire.authority import Authority
from trust.aws.message import Lost

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
WAIT_S = 5.0

Script = Callable[[socket.socket], None]


class Server:
    """Plays a script with each who connects, in a thread of its own; counts them."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.thread = Thread(target=self._accept)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                self.connections += 1
                peer.settimeout(WAIT_S)
                with peer, suppress(OSError):
                    self._script(peer)

    def close(self) -> None:
        """Accept nobody any more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.thread.join(WAIT_S)


@contextmanager
def playing(script: Script) -> Iterator[Server]:
    server = Server(script)
    server.thread.start()
    try:
        yield server
    finally:
        server.close()


def asked(peer: socket.socket) -> bool:
    """Take a request; tell whether one came."""
    have = b""
    while b"\r\n\r\n" not in have:
        more = peer.recv(1000)
        if not more:
            return False
        have += more
    return True


def kind(peer: socket.socket) -> None:
    """Answer as long as somebody asks."""
    while asked(peer):
        peer.sendall(FINE)


def ask(connection: Connection, *, within_s: float = WAIT_S, limit: int = 100) -> Answer | Lost:
    return connection.exchange(REQUEST, within_s=within_s, limit=limit)


@pytest.fixture
def clock() -> StoppedClock:
    """Stop the time."""
    return StoppedClock()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return an authority that nobody else believes."""
    return Authority(tmp_path_factory.mktemp("authority"))


def test_a_connection_is_kept(clock: StoppedClock) -> None:
    with playing(kind) as server:
        connection = Connection("127.0.0.1", server.port, clock, tls=False)
        for _ in range(3):
            clock.advance(IDLE_S - 1)
            answer = ask(connection)
            assert isinstance(answer, Answer)
            assert answer.body == b"{}"
        connection.close()

    assert server.connections == 1


def test_one_that_waited_too_long_is_not_used_again(clock: StoppedClock) -> None:
    """A function that was frozen would learn only by waiting that it is gone."""
    with playing(kind) as server:
        connection = Connection("127.0.0.1", server.port, clock, tls=False)
        ask(connection)
        clock.advance(IDLE_S)
        assert isinstance(ask(connection), Answer)
        connection.close()

    assert server.connections == 2


def test_one_that_the_peer_ends_is_not_used_again(clock: StoppedClock) -> None:
    def once(peer: socket.socket) -> None:
        asked(peer)
        peer.sendall(LAST)

    with playing(once) as server:
        connection = Connection("127.0.0.1", server.port, clock, tls=False)
        assert [type(ask(connection)) for _ in range(3)] == [Answer] * 3

    assert server.connections == 3


def test_one_that_the_peer_has_closed_silently_is_not_used_again(clock: StoppedClock) -> None:
    closed = Event()

    def once(peer: socket.socket) -> None:
        asked(peer)
        peer.sendall(FINE)
        peer.close()
        closed.set()

    with playing(once) as server:
        connection = Connection("127.0.0.1", server.port, clock, tls=False)
        for _ in range(3):
            assert isinstance(ask(connection), Answer)
            assert closed.wait(WAIT_S)
            closed.clear()
        connection.close()

    assert server.connections == 3


def test_what_nobody_asked_for_ends_a_connection(clock: StoppedClock) -> None:
    """An answer that came before its question would be taken for the next one's."""
    said = Event()

    def talkative(peer: socket.socket) -> None:
        while asked(peer):
            peer.sendall(FINE)
            peer.sendall(FINE.replace(b"{}", b"[]"))
            said.set()

    with playing(talkative) as server:
        connection = Connection("127.0.0.1", server.port, clock, tls=False)
        for _ in range(3):
            said.clear()
            answer = ask(connection)
            assert said.wait(WAIT_S)
            assert isinstance(answer, Answer)
            assert answer.body == b"{}"
        connection.close()

    assert server.connections == 3


def test_nobody_there() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        connection = Connection("127.0.0.1", closed.getsockname()[1], StoppedClock(), tls=False)

        assert ask(connection) == Lost("ConnectionRefusedError", sent=False)


def test_a_name_that_is_none() -> None:
    lost = ask(Connection("a" * 70 + ".example", 80, StoppedClock(), tls=False))

    assert isinstance(lost, Lost)
    assert not lost.sent


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b"garbage\r\n\r\n"]
)
def test_an_answer_that_is_none_was_lost(clock: StoppedClock, said: bytes) -> None:
    def play(peer: socket.socket) -> None:
        asked(peer)
        peer.sendall(said)

    with playing(play) as server:
        lost = ask(Connection("127.0.0.1", server.port, clock, tls=False))

    assert isinstance(lost, Lost)
    assert lost.sent


def test_an_answer_that_is_too_large_was_lost(clock: StoppedClock) -> None:
    with playing(kind) as server:
        lost = ask(Connection("127.0.0.1", server.port, clock, tls=False), limit=1)

    assert lost == Lost("a body that is too large", sent=True)


def test_silence_ends() -> None:
    ended = Event()

    def silent(peer: socket.socket) -> None:
        asked(peer)
        ended.wait(WAIT_S)

    with playing(silent) as server:
        connection = Connection("127.0.0.1", server.port, StoppedClock(), tls=False)
        assert ask(connection, within_s=0.02) == Lost("TimeoutError", sent=True)
        ended.set()


def test_what_drips_in_ends_all_the_same(clock: StoppedClock) -> None:
    """A socket's own time-out would begin anew with every byte."""
    ended = Event()

    def drip(peer: socket.socket) -> None:
        asked(peer)
        clock.advance(10)
        peer.sendall(FINE[:-1])
        ended.wait(WAIT_S)

    with playing(drip) as server:
        lost = ask(Connection("127.0.0.1", server.port, clock, tls=False), within_s=10)
        ended.set()

    assert lost == Lost("an answer that is too slow", sent=True)


# -- TLS


@contextmanager
def over_tls(context: ssl.SSLContext) -> Iterator[Server]:
    def script(peer: socket.socket) -> None:
        with suppress(ssl.SSLError), context.wrap_socket(peer, server_side=True) as tls:
            kind(tls)

    with playing(script) as server:
        yield server


def test_tls_is_spoken_with_whom_one_believes(authority: Authority, clock: StoppedClock) -> None:
    with over_tls(authority.good()) as server:
        connection = Connection(
            "127.0.0.1", server.port, clock, tls=True, ca_file=str(authority.file)
        )
        found = [ask(connection) for _ in range(2)]
        clock.advance(IDLE_S)
        found.append(ask(connection))
        connection.close()

    assert [type(one) for one in found] == [Answer] * 3
    assert server.connections == 2


def test_tls_is_not_spoken_with_strangers(authority: Authority, clock: StoppedClock) -> None:
    with over_tls(authority.good()) as server:
        lost = ask(Connection("127.0.0.1", server.port, clock, tls=True))

    kind = "SSLCertVerificationError: unable to get local issuer certificate"
    assert lost == Lost(kind, sent=False)


def test_tls_is_not_spoken_with_somebody_of_another_name(
    authority: Authority, clock: StoppedClock
) -> None:
    with over_tls(authority.of_another()) as server:
        connection = Connection(
            "127.0.0.1", server.port, clock, tls=True, ca_file=str(authority.file)
        )
        lost = ask(connection)

    assert isinstance(lost, Lost)
    assert "not valid for '127.0.0.1'" in lost.kind
    assert not lost.sent
