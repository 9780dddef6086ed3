"""Answers in JSON-RPC of which an internal error (-32603) is the agent's own failure, as of A2A.

A2A's SDKs put an exception's text into it, and the id before it: `a2a-sdk` in whole answers,
`a2a-java` in streams as well. MCP's servers say by that code what is meant for people.
"""

import re

from proxy.errors import AgentFailed
from proxy.events.cut import fields
from proxy.events.document import ScrubbedDocument
from proxy.events.scrub import ScrubbedEvents
from proxy.events.verdict import (
    MOST_HELD_BYTES,
    Failed,
    Verdict,
    begins_harmless,
    is_internal_error,
    nothing_suspicious,
    parsed,
    verdict,
)

_CODE = b"-32603"
"""What an event that is such an error has in it; others may, too."""

_ENVELOPES = (b'{"jsonrpc"', b'{"id"')
"""How answers in JSON-RPC begin whose error does not come first."""

_ENDLESS = re.compile(
    rb'\s*\{\s*(?:"(?:jsonrpc|id)"\s*:\s*(?:"[^"\\]{0,300}"|-?[0-9]{1,30}|null)\s*,\s*){1,2}'
    rb'"error"\s*:\s*\{\s*"code"\s*:\s*-32603\b'
)
"""An internal error by its first bytes: all that is known of one that is longer than is held, or
that broke off."""


class ScrubbedReply(ScrubbedDocument):
    """Passes a whole answer on, unless it is an error."""

    __slots__ = ()

    def _may_be_error(self, said: bytes) -> bool:
        begun = said[:64].translate(None, b" \t\r\n")
        is_reply = any(known.startswith(begun[: len(known)]) for known in _ENVELOPES)
        return is_reply or super()._may_be_error(said)

    def _refuse_error(self, data: bytes, *, whole: bool) -> None:
        if _is_failure(data):
            raise AgentFailed("the agent reported an internal error")
        super()._refuse_error(data, whole=whole)


def _is_failure(data: bytes) -> bool:
    """Tell whether an answer is such an error; it may be its first bytes alone."""
    members = parsed(data)
    return _ENDLESS.match(data) is not None if members is None else is_internal_error(members)


def _tells_failure(event: bytes) -> bool:
    # Without the code it passes unread with others of its chunk: so it does when it comes in two.
    return _CODE in event and _is_failure(fields(event[:MOST_HELD_BYTES]).data or b"")


def _nothing_suspicious(stream: bytes) -> bool:
    return _CODE not in stream and nothing_suspicious(stream)


def _begins_harmless(event: bytes) -> bool:
    return not _tells_failure(event) and begins_harmless(event)


def _verdict(event: bytes) -> Verdict:
    return Failed("an internal error") if _tells_failure(event) else verdict(event)


class ScrubbedReplies(ScrubbedEvents):
    """Passes a stream on of which each event is such an answer."""

    __slots__ = ()

    _nothing_suspicious = staticmethod(_nothing_suspicious)
    _begins_harmless = staticmethod(_begins_harmless)
    _verdict = staticmethod(_verdict)
