"""Processes of the program as far as turns that outlive their browser go, over one table."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from fakes.clock import StoppedClock
from fakes.desk import KEYRING, Desk, open_desk
from fakes.keyring import ReloadedKeyring
from fakes.login import ALICE, CAROL, cookie_of, new_session
from fakes.proxy.answer import Spoken, Upstreams
from fakes.proxy.asgi import WAIT_S, Exchange, exchange
from fakes.proxy.turn import PLANE, agent, turn
from fakes.proxy.vendor import FakeVendor
from fakes.registry import OpenRegistry
from fakes.token_endpoint import RotatingEndpoint
from proxy.events.named import scrubbed
from proxy.events.passage import Passage
from proxy.invocation import Stops
from proxy.protocols.mcp_session import McpSessions
from proxy.relay import Bounds, Ending, Manner, Relay
from proxy.request import Request, read_request
from proxy.resume.pace import Pace
from proxy.resume.question import question_line
from proxy.resume.recorder import Invoke
from proxy.resume.resume import Detached, Resume
from proxy.runtime import Runtime
from proxy.streams import StreamLimits, Streams
from proxy.turns import Turns
from proxy.watch import Watch
from trust.chat.chats import Chats
from trust.chat.record import Chat
from trust.errors import TrustError
from trust.grant.grants import Grants
from trust.journal import kept
from trust.journal.journal import Journal
from trust.registry.record import Agent, Tenant
from trust.remembered import Remembered
from trust.seal.keyring import Keyring
from trust.session.record import Session
from trust.store.table import Table

FAST = Pace(
    batch_s=0.002,
    mark_s=0.02,
    stops_s=0.01,
    session_s=0.01,
    poll_s=0.002,
    poll_most_s=0.01,
    look_s=0.01,
    lost_s=WAIT_S,
    heartbeat_s=WAIT_S,
    slow_start_s=WAIT_S,
    retry_s=0.005,
    retry_most_s=0.01,
    end_s=0.5,
    last_word_s=0.5,
)
"""A pace at which a test need not wait."""

BOUNDS = Bounds(idle_s=WAIT_S, total_s=60.0, answer_bytes=64 << 20)


def keys_of(keyring: Keyring = KEYRING) -> ReloadedKeyring:
    """Return a source of keys that never finds newer ones."""

    async def reload() -> Keyring:
        return keyring

    return ReloadedKeyring(keyring, reload)


@dataclass(kw_only=True, eq=False)
class Visit:
    """A request to an instance, and what it has come to."""

    browser: Exchange
    task: "asyncio.Future[Ending | None]"

    @property
    def body(self) -> bytes:
        """What the browser has got so far."""
        return b"".join(self.browser.pieces)

    async def over(self) -> Ending | None:
        """Wait until the request is served. Raises TrustError."""
        async with asyncio.timeout(WAIT_S):
            return await asyncio.shield(self.task)

    async def refusal(self) -> TrustError:
        """Wait for the refusal."""
        try:
            await self.over()
        except TrustError as error:
            return error
        raise AssertionError(f"not refused: {self.browser.messages}")

    async def until(self, part: bytes) -> None:
        """Wait until the browser has seen something."""
        async with asyncio.timeout(WAIT_S), self.browser.news:
            await self.browser.news.wait_for(lambda: part in self.body)

    async def leave(self) -> None:
        """Close the browser, and wait until that is noticed."""
        self.browser.leave()
        await self.over()


@dataclass(kw_only=True, eq=False)
class Instance:
    """One process."""

    desk: Desk
    resume: Resume
    journal: Journal
    turns: Turns
    streams: Streams
    watch: Watch
    agents: list[Agent]
    passage: Callable[[str], Passage] = field(default_factory=lambda: scrubbed)
    visits: list[Visit] = field(default_factory=list[Visit])

    async def log_in(self, session: Session | None = None) -> Session:
        """Begin a session of Alice's."""
        return await self.desk.log_in(session or new_session(ALICE))

    async def chat(self, session: Session) -> Chat:
        """Begin a chat of a session's owner."""
        return await self.turns.chats.begin(
            session.owner, agent().name, "A chat", self.desk.clock.now()
        )

    def ask(
        self, session: Session, chat: Chat, upstream: Spoken, *, stops: Stops | None = None
    ) -> Visit:
        """Send a message to the detached agent; `stops`: how often its chat was told to stop."""
        browser = exchange("POST", "/api/agents/hello/invocations", headers=_headers(session))
        browser.parts.clear()
        return self._visit(browser, self._asked(browser, session, chat, upstream, stops))

    async def _asked(
        self,
        browser: Exchange,
        session: Session,
        chat: Chat,
        upstream: Spoken,
        stops: Stops | None,
    ) -> Ending | None:
        request = read_request(browser.scope, browser.receive, browser.send)
        stream = self.streams.count_in(session.owner, request.cookies)
        stream.chat = chat.key
        chosen = await self.turns.agent(session, chat.agent)

        async def relay(invoke: Invoke) -> Ending:
            manner = Manner(headers={"chat-id": chat.id}, begins_early=False, bounds=BOUNDS)
            return await Relay(request, stream, manner).run(invoke)

        return await self.resume.record(
            Detached(
                request=request,
                turn=turn(of=chosen, session=session)._replace(chat=chat, stops=stops),
                question=question_line({"prompt": "hi"}),
                stream=stream,
                release=partial(self.streams.count_out, session.owner, stream),
                invoke=upstream.invoke,
                passage=self.passage,
                relay=relay,
                begins_early=True,
            )
        )

    def follow(
        self, session: Session, chat: Chat | str, last: str | None = None, *, query: str = ""
    ) -> Visit:
        """Come back to a chat's stream, having seen the event `last`."""
        chat_id = chat if isinstance(chat, str) else chat.id
        seen = [] if last is None else [("Last-Event-ID", last)]
        browser = exchange(
            "GET", f"/api/chats/{chat_id}/stream{query}", headers=[*_headers(session), *seen]
        )
        browser.parts.clear()
        return self._visit(browser, self._followed(browser, session, chat_id))

    async def _followed(self, browser: Exchange, session: Session, chat_id: str) -> None:
        request: Request = read_request(browser.scope, browser.receive, browser.send)
        query = browser.scope["query_string"]
        await self.resume.follow(request, session, chat_id, query=query)

    def _visit(self, browser: Exchange, work: Coroutine[Any, Any, Ending | None]) -> Visit:
        visit = Visit(browser=browser, task=asyncio.ensure_future(work))
        self.visits.append(visit)
        return visit

    async def killed(self) -> None:
        """End as by kill -9: whatever it did stops, and nothing more is written."""
        for task in list(self.resume._tasks):
            task.cancel()
        await self._left()

    async def close(self) -> None:
        """End in good order."""
        await self._left()
        await self.resume.close()
        await self.watch.close()

    async def _left(self) -> None:
        for visit in self.visits:
            visit.task.cancel()
        await asyncio.gather(*(visit.task for visit in self.visits), return_exceptions=True)


