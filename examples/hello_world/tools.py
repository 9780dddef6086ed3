"""What the agent can do besides talking."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent_host.storage import DataStorage
from strands import tool  # pyright: ignore[reportUnknownVariableType] its schema is a bare dict
from strands.types.exceptions import StorageError

MAX_NOTE_CHARS = 2000
MAX_NOTES = 50
"""How many notes are read, the latest ones."""

NO_GRANT = "I cannot keep or read notes here: nobody has given me access to your team's data."
NOT_REACHED = "I cannot reach the notes at the moment. Please try again later."


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the tools take from outside."""

    notes: DataStorage | None
    """Shared by all people of the tenant who use this agent; None without a data grant."""
    now: Callable[[], datetime]
    new_id: Callable[[], str]


def tools_for(surroundings: Surroundings) -> list[Any]:
    """Return the tools of one request: what they may touch is bound into them.

    They answer in words even when they fail: an exception's text would reach the browser.
    """

    @tool
    async def write_note(text: str) -> str:
        """Keep a note for the team.

        Args:
            text: What to remember.
        """
        return await _written(surroundings, text)

    @tool
    async def read_notes() -> str:
        """Read all notes of the team, oldest first."""
        return await _read(surroundings)

    @tool
    def current_time() -> str:
        """Tell the date and the time, in UTC."""
        return surroundings.now().strftime("%A, %d %B %Y, %H:%M:%S UTC")

    return [write_note, read_notes, current_time]


async def _written(surroundings: Surroundings, text: str) -> str:
    if surroundings.notes is None:
        return NO_GRANT
    if not text.strip() or len(text) > MAX_NOTE_CHARS:
        return f"A note has from 1 to {MAX_NOTE_CHARS} characters."
    at = surroundings.now()
    # Keys sort by time; the id keeps two notes of one instant apart.
    key = f"{at.strftime('%Y%m%dT%H%M%S.%fZ')}-{surroundings.new_id()}.json"
    note = {"text": text, "at": at.isoformat()}
    try:
        await surroundings.notes.write(key, json.dumps(note).encode())
    except StorageError:
        return NOT_REACHED
    return f"Noted: {text}"


async def _read(surroundings: Surroundings) -> str:
    if surroundings.notes is None:
        return NO_GRANT
    try:
        keys = (await surroundings.notes.list())[-MAX_NOTES:]
        found = [await surroundings.notes.read(key) for key in keys]
    except StorageError:
        return NOT_REACHED
    texts = [_text(data) for data in found if data is not None]
    if not texts:
        return "There are no notes yet."
    return "\n".join(["Here are your team's notes:", "", *(f"- {text}" for text in texts)])


def _text(data: bytes) -> str:
    try:
        return str(json.loads(data)["text"])
    except (ValueError, KeyError, TypeError):
        return "(a note that I cannot read)"
