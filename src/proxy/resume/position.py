"""What a client asks for: where it stands in a turn, as in our `id:`, or the turn that goes on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from proxy.resume.errors import EventIdInvalid
from trust.chat.record import is_chat_id

_POSITION = re.compile(r"(?P<turn>[0-9A-Z]{26})\.(?P<number>0|[1-9][0-9]{0,8})", re.ASCII)

_QUERY = "last_event_id"
_TURN, _RUNNING = "turn", "running"


@dataclass(frozen=True, slots=True)
class Position:
    """After event `number` of a turn; 0 is its beginning."""

    turn: str
    number: int

    @property
    def text(self) -> str:
        """The position as the id of an event."""
        return f"{self.turn}.{self.number}"


def position_of(headers: Mapping[str, str], query: bytes) -> Position | None:
    """Return what the client has seen: header first, `?last_event_id=` second; None: nothing.

    Raises EventIdInvalid.
    """
    raw = headers.get("last-event-id", "") or _in_query(query, _QUERY)
    if not raw:
        return None
    found = _POSITION.fullmatch(raw)
    if found is None or not is_chat_id(found["turn"]):
        # Not quoted: it is the client's, and may be anything.
        raise EventIdInvalid("no id of ours")
    return Position(found["turn"], int(found["number"]))


def wants_running(query: bytes) -> bool:
    """Tell whether only a turn is wanted that goes on: `?turn=running`. Raises EventIdInvalid."""
    return _in_query(query, _TURN) == _RUNNING


def _in_query(query: bytes, name: str) -> str:
    try:
        values = parse_qs(query.decode("ascii"), max_num_fields=10).get(name, [])
    except ValueError as error:
        raise EventIdInvalid("not a query") from error
    if len(values) > 1:
        raise EventIdInvalid("said more than once")
    return "".join(values)
