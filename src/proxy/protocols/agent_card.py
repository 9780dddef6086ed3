"""An A2A agent card as the browser gets it: what is said of the agent, and our own address.

A card tells where the runtime is and how to log in there (A2A 0.3 §5.5, 1.0 §8): neither is the
browser's business, which comes here with its cookie. So a card is not passed on but written anew,
of the members that the specification gives it and that describe the agent; addresses, security
schemes, signatures (of another document than ours) and members that nobody knows stay behind.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import urlsplit

from proxy.errors import AgentFailed

MAX_TEXT_CHARS = 8192
MAX_ITEMS = 200
"""Most members of a list: skills, tags, examples, modes."""


BINDING = "JSONRPC"

_FIRST_VERSION = "0.3.0"
"""Of an agent that does not say: the first revision whose card is at this path."""

_VERSION = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}", re.ASCII)

Json = Mapping[str, object]

_Read = Callable[[object], object]
"""Returns what of a value passes; None if none of it."""


def rewritten(card: object, *, url: str) -> dict[str, object]:
    """Return the card of an agent that is reached at `url`. Raises AgentFailed."""
    given = _object(card)
    written: dict[str, object] = {
        **_members(given, _DESCRIPTION),
        **_addresses(given, url),
        "capabilities": {
            **_members(_object(given.get("capabilities", {})), _CAPABILITIES),
            # None passes here (`a2a.py`), so a client is not to count on it.
            "pushNotifications": False,
        },
    }
    if not isinstance(written.get("name"), str):
        raise AgentFailed("the agent's card has no name")
    return written


def _addresses(given: Json, url: str) -> Json:
    """Return the members that say where the agent is: of 0.3, of 1.0, or of both.

    An agent that speaks both says both in one card; a client reads the members that it knows, and
    fails where they are missing.
    """
    written: dict[str, object] = {}
    newer = "supportedInterfaces" in given
    if newer:
        written["supportedInterfaces"] = [
            {"url": url, "protocolBinding": BINDING, "protocolVersion": version}
            for version in _spoken(given)
        ]
    if "url" in given or not newer:
        version = next(_versions([given.get("protocolVersion")]), _FIRST_VERSION)
        written |= {"url": url, "preferredTransport": BINDING, "protocolVersion": version}
    return written


def _spoken(given: Json) -> Sequence[str]:
    """Return the versions that the agent speaks by JSON-RPC, each once, in its own order."""
    spoken = map(_rpc_version, _list(given.get("supportedInterfaces")))
    said = _versions([given.get("protocolVersion"), _FIRST_VERSION])
    return list(dict.fromkeys(_versions(spoken))) or [next(said)]


def _versions(values: Iterable[object]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str) and _VERSION.fullmatch(value))


def _rpc_version(interface: object) -> object:
    if not isinstance(interface, dict):
        return None
    members = cast("Json", interface)
    return members.get("protocolVersion") if members.get("protocolBinding") == BINDING else None


def _object(value: object) -> Json:
    if not isinstance(value, dict):
        raise AgentFailed("the agent's card is not what a card is")
    return cast("Json", value)


def _members(given: Json, forms: Mapping[str, _Read]) -> dict[str, object]:
    read = {name: form(given[name]) for name, form in forms.items() if name in given}
    return {name: value for name, value in read.items() if value is not None}


def _text(value: object) -> object:
    return value[:MAX_TEXT_CHARS] if isinstance(value, str) else None


def _flag(value: object) -> object:
    return value if isinstance(value, bool) else None


def _link(value: object) -> object:
    """Return an address that people may be sent to: https, no other place, no other scheme."""
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARS:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    safe = parts.scheme == "https" and parts.hostname and parts.username is None
    return value if safe and value.isprintable() else None


def _list(value: object) -> Sequence[object]:
    return cast("list[object]", value)[:MAX_ITEMS] if isinstance(value, list) else ()


def _texts(value: object) -> object:
    return [text for text in map(_text, _list(value)) if text is not None]


def _each(forms: Mapping[str, _Read]) -> _Read:
    def read(value: object) -> object:
        found = [cast("Json", item) for item in _list(value) if isinstance(item, dict)]
        return [_members(item, forms) for item in found]

    return read


def _one(forms: Mapping[str, _Read]) -> _Read:
    def read(value: object) -> object:
        return _members(cast("Json", value), forms) if isinstance(value, dict) else None

    return read


_SKILL: Mapping[str, _Read] = {
    "id": _text,
    "name": _text,
    "description": _text,
    "tags": _texts,
    "examples": _texts,
    "inputModes": _texts,
    "outputModes": _texts,
}
_EXTENSION: Mapping[str, _Read] = {"uri": _text, "description": _text, "required": _flag}
_CAPABILITIES: Mapping[str, _Read] = {
    "streaming": _flag,
    "stateTransitionHistory": _flag,
    "extensions": _each(_EXTENSION),
}
_DESCRIPTION: Mapping[str, _Read] = {
    "name": _text,
    "description": _text,
    "version": _text,
    "documentationUrl": _link,
    "iconUrl": _link,
    "provider": _one({"organization": _text, "url": _link}),
    "defaultInputModes": _texts,
    "defaultOutputModes": _texts,
    "skills": _each(_SKILL),
}
"""Members of 0.3 and 1.0 that describe the agent."""
