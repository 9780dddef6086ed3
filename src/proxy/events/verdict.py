"""Whether an event may leave: agents' SDKs put exceptions and their own insides into streams.

Seen in their sources (docs/adr/0021 names the versions):

- `bedrock_agentcore` ends a stream that failed with `data: {"error": str(e), "error_type": …,
  "message": …}`; its TypeScript sister with `event: error` and `data: {"error": …}`.
- What `bedrock_agentcore` cannot turn into JSON it sends as a JSON string of Python's `repr`: for
  a Strands agent that is addresses, trace ids and the whole conversation, with every token. So it
  sends `{"error": e}`, too. Entry points of one's own send the `repr` as it is.
- Many write `{"error": "…"}` by hand around the text, which may have quotes and line ends in it.
- AG-UI's servers put `str(e)` into the `message` of RUN_ERROR, `ag_ui_strands` also into a CUSTOM
  event `hook_error`; Strands puts it into `force_stop_reason`, which graphs and swarms pass on in
  events of their own, and into the `repr` of their results.
- `a2a-sdk` puts it into the message of JSON-RPC's internal error, which begins with `error`.

Only an event whose data *begins* like one of these is looked at: so the others cost one search, a
part of an event can be let go before its end, and a text that quotes an error is left alone.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from proxy.errors import AgentFailed
from proxy.events.cut import event_ends, fields, has_data

MOST_HELD_BYTES = 65536
"""Longest beginning of an event that is kept back while it is not known whether it may leave."""

WORDS = AgentFailed.title
"""What stands where the text of an exception stood."""

_OPENINGS = (
    b'{"error"',
    b'{"error_type"',
    b'{"message":"',
    b'{"code":',
    b'{"timestamp":',
    b'{"force_stop"',
    b'{"type":"RUN_ERROR"',
    b'{"type":"SUBAGENT_ERROR"',
    b'{"type":"multiagent_node_stream"',
    b'{"type":"CUSTOM","name":"hook_error"',
    b"\"{'",
    b"{'",
)
"""How data begins that is looked at, without its white space."""

_LONGEST = max(map(len, _OPENINGS))

_OPENING_BYTES = 128
"""Enough for the longest of them, with some white space."""

_HEAD_BYTES = 4096
"""In so many bytes the data has begun; else nothing is decided before the event's end."""

# "data:" stands between the parts of data over several lines. Possessive and bounded: no agent can
# make a search take the square of what it sent.
_GAP = rb"[\sdat:]{0,64}+"
_SUSPICIOUS = re.compile(
    rb"data:%(gap)s(?:\"?\{'|\{%(gap)s\""
    rb"(?:error\"|error_type\"|message\"|code\"|timestamp\"|force_stop\"|type\"%(gap)s\""
    rb"(?:RUN_ERROR\"|SUBAGENT_ERROR\"|multiagent_node_stream\"|CUSTOM\"%(gap)s,%(gap)s\"name\"%(gap)s\"hook_error\")))"
    % {b"gap": _GAP}
)
_find_suspicious = _SUSPICIOUS.search
_find_named_error = re.compile(rb"event: ?error[\r\n]").search
_BRACE, _V = b"{v"
"""The rarest byte of all that the first finds, and of all that the second does."""

_INSIDES = re.compile(
    r" object at 0x[0-9a-f]|UUID\('|(?:Agent|Node|Graph|Swarm)Result\(|SpanContext\(|<opentelemetry"
    r"|Traceback \(most recent call last\)"
)
"""What only Python's `repr` of an agent's objects has in it."""

_REPR_ERROR = re.compile(
    r"\s*(?:\{'error': (?:'[^']|\"[^\"])|\"?\{'error': [A-Za-z_][A-Za-z0-9_.]*\("
    r"|\"?\{'type': 'multiagent_result', 'result': [A-Za-z]{1,64}\(status=<Status\.FAILED)"
)
"""An error as its `repr`: of a text, or of the exception itself. In a JSON string, where a model's
words are as well, of the exception alone. Strands' swarms raise none, but end with a result."""

_TRACEBACK = b"Traceback (most recent call last):"
_TRACEBACKS = (_TRACEBACK, b"+ Exception Group " + _TRACEBACK)
"""How a document begins that an entry point made of `traceback.format_exc()`; whatever failed in a
task group, as MCP's clients do, is the latter. Of events this would cost every one a search of its
own."""

