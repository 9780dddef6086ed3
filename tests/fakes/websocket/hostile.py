"""Frames and handshakes as a peer makes them that keeps to nothing (RFC 6455 §5.2)."""

import base64
import hashlib

from fakes.proxy.wire import Call

TEXT, BINARY, CLOSE, PING = 0x1, 0x2, 0x8, 0x9
FIN = 0x80
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept(call: Call, *more: tuple[str, str], key: str | None = None) -> None:
    """Answer a handshake with 101; `key`: another Sec-WebSocket-Accept than the right one."""
    asked = call.header("Sec-WebSocket-Key") or ""
    digest = hashlib.sha1((asked + _GUID).encode(), usedforsecurity=False).digest()
    lines = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", key or base64.b64encode(digest).decode()),
        *more,
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in lines)
    call.send(f"HTTP/1.1 101 Switching Protocols\r\n{head}\r\n".encode())


def frame(opcode: int, payload: bytes, *, fin: bool = True, length: int | None = None) -> bytes:
    """Return a frame as a server sends it; `length`: what it says of itself."""
    said = len(payload) if length is None else length
    first = bytes([(FIN if fin else 0) | opcode])
    if said < 126:
        return first + bytes([said]) + payload
    if said < 1 << 16:
        return first + b"\x7e" + said.to_bytes(2, "big") + payload
    return first + b"\x7f" + said.to_bytes(8, "big") + payload
