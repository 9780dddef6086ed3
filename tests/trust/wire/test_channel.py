"""TLS below a connection: what is heard above it, and when."""

import asyncio
import ctypes
import ssl
from collections.abc import Callable

import pytest

from fakes.wire.authority import Authority
from fakes.wire.sealed import Above, Sealed
from trust.wire.channel import PIECE_BYTES, SENT_BYTES, Channel

OpenSealed = Callable[[], Sealed]

ROOM_BYTES = 16_384
"""What OpenSSL makes room for where a whole record may come or go."""


@pytest.fixture
def opened(believers: ssl.SSLContext, shown: ssl.SSLContext) -> OpenSealed:
    """Open a channel to a good server."""
    return lambda: Sealed(believers, shown).shaken()


def in_use() -> int:
    """Return the bytes that the process has from its allocator."""

    class Figures(ctypes.Structure):
        _fields_ = tuple((f"at_{place}", ctypes.c_size_t) for place in range(10))

    asked = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if asked is None:
        pytest.skip("this C library does not tell what is in use: that of GNU does")
    asked.restype = Figures
    return int(asked().at_7)


async def test_what_is_said_on_one_side_is_heard_on_the_other(opened: OpenSealed) -> None:
    line = opened()
    line.channel.write(b"a question")

    assert line.read() == b"a question"

    line.channel.data_received(line.said(b"an answer"))

    assert line.above.heard == [b"an answer"]
    assert line.above.transport is line.channel
    await line.channel.secured()


async def test_nothing_that_is_said_goes_out_open(opened: OpenSealed) -> None:
    line = opened()
    line.socket.taken()
    line.channel.write(b"a question")

    assert line.socket.sent
    assert b"question" not in line.socket.sent


async def test_nobody_above_hears_of_a_peer_before_it_is_known(
    believers: ssl.SSLContext, shown: ssl.SSLContext
) -> None:
    line = Sealed(believers, shown)
    line.channel.connection_made(line.socket)
    line.take()
    with pytest.raises(ssl.SSLWantReadError):
        line.server.do_handshake()
    flight = line.given()
    line.channel.data_received(flight[:-1])

    assert line.above.transport is None

    line.channel.data_received(flight[-1:])

    assert line.above.transport is line.channel


@pytest.mark.parametrize(
    "shows",
    [
        pytest.param(Authority.of_another, id="of another name"),
        pytest.param(Authority.expired, id="expired"),
    ],
)
async def test_whoever_is_not_believed_is_told_and_left(
    believers: ssl.SSLContext, authority: Authority, shows: Callable[[Authority], ssl.SSLContext]
) -> None:
    line = Sealed(believers, shows(authority))
    waiting = asyncio.ensure_future(line.channel.secured())
    await asyncio.sleep(0)
    line.shaken()

    with pytest.raises(ssl.SSLCertVerificationError):
        await waiting
    assert line.above.transport is None
    assert line.socket.aborted
    line.take()
    with pytest.raises(ssl.SSLError, match="ALERT"):
        line.server.do_handshake()

    line.channel.connection_lost(None)

    assert line.above.lost == []
    with pytest.raises(ssl.SSLCertVerificationError):
        await line.channel.secured()


async def test_what_comes_along_with_the_end_of_the_handshake_is_heard_at_once(
    believers: ssl.SSLContext, authority: Authority
) -> None:
    """Left until more comes, it would pass for the answer to whatever is asked meanwhile."""
    # In TLS 1.3 the last word of the handshake is the client's.
    older = authority.good()
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    line = Sealed(believers, older).shaken()

    assert line.above.transport is None

    line.channel.data_received(line.given() + line.said(b"an answer"))

    assert line.above.heard == [b"an answer"]
    assert line.above.transport is line.channel


async def test_the_wait_for_a_handshake_ends_with_the_connection(
    believers: ssl.SSLContext, shown: ssl.SSLContext
) -> None:
    line = Sealed(believers, shown)
    line.channel.connection_made(line.socket)
    waiting = asyncio.ensure_future(line.channel.secured())
    await asyncio.sleep(0)
    line.channel.connection_lost(None)

    with pytest.raises(ConnectionResetError):
        await waiting
    with pytest.raises(ConnectionResetError):
        await line.channel.secured()


async def test_a_wait_that_was_given_up_hears_of_no_end(
    believers: ssl.SSLContext, shown: ssl.SSLContext
) -> None:
    line = Sealed(believers, shown)
    line.channel.connection_made(line.socket)
    waiting = asyncio.ensure_future(line.channel.secured())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})

    line.channel.connection_lost(RuntimeError())

    assert waiting.cancelled()


async def test_an_end_that_the_peer_says_is_its_end(opened: OpenSealed) -> None:
    line = opened()
    last = line.said(b"the last word")
    with pytest.raises(ssl.SSLWantReadError):
        line.server.unwrap()
    line.channel.data_received(last + line.given())

    assert line.above.heard == [b"the last word"]
    assert line.above.is_over
    assert line.socket.closed
    line.take()
    line.server.unwrap()

    line.channel.connection_lost(None)

    assert line.above.lost == [None]


async def test_an_end_that_nobody_said_is_a_loss(opened: OpenSealed) -> None:
    line = opened()
    line.channel.data_received(line.said(b"half an answ"))

    assert not line.channel.eof_received()

    line.channel.connection_lost(None)

    assert not line.above.is_over
    assert [type(lost) for lost in line.above.lost] == [ConnectionResetError]


async def test_a_loss_is_told_as_it_is(opened: OpenSealed) -> None:
    line = opened()
    why = BrokenPipeError()
    line.channel.connection_lost(why)

    assert line.above.lost == [why]