def _headers(session: Session) -> list[tuple[str, str]]:
    return [("Cookie", line) for line in cookie_of(session)]


def detached(**changes: object) -> Agent:
    """Return an agent whose turns outlive their browser."""
    both = frozenset({ALICE.tenant, CAROL.tenant})
    return agent(**{"detach": True, "tenants": both, **changes})


@asynccontextmanager
async def instance(
    table: Table,
    clock: StoppedClock,
    *,
    pace: Pace = FAST,
    keeps: kept.Bounds | None = None,
    per_subject: int = 4,
) -> AsyncGenerator[Instance]:
    """Run a process; several may share a table and a clock."""
    desk = open_desk(table, clock, RotatingEndpoint(clock))
    agents = [detached()]
    tenants = [
        Tenant(id=owner, name=owner, claims=frozenset({owner}))
        for owner in sorted(agents[0].tenants)
    ]
    streams = Streams(StreamLimits(per_subject=per_subject, per_tenant=100, total=1000))
    journal = Journal(table, keys_of(), random=secrets.token_bytes)
    turns = Turns(
        registry=OpenRegistry(known_tenants=tenants, known_agents=agents),
        known=Remembered(clock, 0),
        chats=Chats(table, keys_of(), Remembered(clock, 0), random=secrets.token_bytes),
        grants=Grants(FakeVendor(clock=clock), clock),
        runtime=Runtime(wire=Upstreams(answers=[]), plane=PLANE, clock=clock),
        streams=streams,
        clock=clock,
        mcp=McpSessions(keys_of(), random=secrets.token_bytes),
        new_id=lambda: secrets.token_hex(16),
        journal=journal,
    )
    resume = Resume(
        journal=journal,
        turns=turns,
        admission=desk.admission,
        bounds=BOUNDS,
        random=secrets.token_bytes,
        pace=replace(pace, keeps=keeps) if keeps is not None else pace,
    )
    opened = Instance(
        desk=desk,
        resume=resume,
        journal=journal,
        turns=turns,
        streams=streams,
        watch=Watch(desk.admission, streams),
        agents=agents,
    )
    try:
        yield opened
    finally:
        await opened.close()
