"""WebSockets to agents as an ASGI application: `GET /api/agents/{agent}/ws`.

The same checks in the same order as for a message (`proxy/app.py`). The agent's side is opened
before the browser's handshake is answered, so that whatever stands against it is told by a status.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from proxy.ahead import Ahead
from proxy.browser_policy import Refused
from proxy.invocation import Turn
from proxy.protocols.asked import Asked
from proxy.request import HARDENED, Request, read_request
from proxy.streams import Stream
from proxy.turns import Turns
from proxy.websocket.browser import Browser, BrowserLeft
from proxy.websocket.closing import GOING_AWAY
from proxy.websocket.errors import WebSocketUnsupported
from proxy.websocket.line import Line
from proxy.websocket.opening import LineOpener
from proxy.websocket.origin import judge_handshake
from proxy.websocket.relay import Ended, Relay, cut
from trust import audit, log
from trust.audit import Deed
from trust.chat.record import ChatUnknown
from trust.errors import RequestError, TrustError
from trust.limit.limits import RateLimits, counted
from trust.registry.record import AgentUnknown, Protocol
from trust.session.admission import Admission
from trust.session.errors import is_ended
from trust.session.record import Session

_PATH = re.compile(r"/api/agents/([^/]+)/ws", re.ASCII)

_MOST_PARAMETERS = 8

_SPOKEN = frozenset({Protocol.HTTP, Protocol.AGUI})
"""What an agent may speak: calls of MCP and A2A agents are read, and some refused, one by one
(`proxy/protocols`), and a socket would be a way around that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a handshake asks for, besides the agent."""

    chat_id: str | None
    """The chat that goes on; None for a new one."""
    announced: bool
    """Whether the chat's id is to come as the first message: a page cannot read the headers."""
    subprotocols: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketBounds:
    """How long a socket may be silent, and how long it may be, in seconds."""

    idle_s: float
    total_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sockets:
    """From a browser's handshake to the end of the talk with the agent."""

    admission: Admission
    turns: Turns
    rates: RateLimits
    ahead: Ahead
    opener: LineOpener
    bounds: SocketBounds
    public_origin: str
    when_ended: Mapping[str, str]
    """Headers that take the cookie of an ended session from the browser."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket; the arguments are those of `handover.as_request`."""
        request = read_request(scope, receive, send)
        await receive()
        try:
            session = await self._session(request, scope)
            with self.turns.streams.opened(session.owner, request.cookies) as stream:
                wanted = _wanted(scope)
                turn = await self._turn(request, session, wanted)
                stream.chat = turn.chat.key
                ended = await self._talk(request, turn, stream, wanted)
        except BrowserLeft:
            return
        except TrustError as error:
            audit.refused(Deed.REQUEST, error)
            log.fault("socket.refused", error, request=request.request_id, code=error.code)
            await request.refuse(error, self.when_ended if is_ended(error) else {})
            return
        log.event("socket.ended", request=request.request_id, **_told(ended), **turn.about)

    def look_ahead(self, request: Request, scope: Scope) -> None:
        """Begin to ask the store for what a handshake will need, unless it is refused anyway."""
        if self._refused(request) is None:
            self._look_ahead(request, scope)

    def _look_ahead(self, request: Request, scope: Scope) -> None:
        # What it asks for may be refused, too; not here.
        with suppress(TrustError):
            agent, chat_id = _agent_in(request.path), _wanted(scope).chat_id
            self.ahead.begin(request.cookies, agent, chat_id)

    def _refused(self, request: Request) -> TrustError | None:
        verdict = judge_handshake(request.headers, origin=self.public_origin)
        return verdict.error if isinstance(verdict, Refused) else None

    async def _session(self, request: Request, scope: Scope) -> Session:
        """Decide whether the handshake counts, and whose it is. Raises TrustError."""
        refused = self._refused(request)
        if refused is not None:
            raise refused
        self._look_ahead(request, scope)
        session = await self.admission.admit(request.cookies)
        await counted(self.rates.call(session))
        return session

    async def _turn(self, request: Request, session: Session, wanted: Wanted) -> Turn:
        """Decide as what the socket goes to the agent. Raises TrustError."""
        agent = await self.turns.agent(session, _agent_in(request.path))
        if not agent.websocket or agent.protocol not in _SPOKEN:
            raise WebSocketUnsupported(agent.name)
        # Nothing has been said yet: a new chat has no title.
        nothing = Asked(accept="", words=None)
        return await self.turns.prepare(session, agent, nothing, chat_id=wanted.chat_id)

    async def _talk(self, request: Request, turn: Turn, stream: Stream, wanted: Wanted) -> Ended:
        """Open both sides, the agent's first, and close both; tell how it ended.

        Raises BrowserLeft, and TrustError as long as it can be told by a status.
        """
        browser = Browser(request.receive, request.send)
        with stream.within(self.bounds.total_s):
            line = await self.opener.opened(turn, wanted.subprotocols, browser)
        try:
            await browser.accept(line.subprotocol, _headers(request, turn))
            if wanted.announced:
                await browser.send(_announcement(turn))
            return await self._relayed(browser, line, stream, turn.session)
        finally:
            await line.close(GOING_AWAY)

    async def _relayed(
        self, browser: Browser, line: Line, stream: Stream, session: Session
    ) -> Ended:
        counted = partial(self.rates.message, session)
        idle_s = self.bounds.idle_s
        try:
            with stream.within(self.bounds.total_s):
                ended = await Relay(browser, line, stream, counted=counted, idle_s=idle_s).run()
        except TrustError as why:
            if isinstance(why, RequestError):
                # Something that the browser said was refused, as a request would have been.
                audit.refused(Deed.REQUEST, why)
            ended = cut(why)
        # Side by side: one that takes its time must not keep the other open.
        await asyncio.gather(browser.close(ended.browser), line.close(ended.agent))
        return ended


def _wanted(scope: Scope) -> Wanted:
    """Read the query and the subprotocols. Raises ChatUnknown where it names no single chat."""
    try:
        pairs = parse_qsl(
            scope["query_string"].decode("latin-1"),
            keep_blank_values=True,
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError as error:
        raise ChatUnknown("a query of too many parts") from error
    chats = [value for name, value in pairs if name == "chat"]
    if len(chats) > 1:
        # Of a parameter that came twice, neither is right.
        raise ChatUnknown("more than one chat")
    return Wanted(
        chat_id=chats[0] if chats else None,
        announced=("announce", "1") in pairs,
        subprotocols=tuple(scope["subprotocols"]),
    )


def _headers(request: Request, turn: Turn) -> dict[str, str]:
    ours = {"x-request-id": request.request_id, "chat-id": turn.chat.id}
    return {**HARDENED, **request.everywhere, **ours}


def _announcement(turn: Turn) -> str:
    return json.dumps({"type": "gatehouse.chat", "chat_id": turn.chat.id}, separators=(",", ":"))


def _told(ended: Ended) -> dict[str, str | int]:
    return {"how": ended.how.value, "code": ended.browser.code, "why": ended.browser.reason}


def _agent_in(path: str) -> str:
    found = _PATH.fullmatch(path)
    if found is None:
        raise AgentUnknown("not a path of an agent's socket")
    return found.group(1)
