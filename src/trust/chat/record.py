"""A chat: one conversation with one agent, owned by one subject of one tenant."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from trust.clock import NumericDate
from trust.coordinates import AgentName
from trust.errors import RequestError
from trust.secret import Secret
from trust.session.record import Owner
from trust.store.table import Key

CHAT_KEPT_S = 30 * 24 * 3600
"""How long a chat that nobody touches is remembered."""

MAX_TITLE_CHARS = 80
"""Longest title of a chat."""

_ROOM = 8
"""Of so many titles' length the beginning of a text is looked at: white space may fill most."""

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class ChatUnknown(RequestError):
    """No such chat for this person and agent; whether another has it is not told."""

    code, status, title = "chat_unknown", 404, "There is no such chat."


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A conversation. The runtime session id stays here: it would let others into the microVM."""

    id: str
    owner: Owner
    agent: AgentName
    runtime_session: Secret = field(repr=False)
    title: str
    created_at: NumericDate
    updated_at: NumericDate
    version: int = 1

    @property
    def key(self) -> Key:
        """Where the chat's row is."""
        return chat_key(self.owner, self.id)


@lru_cache(maxsize=4096)
def chat_key(owner: Owner, chat_id: str) -> Key:
    """Return the key of the subject's chat with this id."""
    return owner.key(f"CHAT#{chat_id}")


def is_chat_id(raw: str) -> bool:
    """Tell whether `raw` is a ULID as we write them: 26 characters, upper case."""
    return _ULID.fullmatch(raw) is not None


def ulid(*, milliseconds: int, random: bytes) -> str:
    """Return a ULID: 48 bits of time, 80 bits of chance (10 bytes); sorts by its time."""
    number = (milliseconds << 80) | int.from_bytes(random, "big")
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def title_of(text: str) -> str:
    """Return a title made of somebody's first words: one line, without control characters."""
    start = text[: MAX_TITLE_CHARS * _ROOM]
    if not start.isprintable():
        start = "".join(c if c.isprintable() else " " for c in start)
    line = " ".join(start.split())
    return line if len(line) <= MAX_TITLE_CHARS else line[: MAX_TITLE_CHARS - 1].rstrip() + "…"