async def test_what_was_changed_on_the_way_is_not_heard(opened: OpenSealed) -> None:
    line = opened()
    line.channel.data_received(line.said(b"right"))
    changed = bytearray(line.said(b"wrong"))
    changed[-1] ^= 1
    line.channel.data_received(bytes(changed))

    assert line.above.heard == [b"right"]
    assert line.socket.aborted


async def test_bytes_may_come_one_by_one_or_all_at_once(opened: OpenSealed) -> None:
    said = b"".join(b"%d," % number for number in range(3))
    line = opened()
    sealed = b"".join(line.said(b"%d," % number) for number in range(3))
    for place in range(len(sealed)):
        line.channel.data_received(sealed[place : place + 1])

    assert b"".join(line.above.heard) == said

    line.channel.data_received(b"".join(line.said(b"%d," % number) for number in range(3)))

    assert b"".join(line.above.heard) == said * 2


@pytest.mark.parametrize("size", [16_384, 16_385, PIECE_BYTES, 3 * PIECE_BYTES + 1, SENT_BYTES + 1])
async def test_much_comes_whole_in_both_directions(opened: OpenSealed, size: int) -> None:
    much = bytes(number % 251 for number in range(size))
    line = opened()
    line.channel.write(much)

    assert line.read() == much

    line.channel.data_received(line.said(much))

    assert b"".join(line.above.heard) == much


async def test_what_is_large_goes_to_the_socket_in_one_piece(opened: OpenSealed) -> None:
    line = opened()
    line.socket.writes = 0
    line.channel.write(bytes(SENT_BYTES))
    assert line.socket.writes == 1

    line.channel.write(bytes(SENT_BYTES + 1))
    assert line.socket.writes == 3


async def test_what_was_large_keeps_no_room_behind(opened: OpenSealed) -> None:
    lines = [opened() for _ in range(10)]
    much = bytes(16 * ROOM_BYTES)
    for line in lines:
        line.channel.write(much[:ROOM_BYTES])
        line.socket.taken()
    before = in_use()
    for line in lines:
        line.channel.write(much)
        line.socket.taken()

    assert in_use() - before < len(lines) * ROOM_BYTES


async def test_who_gives_up_hears_nothing_of_what_came_along(opened: OpenSealed) -> None:
    line = opened()
    line.above.aborts_at = b"enough"
    line.channel.data_received(line.said(b"enough") + line.said(b"more"))

    assert line.above.heard == [b"enough"]
    assert line.socket.aborted


async def test_what_the_peer_asks_of_tls_itself_is_answered(
    believers: ssl.SSLContext, authority: Authority
) -> None:
    """Here for a certificate, in the middle of the connection: there is none, and it is said."""
    shown = authority.good()
    shown.verify_mode = ssl.CERT_OPTIONAL
    believes = authority.believers()
    believes.post_handshake_auth = True
    line = Sealed(believes, shown).shaken()
    line.channel.data_received(line.said(b"first"))
    line.socket.taken()
    _asked_for_a_certificate(line.server)
    line.channel.data_received(line.said(b"second"))

    assert line.above.heard == [b"first", b"second"]
    assert line.socket.sent


def _asked_for_a_certificate(server: ssl.SSLObject) -> None:
    """Ask: SSLObject has the call only on the object that it wraps."""
    server._sslobj.verify_client_post_handshake()  # type: ignore[attr-defined]


async def test_nothing_is_sent_behind_the_end(opened: OpenSealed) -> None:
    line = opened()
    line.channel.close()
    assert line.socket.closed
    line.take()
    assert line.server.read(1) == b""

    line.channel.write(b"too late")

    assert line.socket.aborted
    assert line.read() == b""


async def test_what_the_socket_knows_is_known_above(opened: OpenSealed) -> None:
    line = opened()
    channel = line.channel
    line.socket.taken()
    channel.pause_reading()
    channel.write(b"untaken")

    assert line.socket.paused
    assert channel.get_write_buffer_size() == len(line.socket.sent) > 0
    assert channel.get_extra_info("socket") is line.socket


async def test_what_is_done_above_is_done_below(opened: OpenSealed) -> None:
    line = opened()
    line.socket.paused = True
    line.channel.resume_reading()

    assert not line.socket.paused

    closing = [line.channel.is_closing()]
    line.channel.abort()
    closing.append(line.channel.is_closing())

    assert closing == [False, True]
    assert line.socket.aborted


async def test_nothing_is_sent_by_what_was_given_up(opened: OpenSealed) -> None:
    line = opened()
    line.channel.abort()
    line.channel.write(b"a question")
    line.channel.write(bytes(2 * ROOM_BYTES))
    line.channel.close()

    assert line.socket.sent == b""


def test_a_host_that_no_certificate_can_name_is_refused(believers: ssl.SSLContext) -> None:
    with pytest.raises(ValueError, match=r"idna|server_hostname"):
        Channel(Above(), believers, ".example")


async def test_a_stream_that_waits_keeps_no_room_for_what_it_does_not_say(
    opened: OpenSealed,
) -> None:
    """OpenSSL makes some for each session ticket, and forgets it."""
    lines = [opened() for _ in range(20)]
    for line in lines:
        line.channel.write(b"a question")
    firsts = [line.given() + line.said(b"data: 1\n\n") for line in lines]
    before = in_use()
    for line, first in zip(lines, firsts, strict=True):
        line.channel.data_received(first)

    assert in_use() - before < len(lines) * ROOM_BYTES / 2