_SDK_ERROR = frozenset(
    {"error", "error_type", "message", "details", "original_type", "traceback", "stack"}
)
"""All members that the SDK's own errors have, and the two in which others put more of the same; an
object with others speaks another protocol."""

MOST_GRAPHS = 20
"""How many graphs within graphs one looks into."""

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", re.ASCII)
"""A name of an error's class, or a code: not a sentence."""

_ENDLESS_ERROR = re.compile(
    rb'\s*\{\s*"error(?:_type)?"\s*:\s*(?:"[^"]|\{\s*"code"\s*:\s*-32603\b)'
)
_ENDLESS_RUN_ERROR = re.compile(rb'\s*\{\s*"type"\s*:\s*"RUN_ERROR"')
_ENDLESS_OTHER = re.compile(rb'\s*\{\s*"(?:force_stop"|type"\s*:\s*"(?:SUBAGENT_ERROR|CUSTOM)")')


@dataclass(frozen=True, slots=True)
class Harmless:
    """The event leaves as it is."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The event says nothing that a client could use, and too much."""


class Replaced(NamedTuple):
    """The event leaves with other data."""

    data: bytes


class Failed(NamedTuple):
    """The event is the agent's own error; `what` is its class."""

    what: str


Verdict = Harmless | Dropped | Replaced | Failed


def nothing_suspicious(stream: bytes) -> bool:
    """Tell whether every event that begins and ends in these bytes is harmless."""
    # The hottest lines of an answer's way: run for every chunk. To miss a single byte takes a
    # hundredth of the time of a search, and each search finds nothing without its rarest.
    if _BRACE in stream and _find_suspicious(stream) is not None:
        return False
    return _V not in stream or _find_named_error(stream) is None


def ends_run(events: bytes) -> bool:
    """Tell whether the last of these events ends AG-UI's run, well or not, and has its own end."""
    at, last = 0, b""
    for end in event_ends(events):
        event, at = events[at:end], end
        last = event if has_data(event) else last
    if events[at:].strip(b"\r\n"):
        return False
    members = parsed(fields(last).data or b"") or {}
    return members.get("type") in ("RUN_FINISHED", "RUN_ERROR")


def begins_harmless(event: bytes) -> bool:
    """Tell whether an event is harmless whatever may follow these first bytes of it."""
    head = fields(event[:_HEAD_BYTES])
    if head.data is None or head.name == b"error":
        return False
    return data_begins_harmless(head.data)


def data_begins_harmless(data: bytes) -> bool:
    """Tell whether data is harmless whatever may follow these first bytes of it."""
    start = data[:_OPENING_BYTES].translate(None, b" \t\r\n")
    if start.startswith(_OPENINGS):
        return False
    # What is as long as the longest of them is the beginning of none.
    return len(start) >= _LONGEST or not any(known.startswith(start) for known in _OPENINGS)


def verdict(event: bytes) -> Verdict:
    """Judge an event that is complete, or of which MOST_HELD_BYTES are here."""
    known = event[:MOST_HELD_BYTES]
    whole = len(event) <= MOST_HELD_BYTES
    # Of one that is longer the beginning decides, as it does where the rest is not here yet.
    if nothing_suspicious(known) or (not whole and begins_harmless(known)):
        return Harmless()
    found = fields(known)
    data = found.data or b""
    if found.name == b"error":
        return Failed(class_of(parsed(data) or {}))
    if data_begins_harmless(data):
        return Harmless()
    return said_verdict(data, whole=whole)


def said_verdict(data: bytes, *, whole: bool) -> Verdict:
    """Judge data, be it Python's `repr` or an object; as `data_verdict`."""
    if data.lstrip().startswith((b'"', b"{'")):
        return _verdict_of_repr(data.decode("utf-8", "replace"))
    return data_verdict(data, whole=whole)


def _verdict_of_repr(text: str) -> Verdict:
    if is_error_repr(text):
        return Failed("an error")
    return Dropped() if shows_insides(text) else Harmless()


def is_error_repr(text: str) -> bool:
    """Tell whether a text is the `repr` of an object that is an error."""
    return _REPR_ERROR.match(text) is not None


def shows_insides(text: str) -> bool:
    """Tell whether a text is the `repr` of objects: no protocol, and nobody's business."""
    return _INSIDES.search(text) is not None


