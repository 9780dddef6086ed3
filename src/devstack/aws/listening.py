"""The socket that the local AWS listens on: loopback only."""

import socket

LOOPBACK = "127.0.0.1"


def listening_socket(port: int) -> socket.socket:
    """Return a bound socket; 0 chooses a free port. Raises OSError."""
    # With the protocol named, asyncio sees a TCP socket and turns Nagle's algorithm off; without,
    # every second answer waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except OSError:
        listening.close()
        raise
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the URL of what listens there."""
    port: int = listening.getsockname()[1]
    return f"http://{LOOPBACK}:{port}"
