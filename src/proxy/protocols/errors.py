"""What can be wrong with a message to an agent that is called by JSON-RPC."""

from trust.errors import RequestError


class BodyNotRpc(RequestError):
    """The body is not one JSON-RPC 2.0 message, or its members could be read in two ways."""

    code, status, title = "body_not_rpc", 400, "The request's body is not a JSON-RPC message."


class CallForbidden(RequestError):
    """The call would make the agent call others, or tell what is not for browsers."""

    code, status, title = "call_forbidden", 403, "This call is not available here."
