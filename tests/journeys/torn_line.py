"""A line between a browser and the BFF that can be torn: TCP, knowing nothing of what passes."""

import socket
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

CHUNK_BYTES = 65_536
CONNECT_S = 10.0


@dataclass(kw_only=True)
class TornLine:
    """The line. Once it is torn nobody gets through until it is mended."""

    port: int
    bff_port: int
    tears: list[bytes] = field(default_factory=list[bytes])
    """Each is looked for in what comes from the BFF; its first half is the last that passes."""
    swallows: list[bytes] = field(default_factory=list[bytes])
    """Each is looked for in what the browser sends; nothing comes back over its connection."""
    refusing: bool = False
    """Whether nobody gets through."""
    _open: set[socket.socket] = field(default_factory=set[socket.socket])
    _lock: Lock = field(default_factory=Lock)

    def cut(self) -> None:
        """Break off everything that is open, and let nobody through."""
        self.refusing = True
        with self._lock:
            for end in self._open:
                _reset(end)

    def mend(self) -> None:
        """Let everybody through again."""
        self.refusing = False

    def carry(self, browser: socket.socket) -> None:
        """Carry one connection, both ways, until either end leaves or it is torn."""
        with closing(browser):
            if self.refusing:
                _reset(browser)
                return
            with closing(socket.create_connection(("127.0.0.1", self.bff_port), CONNECT_S)) as bff:
                bff.settimeout(None)
                with self._lock:
                    self._open |= {browser, bff}
                mute = Event()
                up = Thread(target=self._up, args=(browser, bff, mute), daemon=True)
                up.start()
                self._down(bff, browser, mute)
                up.join()
                with self._lock:
                    self._open -= {browser, bff}

    def _up(self, browser: socket.socket, bff: socket.socket, mute: Event) -> None:
        with suppress(OSError):
            while chunk := browser.recv(CHUNK_BYTES):
                if self.swallows and self.swallows[0] in chunk:
                    del self.swallows[0]
                    mute.set()
                bff.sendall(chunk)
        _closed(bff)

    def _down(self, bff: socket.socket, browser: socket.socket, mute: Event) -> None:
        seen = b""
        with suppress(OSError):
            while chunk := bff.recv(CHUNK_BYTES):
                if mute.is_set():
                    continue
                before, seen = len(seen), seen + chunk
                wanted = self.tears[0] if self.tears else b""
                at = seen.find(wanted) if wanted else -1
                if at < 0:
                    browser.sendall(chunk)
                    continue
                del self.tears[0]
                browser.sendall(chunk[: max(0, at + len(wanted) // 2 - before)])
                self.cut()
                break
        for end in (browser, bff):
            _closed(end)


def _closed(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


def _reset(end: socket.socket) -> None:
    """Break a connection off as a network does: by nothing that says that it is over."""
    with suppress(OSError):
        # Linger for no time: RST in the place of FIN.
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    _closed(end)


@contextmanager
def torn_line(bff_port: int) -> Generator[TornLine]:
    """Listen in front of a BFF."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        line = TornLine(port=listening.getsockname()[1], bff_port=bff_port)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    browser, _ = listening.accept()
                    Thread(target=line.carry, args=(browser,), daemon=True).start()

        accepting = Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield line
        finally:
            line.cut()
            _closed(listening)
            accepting.join()
