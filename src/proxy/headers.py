"""Which headers pass between browser and agent: lists of what may, never of what may not.

Whatever is not named here stays behind, in every spelling: a list of forbidden names is as good as
its author's memory (`X_Forwarded-User`, tomorrow's header), and a value is passed on only if all of
it has the form that its specification gives it. AgentCore hands `Mcp-*` to the container by itself,
and the headers of A2A where the runtime's `requestHeaderAllowlist` names them.

Trace context does not pass either way: a browser could switch sampling on, or write its own id
into other people's traces.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from proxy.sse import MEDIA_TYPE
from trust.registry.record import Protocol

JSON = "application/json"

EITHER = f"{MEDIA_TYPE}, {JSON}"
"""What is asked for where the client is content with anything: MCP demands both of a client."""

PASSED_ON = frozenset({JSON, MEDIA_TYPE})
"""Media types of an answer that keep their name; anything else is bytes: an agent that answers
with HTML or script must not have it run in our origin."""

OPAQUE = "application/octet-stream"

MAX_VALUE_CHARS = 1024
"""Longest value that passes (botocore 2024-02-28: the Mcp headers of InvokeAgentRuntime)."""

_ACCEPTED = frozenset({MEDIA_TYPE, JSON})
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}", re.ASCII)
_METHOD = re.compile(r"[A-Za-z0-9_$./-]{1,128}", re.ASCII)
_VISIBLE = re.compile(r"[!-~](?:[ -~]*[!-~])?", re.ASCII)
_URI = r"[A-Za-z][A-Za-z0-9+.-]*:[!-+\--~]+"
_URIS = re.compile(f"{_URI}(?:, ?{_URI})*", re.ASCII)
_MEDIA_TYPE = re.compile(
    # Parameters may be missing behind their semicolon (RFC 9110 §5.6.6).
    r"[a-z]+/[a-z-]+(?:[ \t]*;[ \t]*(?:[a-z.-]+=[\"A-Za-z0-9_.-]+)?)*",
    re.ASCII | re.IGNORECASE,
)

_Forms = Mapping[str, re.Pattern[str]]
"""What passes, by its name as it goes out: the form of the whole value."""

_NONE: _Forms = {}
_TO_AGENT: Mapping[Protocol, _Forms] = {
    Protocol.AGUI: _NONE,
    Protocol.HTTP: _NONE,
    Protocol.MCP: {
        # The session id is not among them: a browser knows our name for it only (`mcp_session.py`).
        "Mcp-Protocol-Version": _DATE,
        "Mcp-Method": _METHOD,
        "Mcp-Name": _VISIBLE,
    },
    Protocol.A2A: {
        "A2A-Version": _NUMBER,
        "A2A-Extensions": _URIS,
        "X-A2A-Extensions": _URIS,
    },
}
_TO_BROWSER: Mapping[Protocol, _Forms] = {
    Protocol.AGUI: _NONE,
    Protocol.HTTP: _NONE,
    Protocol.MCP: {"mcp-protocol-version": _DATE},
    Protocol.A2A: {
        "a2a-version": _NUMBER,
        "a2a-extensions": _URIS,
        "x-a2a-extensions": _URIS,
    },
}


def to_agent(protocol: Protocol, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of the call that come from the browser's; `headers`: lower-case names.

    Beside them goes `Accept`, of which `accepted` makes what is on its own list. `Content-Type` is
    ours: the body was read, and is JSON.
    """
    return _passing(_TO_AGENT[protocol], headers)


def to_browser(protocol: Protocol, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of the answer that come from the agent's; `headers`: lower-case names.

    The media type is for `media_type`: what it has to be may be settled before the agent answers.
    """
    if protocol not in SPEAKING:
        return {}
    # Named there, a header is the connection's own and ends with it (RFC 9110 §7.6.1).
    own = {name.strip().lower() for name in headers.get("connection", "").split(",")}
    mine = {name: value for name, value in headers.items() if name not in own}
    return _passing(_TO_BROWSER[protocol], mine)


SPEAKING = tuple(protocol for protocol, forms in _TO_BROWSER.items() if forms)
"""Protocols of whose answers a header passes: of the others' none has to be looked at."""


def _passing(forms: _Forms, headers: Mapping[str, str]) -> dict[str, str]:
    passing: dict[str, str] = {}
    for name, form in forms.items():
        value = headers.get(name.lower())
        # One that came twice is joined by ", ", which none of the single values allows.
        if value is not None and len(value) <= MAX_VALUE_CHARS and form.fullmatch(value):
            passing[name] = value
    return passing


@lru_cache(maxsize=256)
def accepted(raw: str) -> str:
    """Return what the agent may answer with: what the client wants, of what we pass on."""
    wanted = [part.partition(";")[0].strip().lower() for part in raw.split(",")]
    known = dict.fromkeys(kind for kind in wanted if kind in _ACCEPTED)
    return ", ".join(known) or EITHER


@lru_cache(maxsize=256)
def content_type(raw: str) -> tuple[str, str]:
    """Return a Content-Type without the blanks around it, and its media type in lower case.

    One that came twice, and says the same, is one.
    """
    said = {part.strip() for part in raw.split(",")}
    given = said.pop() if len(said) == 1 else raw.strip()
    return given, given.partition(";")[0].rstrip().lower()


@lru_cache(maxsize=256)
def media_type(given: str | None) -> str:
    """Return the media type under which the browser gets an answer."""
    value = (given or "").strip()
    kind = value.partition(";")[0].rstrip().lower()
    return value if kind in PASSED_ON and _MEDIA_TYPE.fullmatch(value) else OPAQUE