def may_be_traceback(data: bytes) -> bool:
    """Tell whether what begins with these bytes may yet be a traceback: text, or a JSON string."""
    said = _said(data)
    return any(known.startswith(said[: len(known)]) for known in _TRACEBACKS)


def is_traceback(data: bytes) -> bool:
    """Tell whether data begins as a traceback does."""
    return _said(data).startswith(_TRACEBACKS)


def _said(data: bytes) -> bytes:
    # A group's begins with blanks, also in a JSON string.
    return data[:_OPENING_BYTES].lstrip(b' \t\r\n"')


def data_verdict(data: bytes, *, whole: bool) -> Verdict:
    """Judge a JSON object; of one that is not `whole`, only its first bytes are here.

    So is one that is no JSON judged: somebody wrote it around an exception's text by hand.
    """
    members = parsed(data) if whole else None
    return _verdict_of_beginning(data) if members is None else _verdict_of(members)


def parsed(data: bytes) -> Mapping[str, Any] | None:
    """Return the members of a JSON object; None for what is none."""
    try:
        # Not of bytes: `loads` would guess UTF-16 of a NUL.
        found: object = json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        # ValueError of what is JSON, too: a number of more digits than Python reads.
        return None
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else None


def _verdict_of(members: Mapping[str, Any]) -> Verdict:
    match members:
        case {"type": "RUN_ERROR" | "SUBAGENT_ERROR"}:
            return Replaced(_encoded(_run_error(members)))
        case {"type": "CUSTOM", "name": "hook_error"}:
            return Replaced(_encoded({"type": "CUSTOM", "name": "hook_error", "value": {}}))
        case {"force_stop": _} | {"type": "multiagent_node_stream"}:
            stop = _force_stop(members, MOST_GRAPHS)
            return Harmless() if stop is None else Replaced(_encoded(stop))
        case {"jsonrpc": "2.0"} if is_internal_error(members):
            return Failed("an internal error")
        case _ if is_sdk_error(members):
            return Failed(class_of(members))
        case _:
            return Harmless()


def is_sdk_error(members: Mapping[str, Any]) -> bool:
    """Tell whether an object is an error as the SDK sends it, and nothing else."""
    if "error" not in members or not members.keys() <= _SDK_ERROR:
        return False
    # An exception without a text still has its type.
    return bool(members["error"]) or "error_type" in members


def is_internal_error(members: Mapping[str, Any]) -> bool:
    """Tell whether an answer in JSON-RPC is its internal error (JSON-RPC 2.0 §5.1)."""
    match members:
        case {"error": {"code": -32603}}:
            return True
        case _:
            return False


def class_of(members: Mapping[str, Any]) -> str:
    """Return the class of an error, for the log: a name, never a text."""
    kind = members.get("error_type")
    return kind if isinstance(kind, str) and _CODE.fullmatch(kind) else "an error"


def _force_stop(members: Mapping[str, Any], graphs: int) -> dict[str, Any] | None:
    """Return the event without the exception's text; None if it is another event.

    An agent's in a graph, which may be a node of another, at most so many deep.
    """
    match members:
        case {"force_stop": _, "force_stop_reason": _}:
            return {"force_stop": True, "force_stop_reason": WORDS}
        case {"type": "multiagent_node_stream" as kind, "event": {**event}} if graphs:
            stop = _force_stop(cast("Mapping[str, Any]", event), graphs - 1)
            node = members.get("node_id")
            known = {"node_id": node} if isinstance(node, str) else {}
            return None if stop is None else {"type": kind, **known, "event": stop}
        case _:
            return None


def _run_error(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event without the agent's words: also not those in members that are not known."""
    kept: dict[str, Any] = {"type": members["type"]}
    subagent, code = members.get("subagentRunId"), members.get("code")
    if isinstance(subagent, str):
        kept["subagentRunId"] = subagent
    kept["message"] = WORDS
    if isinstance(code, str) and _CODE.fullmatch(code):
        kept["code"] = code
    return kept


def _verdict_of_beginning(data: bytes) -> Verdict:
    # Whoever sends so much is not trusted to mean well by the rest of it.
    if _ENDLESS_ERROR.match(data):
        return Failed("an error")
    if _ENDLESS_RUN_ERROR.match(data):
        return Replaced(_encoded({"type": "RUN_ERROR", "message": WORDS}))
    return Dropped() if _ENDLESS_OTHER.match(data) else Harmless()


def _encoded(members: Mapping[str, Any]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()
