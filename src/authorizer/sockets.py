"""One connection to one origin, for a program that does one thing at a time.

TLS is always verified; no redirect is followed, nothing is decoded, and no proxy named in the
environment comes between.
"""

import select
import socket
from typing import TYPE_CHECKING, cast

from authorizer.framing import Answer, AnswerMalformed, answer
from trust.aws.message import Lost
from trust.clock import Clock, Instant, elapsed_s, instant

if TYPE_CHECKING:
    import ssl

IDLE_S = 20.0
"""How long a connection is used after its last answer. A function that was frozen may find its
connection dropped on the way, and would learn that only by waiting."""

_CHUNK_BYTES = 65_536


class Connection:
    """A connection that is opened for the first exchange and kept for the next."""

    def __init__(
        self, host: str, port: int, clock: Clock, *, tls: bool, ca_file: str | None = None
    ) -> None:
        """`ca_file`: whom to believe; None for the machine's own authorities."""
        self._address = host, port
        self._clock = clock
        self._verifies = tls
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | None = None
        self._socket: socket.socket | None = None
        self._freed: Instant | None = None

    def exchange(self, request: bytes, *, within_s: float, limit: int) -> Answer | Lost:
        """Send a request; return its answer, of at most `limit` bytes, or how it was lost."""
        deadline = self._clock.monotonic() + within_s
        kept = self._still_good()
        if kept is None:
            try:
                kept = self._opened(within_s)
            except (OSError, ValueError) as error:
                # ssl.SSLError is an OSError. ValueError: a name that no name look-up takes.
                from trust.wire.tls import unconnected

                return Lost(unconnected(error), sent=False)
        try:
            found = self._asked(kept, request, deadline, limit)
        except (OSError, AnswerMalformed) as error:
            kept.close()
            return Lost(
                str(error) if isinstance(error, AnswerMalformed) else type(error).__name__,
                sent=True,
            )
        if found.reusable:
            self._socket, self._freed = kept, instant(self._clock)
        else:
            kept.close()
        return found

    def close(self) -> None:
        """Close what is kept."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _asked(self, peer: socket.socket, request: bytes, deadline: float, limit: int) -> Answer:
        def within() -> float:
            # A time-out begins anew with every byte that drips in, so it is what is left of all.
            left_s = deadline - self._clock.monotonic()
            if left_s <= 0:
                raise AnswerMalformed("an answer that is too slow")
            return left_s

        def more() -> bytes:
            peer.settimeout(within())
            return peer.recv(_CHUNK_BYTES)

        peer.settimeout(within())
        peer.sendall(request)
        return answer(more, limit=limit)

    def _still_good(self) -> socket.socket | None:
        """Take the kept connection, unless it is old or the peer has had something to say."""
        kept, self._socket = self._socket, None
        if kept is None or self._freed is None:
            return None
        silent = not select.select([kept], [], [], 0)[0]
        if silent and elapsed_s(self._freed, self._clock) < IDLE_S:
            return kept
        kept.close()
        return None

    def _opened(self, within_s: float) -> socket.socket:
        host, port = self._address
        # As bytes: for a text Python loads the tables of international names first.
        name = host.encode() if host.isascii() else host
        place = cast("tuple[str, int]", (name, port))
        plain = socket.create_connection(place, timeout=within_s)
        # Small requests must not wait for the acknowledgement of others.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._verifies:
            return plain
        try:
            return self._context().wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

    def _context(self) -> "ssl.SSLContext":
        if self._tls is None:
            # Here, since a test's or a neighbour's plain connection has no use for it.
            import ssl

            self._tls = ssl.create_default_context(cafile=self._ca_file)
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls
