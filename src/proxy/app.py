"""The streaming path as an ASGI application: `POST /api/agents/{agent}/invocations`.

A raw callable, chosen before FastAPI sees the request: routing and dependency injection cost more
than everything that happens here (docs/adr/0003).
"""

import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from proxy.ahead import Ahead
from proxy.body import ClientGone, read_body
from proxy.browser_policy import Refused, judge
from proxy.errors import AskedAlready, MethodRefused
from proxy.headers import SPEAKING, to_browser
from proxy.invocation import Stops, Turn
from proxy.protocols.asked import Asked
from proxy.protocols.mcp_session import Named, answered
from proxy.protocols.reading import asked_of
from proxy.relay import Bounds, Ending, Manner, Relay, none_of_them
from proxy.request import Request, read_request
from proxy.sse import MEDIA_TYPE
from proxy.stopping import stop_turn
from proxy.streams import Slot
from proxy.tasks import running
from proxy.turns import Turns
from trust import audit, log
from trust.audit import Deed
from trust.chat.record import ChatUnknown, chat_key, is_chat_id
from trust.errors import TrustError
from trust.limit.limits import RateLimits
from trust.registry.record import Agent, AgentUnknown, Protocol
from trust.session.admission import Admission
from trust.session.errors import is_ended
from trust.session.record import Session
from trust.store.table import Key

if TYPE_CHECKING:
    from proxy.resume.resume import Resume

_METHODS = frozenset({"POST", "DELETE"})
_PATH = re.compile(r"/api/agents/([^/]+)/invocations", re.ASCII)


def is_invocation(path: str) -> bool:
    """Tell whether a path belongs to this application."""
    return _named_in(path) is not None


@lru_cache(maxsize=1024)
def _named_in(path: str) -> str | None:
    found = _PATH.fullmatch(path)
    return None if found is None else found.group(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one request: its body in bytes, and its answer."""

    body_bytes: int
    answer: Bounds


class Proxy:
    """From a browser's message to the agent's answer."""

    def __init__(  # noqa: PLR0913 put together once, by name
        self,
        *,
        admission: Admission,
        turns: Turns,
        resume: "Resume | None",
        limits: Limits,
        rates: RateLimits,
        ahead: Ahead,
        public_origin: str,
        when_ended: Mapping[str, str],
    ) -> None:
        """`when_ended`: headers that take the cookie of an ended session from the browser.

        `resume`: None where a process does not outlive its answer, so that no turn can either.
        """
        self._admission = admission
        self._turns = turns
        self._resume = resume
        self._limits = limits
        self._rates = rates
        self._origin = public_origin
        self._when_ended = when_ended
        self._ahead = ahead

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request = read_request(scope, receive, send)
        try:
            session = await self._session(request)
            if request.method == "DELETE":
                await self._end(request, session)
                return
            # Clients (@microsoft/fetch-event-source, sse.js) take a broken answer up by the same
            # request once more, with the last id that they saw: the agent would do it all twice.
            if request.headers.get("last-event-id"):
                raise AskedAlready("a message with a Last-Event-ID")
            # Counted in before anything is done for it: a message too many leaves nothing behind.
            slot = self._turns.streams.opened(session.owner, request.cookies)
            with slot as stream:
                stream.chat = _chat_named(request, session)
                turn, asked, body = await self._turn(request, session)
                stream.chat, stream.answers = turn.chat.key, asked.answers
                answering = self._answered(request, turn, asked, body, slot)
                words, takes_back = _kept_of(asked.words, turn), asked.takes_back
                # Not kept while the answer lasts: a history may have a megabyte.
                del asked, body
                ending = await answering
        except ClientGone:
            return
        except TrustError as error:
            audit.refused(Deed.REQUEST, error)
            log.fault("turn.refused", error, request=request.request_id, code=error.code)
            await request.refuse(error, self._extra(error))
            return
        if takes_back is not None:
            # A server need not answer what was cancelled, and some leave its stream open: after a
            # few of those the person could open no other before `BFF_STREAM_IDLE` is over.
            self._turns.streams.taken_back(turn.chat.key, takes_back)
        # None: it is recorded, and goes on or has ended by itself.
        if ending is not None:
            log.event("turn.ended", turn.told, request=request.request_id, how=ending.value)
        if ending is Ending.BROWSER_GONE and turn.agent.stop_on_disconnect:
            await self._stopped(turn)
        await self._turns.noted(turn, words)

    def look_ahead(self, request: Request) -> None:
        """Begin to ask the store for what a message will need, unless it is refused anyway."""
        if self._refused(request) is None:
            self._look_ahead(request)

    def _look_ahead(self, request: Request) -> None:
        agent, chat_id = _agent_in(request.path), request.headers.get("chat-id")
        self._ahead.begin(request.cookies, agent, chat_id)

    def _refused(self, request: Request) -> TrustError | None:
        verdict = judge(request.method, request.path, request.headers, origin=self._origin)
        if isinstance(verdict, Refused):
            return verdict.error
        return None if request.method in _METHODS else MethodRefused(request.method)

    async def _session(self, request: Request) -> Session:
        """Decide whether the request counts, and whose it is. Raises TrustError."""
        refused = self._refused(request)
        if refused is not None:
            raise refused
        session = self._admission.at_once(request.cookies)
        if session is None:
            self._look_ahead(request)
            session = await self._admission.admit(request.cookies)
        uncounted = self._rates.call(session)
        if uncounted is not None:
            await uncounted
        return session

    async def _turn(self, request: Request, session: Session) -> tuple[Turn, Asked, bytes]:
        """Decide as what the request goes to the agent, and with what body. Raises TrustError."""
        agent = await self._turns.agent(session, _agent_in(request.path))
        body = await read_body(request, limit=self._limits.body_bytes)
        asked = asked_of(agent, request.headers, body, self._turns.new_id)
        chat_id, mcp = request.headers.get("chat-id"), None
        if agent.protocol is Protocol.MCP:
            named = await self._named(request, session)
            chat_id, mcp = (named.chat_id, named.session) if named else (None, None)
            if named is None:
                # It goes on with the chat that was last used, perhaps by another client of the
                # same person: whose calls are numbered alike, and are not this one's to end.
                asked = asked._replace(takes_back=None)
        prepare = partial(self._turns.prepare, session, agent, asked, chat_id=chat_id, mcp=mcp)
        resume = self._recorded_by(agent, asked)
        if resume is None or chat_id is None:
            turn = await prepare()
            await self._once(request, turn, asked)
        else:
            # Begun first: while its grants are waited for, it may be stopped on another process.
            async with running(resume.stops_before(session.owner, chat_id)) as looking:
                turn = await prepare()
                since_granted = not looking.done()
                await self._once(request, turn, asked)
                number = await looking
            stops = None if number is None else Stops(number, since_granted)
            turn = turn._replace(stops=stops)
        return turn, asked, body if asked.body is None else asked.body

    async def _once(self, request: Request, turn: Turn, asked: Asked) -> None:
        """Let a message that has a name pass for the first time only. Raises AskedAlready."""
        message = request.headers.get("idempotency-key")
        if message and asked.words is not None:
            await self._turns.ask_once(turn, message, by=request.request_id)

    async def _named(self, request: Request, session: Session) -> Named | None:
        """Return the MCP session that a request names, by either of its names."""
        name, chat_id = request.headers.get("mcp-session-id"), request.headers.get("chat-id")
        return await self._turns.mcp.named(session.owner, chat_id=chat_id, session=name)

    async def _end(self, request: Request, session: Session) -> None:
        """End the MCP session that a request names (2025-11-25, Session Management)."""
        agent = await self._turns.agent(session, _agent_in(request.path))
        if agent.protocol is not Protocol.MCP:
            raise MethodRefused(request.method)
        named = await self._named(request, session)
        if named is None:
            raise ChatUnknown("no session is named")
        await self._turns.end_session(session, agent, named)
        await request.finish(204, {}, b"")

    def _returned(self, turn: Turn, asked: Asked, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers of the answer that its protocol has."""
        passed = to_browser(turn.agent.protocol, headers)
        if asked.opens_session:
            passed |= answered(self._turns.mcp, turn.chat, headers)
        return passed

    def _answered(
        self, request: Request, turn: Turn, asked: Asked, body: bytes, slot: Slot
    ) -> Awaitable[Ending | None]:
        if asked.silence is not None:
            return _silent(request, turn, asked.silence)
        return self._relay(request, turn, asked, body, slot)

    def _relay(
        self, request: Request, turn: Turn, asked: Asked, body: bytes, slot: Slot
    ) -> Awaitable[Ending | None]:
        """Pass the agent's answer on; tell how it ended, if it is not recorded."""
        agent = turn.agent
        manner = Manner(
            {"chat-id": turn.chat.id},
            agent.heard_as is Protocol.AGUI and MEDIA_TYPE in turn.accept,
            self._limits.answer,
            partial(self._returned, turn, asked) if agent.protocol in SPEAKING else none_of_them,
            asked.answers,
            asked.passage,
        )
        relay = Relay(request, slot.stream, manner)
        invoke = partial(self._turns.runtime.invoke, turn, body)
        resume = self._recorded_by(agent, asked)
        if resume is None:
            return relay.run(invoke)
        # Here: a function that does nothing but stream records no turn, and starts sooner without.
        from proxy.resume.question import question_line
        from proxy.resume.resume import Detached

        detached = Detached(
            request=request,
            turn=turn,
            question=question_line(asked.members),
            stream=slot.stream,
            release=slot.handed_over(),
            invoke=invoke,
            passage=manner.passage,
            relay=relay.run,
            begins_early=manner.begins_early,
        )
        return resume.record(detached)

    def _recorded_by(self, agent: Agent, asked: Asked) -> "Resume | None":
        """Return what records a turn that goes on without its browser: one that asks something."""
        return self._resume if agent.detach and asked.words is not None else None

    def _extra(self, error: TrustError) -> Mapping[str, str]:
        if isinstance(error, MethodRefused):
            return {"allow": "DELETE, POST"}
        if isinstance(error, AskedAlready) and error.chat is not None:
            return {"chat-id": error.chat}
        return self._when_ended if is_ended(error) else {}

    async def _stopped(self, turn: Turn) -> None:
        try:
            await stop_turn(self._turns.runtime, turn)
        except TrustError as error:
            log.fault("chat.stop_failed", error, **turn.about)


def _chat_named(request: Request, session: Session) -> Key | None:
    """Return the chat that a request would go on with: a stop need not wait for its grants."""
    chat_id = request.headers.get("chat-id", "")
    return chat_key(session.owner, chat_id) if is_chat_id(chat_id) else None


async def _silent(request: Request, turn: Turn, silence: bytes) -> Ending:
    """Answer for the agent, which need not be asked."""
    headers = {"content-type": MEDIA_TYPE, "chat-id": turn.chat.id}
    await request.finish(200, headers, silence)
    return Ending.COMPLETE


def _kept_of(words: str | None, turn: Turn) -> str | None:
    """Return what has to be kept of somebody's words: of a chat with a title that alone."""
    return None if words is None else turn.chat.title or words


def _agent_in(path: str) -> str:
    name = _named_in(path)
    if name is None:
        raise AgentUnknown("not a path of an agent")
    return name
