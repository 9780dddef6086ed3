"""What can go wrong with a WebSocket, beside what can go wrong with any call of an agent."""

from trust.errors import RequestError, UpstreamError


class WebSocketUnsupported(RequestError):
    """The agent's entry does not say `websocket = true`, or the agent speaks MCP or A2A."""

    code, status = "websocket_unsupported", 404
    title = "This agent cannot be spoken to over a WebSocket."


class SocketIdle(UpstreamError):
    """Neither side has said anything for `BFF_STREAM_IDLE`."""

    code, status, title = "socket_idle", 408, "Nothing was said for a long time."
