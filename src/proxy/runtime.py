"""AgentCore's runtime as this project sees it: invoke a turn, stop a chat."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from proxy.errors import AgentBusy, AgentFailed, AgentTimeout, AgentUnreachable
from proxy.invocation import DataPlane, Turn, invocation, stop
from trust import log
from trust.clock import Clock
from trust.errors import TrustError
from trust.grant.record import GrantDenied
from trust.wire.call import Answer, Broken, Outgoing, Unreachable, Wire

RETRY_PAUSE_S = 0.4
"""Longest pause before the one retry of a RetryableConflictException (409)."""

STOP_TIMEOUT_S = 10.0
"""How long StopRuntimeSession may take."""

CONFLICT = 409
"""RetryableConflictException: the session is just being started, and nothing has begun."""

_WIDE = re.compile(
    r"charset[ \t]*=[ \t\"']*(?:u(?:tf)?[-_]?(?:7|16|32)|(?:iso-10646-)?ucs[-_]?[24]"
    r"|(?:cs)?unicode(?:fffe|feff)?(?![\w-]))",
    re.IGNORECASE,
)
"""An encoding of text in which ASCII may stand as other bytes than its own, as browsers (WHATWG
Encoding §4.2) and Python call it; `unicode-1-1-utf-8` is UTF-8."""

_GONE = frozenset({404, 409})
"""Answers to a stop that mean: there is nothing left to stop."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Runtime:
    """The data plane behind a wire; `pause` waits some seconds."""

    wire: Wire
    plane: DataPlane
    clock: Clock
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def invoke(self, turn: Turn, body: bytes) -> Answer:
        """Open the agent's answer to what a turn says; whoever invokes closes it.

        Raises AgentBusy, AgentFailed, AgentUnreachable, AgentTimeout, GrantDenied, TokenExpired,
        TokenBound. Repeated once, and only after 409, by which the runtime says that the turn did
        not begin.
        """
        answer = await opened(self.wire, invocation(turn, body, self.plane, now=self.clock.now()))
        if answer.status == CONFLICT:
            answer.close()
            await self.pause(retry_pause_s())
            answer = await opened(
                self.wire, invocation(turn, body, self.plane, now=self.clock.now())
            )
        refusal = refused(answer) or unreadable(answer)
        if refusal is not None:
            answer.close()
            raise refusal
        return answer

    async def stop(self, turn: Turn) -> None:
        """End the chat's runtime session; stopping what has ended is no error.

        Raises AgentBusy, AgentFailed, AgentUnreachable, AgentTimeout, GrantDenied, TokenExpired,
        TokenBound.
        """
        call = stop(turn, self.plane, now=self.clock.now())
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                answer = await opened(self.wire, call)
        except TimeoutError as error:
            raise AgentTimeout("StopRuntimeSession did not answer") from error
        answer.close()
        refusal = None if answer.status in _GONE else refused(answer)
        if refusal is not None:
            raise refusal
        log.event("chat.stopped", chat=turn.chat.id)


def retry_pause_s() -> float:
    """Return how long to wait before the one retry: not for all who were refused the same."""
    return RETRY_PAUSE_S * (0.5 + random.random() / 2)  # noqa: S311 jitter


async def opened(wire: Wire, call: Outgoing) -> Answer:
    """Open a call of the data plane. Raises AgentUnreachable, AgentFailed."""
    try:
        return await wire.open(call)
    except Unreachable as error:
        raise AgentUnreachable(str(error)) from error
    except Broken as error:
        raise AgentFailed(str(error)) from error


def refused(answer: Answer) -> TrustError | None:
    """Return the error that an answer of the data plane stands for; None for success."""
    if 200 <= answer.status < 300:  # noqa: PLR2004 success (RFC 9110 §15.3)
        return None
    return refusal_of(answer.status, answer.headers)


def refusal_of(status: int, headers: Mapping[str, str]) -> TrustError:
    """Return the error that a refusal stands for; `headers`: by lower-case names.

    The upstream's body is not read: it may hold an exception's text.
    """
    detail = f"{status} {headers.get('x-amzn-errortype', '')[:80]}"
    match status:
        case 402 | 409 | 429:
            busy = AgentBusy(detail)
            busy.retry_after = _retry_after(headers)
            return busy
        case 401 | 403:
            return GrantDenied(detail)
        case 504:
            return AgentTimeout(detail)
        case _:
            return AgentFailed(detail)


def unreadable(answer: Answer) -> AgentFailed | None:
    """Return the error of an answer that is compressed, or in UTF-16: nobody asked for that.

    An agent's error in it would pass unseen. Nor would the browser be told what is compressed, or
    read events in another encoding than UTF-8 (WHATWG HTML §9.2.6).
    """
    if answer.headers.get("content-encoding", "").strip().lower() not in {"", "identity"}:
        return AgentFailed("a content coding of its own")
    if _is_wide(answer.headers.get("content-type", "")):
        return AgentFailed("an encoding of its own")
    return None


@lru_cache(maxsize=256)
def _is_wide(kind: str) -> bool:
    return _WIDE.search(kind) is not None


def _retry_after(headers: Mapping[str, str]) -> int:
    raw = headers.get("retry-after", "")
    # At most an hour is believed, and dates are not (RFC 9110 §10.2.3 allows both).
    if not (raw.isdecimal() and raw.isascii()):
        return 5
    return min(int(raw.lstrip("0")[:6] or "0"), 3600)
