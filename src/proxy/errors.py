"""What can go wrong between a request for an agent and the agent's answer."""

from trust.errors import RequestError, UpstreamError


class MethodRefused(RequestError):
    """The path is there, the method is not."""

    code, status, title = "method_not_allowed", 405, "This method is not allowed here."


class BodyTooLarge(RequestError):
    """More bytes than `BFF_MAX_BODY_BYTES`."""

    code, status, title = "body_too_large", 413, "The request is too large."


class BodyNotJson(RequestError):
    """The body is not a JSON object."""

    code, status, title = "body_not_json", 400, "The request's body is not a JSON object."


class BodyForbidden(RequestError):
    """The body uses a member by which an agent's development mode is remote-controlled."""

    code, status, title = "body_forbidden", 400, "The request's body has a forbidden member."


class AskedAlready(RequestError):
    """The client, or the browser below it, sends a message once more that was asked before."""

    code, status, title = "asked_already", 409, "This was asked already; come back to its stream."

    def __init__(self, why: str, *, chat: str | None = None) -> None:
        """`chat`: the id of the chat in which it was asked, where that is known."""
        super().__init__(why)
        self.chat = chat


class BodyTimeout(RequestError):
    """The body did not arrive in time."""

    code, status, title = "body_timeout", 408, "The request did not arrive in time."


class TooManyStreams(RequestError):
    """The person, their tenant, or the process has as many open answers as may be."""

    code, status, title = "too_many_streams", 429, "Too many answers are being written at once."
    retry_after = 5


class AgentBusy(UpstreamError):
    """The runtime is at a limit, or still busy with this chat."""

    code, status, title = "agent_busy", 429, "The agent is busy. Please try again in a moment."
    retry_after = 5


class AgentFailed(UpstreamError):
    """The agent, or the runtime around it, failed."""

    code, status, title = "agent_failed", 502, "The agent failed to answer."


class AgentUnreachable(UpstreamError):
    """No connection to the runtime."""

    code, status, title = "agent_unreachable", 502, "The agent cannot be reached."


class AnswerTooLarge(UpstreamError):
    """More bytes than `BFF_MAX_ANSWER_BYTES`."""

    code, status, title = "answer_too_large", 502, "The agent's answer is too long."


class AgentTimeout(UpstreamError):
    """The agent was silent for too long, or did not come to an end."""

    code, status, title = "agent_timeout", 504, "The agent took too long."


class SessionRevoked(UpstreamError):
    """The session ended while its stream was open."""

    code, status, title = "session_revoked", 401, "Your login has ended."


class TurnStopped(UpstreamError):
    """Somebody pressed stop."""

    code, status, title = "turn_stopped", 499, "The answer was stopped."


class ServerRestarting(UpstreamError):
    """The process is going down; the chat can be continued on another."""

    code, status, title = "server_restarting", 503, "The service is restarting. Please try again."
    retry_after = 2


class TokenBound(UpstreamError):
    """The person's token is bound to a key of ours, and the agent takes bearer tokens only."""

    code, status, title = "token_bound", 500, "This agent cannot be called with this login."


class TokenExpired(UpstreamError):
    """The agent wants the person's own token, and it has expired without a way to renew it."""

    code, status, title = "token_expired", 401, "Your login has to be renewed."
