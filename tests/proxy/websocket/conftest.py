"""What the tests of this folder share: a Gatehouse with sockets, and a browser before it."""

from fakes.websocket.house import alice, bounds, socket_house

__all__ = ["alice", "bounds", "socket_house"]
