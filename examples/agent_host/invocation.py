"""One call of the agent, parsed: whose conversation, what was said, and with which grant."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from ag_ui.core import RunAgentInput, TextPart, UserMessage
from pydantic import ValidationError

from agent_host.data_grant import GRANT_HEADER, DataGrant, GrantRefused, data_grant
from agent_host.problem import Refusal

SESSION_HEADER = "X-Amzn-Bedrock-AgentCore-Runtime-Session-Id"
MAX_PROMPT_CHARS = 32_000
"""Longest message of a person; the whole body is limited before it is read."""

SessionId = NewType("SessionId", str)
"""One conversation, as the caller minted it (AgentCore's runtime session id)."""

_SESSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{32,99}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A call that can be served."""

    session: SessionId
    thread_id: str
    """What the client calls the conversation: it goes back in the events and means nothing else."""
    run_id: str
    prompt: str | None
    """What the person said last; None asks for the conversation so far."""
    grant: DataGrant | None


def invocation_of(headers: Mapping[str, str], body: bytes, *, now: datetime) -> Invocation:
    """Parse a call; `headers` finds names in any case. Raises Refusal."""
    session = _session(headers.get(SESSION_HEADER) or "")
    grant = _grant(headers.get(GRANT_HEADER), now=now)
    try:
        run = RunAgentInput.model_validate_json(body)
    except ValidationError:
        # Without its details, which quote what the person wrote.
        raise Refusal(400, "body_invalid", "The body is not a RunAgentInput of AG-UI.") from None
    return Invocation(
        session=session,
        thread_id=run.thread_id,
        run_id=run.run_id,
        prompt=_prompt(run) if run.messages else None,
        grant=grant,
    )


def _session(raw: str) -> SessionId:
    # Only the header counts. The body's threadId is the client's to choose, and choosing somebody
    # else's would open their conversation.
    if not _SESSION.fullmatch(raw):
        raise Refusal(
            400, "session_invalid", f"The header {SESSION_HEADER} is missing or malformed."
        )
    return SessionId(raw)


def _grant(raw: str | None, *, now: datetime) -> DataGrant | None:
    if raw is None:
        return None
    try:
        return data_grant(raw, now=now)
    except GrantRefused:
        raise Refusal(400, "data_grant_invalid", "The data grant cannot be used.") from None


def _prompt(run: RunAgentInput) -> str:
    said = [message for message in run.messages if isinstance(message, UserMessage)]
    text = _text(said[-1]).strip() if said else ""
    if not text:
        raise Refusal(400, "prompt_missing", "The messages hold no text of a user.")
    if len(text) > MAX_PROMPT_CHARS:
        raise Refusal(413, "prompt_too_long", f"At most {MAX_PROMPT_CHARS} characters at once.")
    return text


def _text(message: UserMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    # Pictures and links are left out: this agent fetches nothing that a client names.
    return " ".join(part.text for part in message.content if isinstance(part, TextPart))
