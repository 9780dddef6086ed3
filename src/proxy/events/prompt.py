"""What a plain Strands agent is asked: `{"prompt": …}`, made of an AG-UI `RunAgentInput`."""

from collections.abc import Mapping
from typing import Any

from trust.errors import RequestError

_CANCELLED = {"cancelled": True}
"""The answer to a question that the person did not want to answer (as `ag_ui_strands` says it)."""


class PromptMissing(RequestError):
    """A `RunAgentInput` for an agent that knows only prompts holds no text of the person."""

    code, status, title = "prompt_missing", 400, "There is nothing for the agent to answer."


def prompt_of(members: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the body for the agent. Raises PromptMissing.

    A body that is no `RunAgentInput` is the agent's own form and stays as it is. Of one that is,
    nothing goes further but the answers to what the agent asked, or the person's last words: no
    state, no tools, and no earlier messages, which the agent has and a client might have made up.
    """
    match members:
        case {"resume": [_, *_] as entries}:
            return {"prompt": [_answer(entry) for entry in entries]}
        case {"messages": [*_], "prompt": str(prompt)} if prompt.strip():
            return {"prompt": prompt}
        case {"messages": [*messages]}:
            return {"prompt": _last_words(messages)}
        case _:
            return members


def _answer(entry: Any) -> dict[str, Any]:
    match entry:
        case {"interruptId": str(own_id), "status": "resolved"}:
            response = entry.get("payload")
        case {"interruptId": str(own_id), "status": "cancelled"}:
            response = _CANCELLED
        case _:
            raise PromptMissing("an entry of resume is not of its form")
    return {"interruptResponse": {"interruptId": own_id, "response": response}}


def _last_words(messages: list[Any]) -> str:
    for message in reversed(messages):
        match message:
            case {"role": "user", "content": content}:
                text = _text(content)
                if text.strip():
                    return text
                break
            case _:
                continue
    raise PromptMissing("the messages hold no text of a user")


def _text(content: Any) -> str:
    """Return a message's text. Pictures and links are left out: the agent fetches nothing."""
    match content:
        case str():
            return content
        case [*parts]:
            return "\n".join(text for part in parts for text in _text_of_part(part))
        case _:
            return ""


def _text_of_part(part: Any) -> list[str]:
    match part:
        case {"type": "text", "text": str(text)}:
            return [text]
        case _:
            return []
