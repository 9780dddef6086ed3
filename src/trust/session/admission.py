"""Who is asking: from a request's cookies to a live session, or a refusal."""

import asyncio
from collections.abc import Collection
from functools import lru_cache, partial
from typing import NamedTuple

from trust import log
from trust.clock import Clock, NumericDate
from trust.errors import TrustError
from trust.remembered import SIZE, Remembered
from trust.session.cookie import CookieProblem, read_ticket
from trust.session.errors import CookieAbsent, CookieAmbiguous, CookiesTooLarge, NotLoggedIn
from trust.session.ids import Ticket, hash_of
from trust.session.ledger import Ledger
from trust.session.lifetime import SLIDE_EVERY_S, Lifetime, slides, touched
from trust.session.record import Session
from trust.session.refresh import Due, Fresh, Refresher, beside_at, decide, usable
from trust.store.table import ConditionFailed

WAIT_S = 30.0
"""How long a request waits for its session's refresh, which goes on without it."""

WAIT_USABLE_S = 3.0
"""The same while the old access token still serves: a provider that hangs stops nobody's work."""

CLOSE_WITHIN_S = 10.0
"""How long the end of the process waits for refreshes: about as long as a token call may take."""


class Admission:
    """Answers for the cookie of each request; remembers a positive answer for a moment.

    `cache_s` (at most a second) is the bound on how late a revocation is seen by this process.
    """

    def __init__(
        self, ledger: Ledger, refresher: Refresher, clock: Clock, lifetime: Lifetime, cache_s: float
    ) -> None:
        self._ledger = ledger
        self._refresher = refresher
        self._clock = clock
        self._lifetime = lifetime
        self._cache = Remembered[str, _Known](clock, cache_s)
        self._remembers = cache_s > 0
        self._refreshing: dict[str, asyncio.Task[Session]] = {}
        self._sliding: dict[str, asyncio.Task[None]] = {}

    async def identify(self, cookie_headers: Collection[str]) -> Session:
        """Return the session of the cookie as it is.

        Raises NotLoggedIn, CookieAmbiguous, CookiesTooLarge.
        """
        found = _asked_for(tuple(cookie_headers))
        if isinstance(found, _Asked):
            return await self._session(found)
        match found:
            case CookieProblem.DUPLICATED:
                raise CookieAmbiguous("more than one session cookie")
            case CookieProblem.TOO_LARGE:
                raise CookiesTooLarge("a Cookie header that is too long to be read")
            case CookieProblem.ABSENT:
                raise CookieAbsent("no session cookie")
            case CookieProblem.GARBLED:
                raise NotLoggedIn("not a cookie of ours")

    def at_once(self, cookie_headers: Collection[str]) -> Session | None:
        """Return the session in use, as `admit` does, if there is nothing to wait for."""
        asked, now = _asked_for(tuple(cookie_headers)), self._clock.now()
        known = self._known(asked, now) if isinstance(asked, _Asked) else None
        return known.session if known is not None and now < known.calm_until else None

    def last(self, cookie_headers: Collection[str]) -> Session | None:
        """Return the session as it was read here last, be that long ago, if it is to be read anew.

        It tells what its person is likely to ask for next. It lets nobody in: it may have ended.
        """
        asked = _asked_for(tuple(cookie_headers))
        if not isinstance(asked, _Asked) or self._cache.get(asked.id_hash) is not None:
            return None
        known = self._cache.last(asked.id_hash)
        return known.session if known is not None and _is_of(known.session, asked) else None

    async def admit(self, cookie_headers: Collection[str]) -> Session:
        """Return the session in use: idle time moved on, tokens fresh enough to call with.

        Raises NotLoggedIn, CookieAmbiguous, CookiesTooLarge, ProviderUnavailable, StoreUnavailable.
        """
        calm = self.at_once(cookie_headers)
        if calm is not None:
            return calm
        now, asked_at = self._clock.now(), self._clock.monotonic()
        session = used = await self.identify(cookie_headers)
        if not isinstance(decide(used, now), Fresh):
            used = await self._refreshed(used)
        elif self._remembers and isinstance(decide(used, now, beside=True), Due):
            # Not by a process that may be frozen once it has answered, with the provider's answer.
            self._begin_refresh(used, beside=True)
        if slides(used, now):
            if self._remembers:
                self._slide(used)
            else:
                # A process that may be frozen as soon as it has answered, as on Lambda.
                used = await self._slid(used)
        if used is not session:
            # Only what was written or read just now: remembering what was remembered would put the
            # end of the second off for as long as requests keep coming.
            self._remember(used, asked_at)
        return used

    async def attend(self, cookie_headers: Collection[str]) -> Session:
        """Return the session, in use but not about to call anybody: its tokens are left alone.

        For whoever watches an answer: waiting for a provider would hide a revocation. Raises
        NotLoggedIn, CookieAmbiguous, CookiesTooLarge, StoreUnavailable.
        """
        asked_at = self._clock.monotonic()
        session = await self.identify(cookie_headers)
        if slides(session, self._clock.now()):
            session = await self._slid(session)
            self._remember(session, asked_at)
        return session

    def forget(self, id_hash: str) -> None:
        """Drop what is remembered of a session: it ended here."""
        self._cache.drop(id_hash)

    async def close(self) -> None:
        """Wait for the refreshes and writes that are under way, for some seconds at most.

        The end of the process would abort them between the provider's answer and the write. To be
        called when no more requests come, and while store and provider can still be reached.
        """
        under_way = {*self._refreshing.values(), *self._sliding.values()}
        if not under_way:
            return
        _, late = await asyncio.wait(under_way, timeout=CLOSE_WITHIN_S)
        if late:
            log.event("session.refresh_unfinished", count=len(late))

    async def _session(self, asked: "_Asked") -> Session:
        known = self._known(asked, self._clock.now())
        if known is not None:
            return known.session
        # By the whole ticket: a wrong hint must find nothing, whoever else is reading the row.
        known = await self._cache.ask(asked.id_hash, partial(self._read, asked))
        if not _is_of(known.session, asked):
            raise NotLoggedIn("no such session")
        return known.session

    async def _read(self, asked: "_Asked") -> "_Known":
        session = await self._ledger.read(asked.ticket, now=self._clock.now())
        if session is None:
            # Ended elsewhere: nobody is to guess by it any more, and its tokens need not stay here.
            self.forget(asked.id_hash)
            raise NotLoggedIn("no such session")
        return _known(session)

    async def _refreshed(self, session: Session) -> Session:
        """Join the refresh that is under way in this process, or begin it.

        It is a task of its own: a browser that goes away, or has waited long enough, must not abort
        a rotation half-way, which would lose the new refresh token and so the login.
        """
        self._begin_refresh(session)
        task = self._refreshing[session.id_hash]
        serves = usable(session, self._clock.now())
        await asyncio.wait({task}, timeout=WAIT_USABLE_S if serves else WAIT_S)
        if not task.done():
            return self._refresher.as_it_is(session)
        return task.result()

    def _begin_refresh(self, session: Session, *, beside: bool = False) -> None:
        """Begin the refresh, unless one is under way in this process."""
        id_hash, asked_at = session.id_hash, self._clock.monotonic()
        if id_hash not in self._refreshing:
            task = asyncio.ensure_future(self._refresher.fresh(session, beside=beside))
            self._refreshing[id_hash] = task
            task.add_done_callback(lambda done: self._refreshed_once(id_hash, done, asked_at))

    def _refreshed_once(self, id_hash: str, task: "asyncio.Task[Session]", asked_at: float) -> None:
        """Take notice of what became of a refresh: perhaps nobody has waited for it."""
        self._refreshing.pop(id_hash, None)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, NotLoggedIn):
            self.forget(id_hash)
        elif error is None and self._cache.last(id_hash) is not None:
            # Not one that was forgotten meanwhile: it has ended here.
            self._remember(task.result(), asked_at)

    def _slide(self, session: Session) -> None:
        """Have written down that the session is in use, once, while its requests go on."""
        id_hash = session.id_hash
        if id_hash not in self._sliding:
            task = self._sliding[id_hash] = asyncio.ensure_future(self._slid_beside(session))
            task.add_done_callback(lambda _: self._sliding.pop(id_hash))

    async def _slid_beside(self, session: Session) -> None:
        asked_at = self._clock.monotonic()
        try:
            self._remember(await self._slid(session), asked_at)
        except NotLoggedIn:
            # It has ended meanwhile, and is forgotten: whoever comes next reads that.
            return
        except TrustError as error:
            log.fault("session.not_touched", error, session=session.id_hash[:8])

    async def _slid(self, session: Session) -> Session:
        try:
            return await self._ledger.write(touched(session, self._lifetime, self._clock.now()))
        except ConditionFailed:
            # Somebody else wrote it: either they moved it on too, or it has ended.
            self.forget(session.id_hash)
        return await self._session(_Asked(session.ticket, session.id_hash))

    def _remember(self, session: Session, asked_at: float) -> None:
        """Keep a session for a moment, counted from when the store was asked."""
        self._cache.put(session.id_hash, _known(session), asked_at)

    def _known(self, asked: "_Asked", now: NumericDate) -> "_Known | None":
        known = self._cache.get(asked.id_hash)
        if known is None or known.expires_at <= now or not _is_of(known.session, asked):
            return None
        return known


class _Known(NamedTuple):
    """A session that was read a moment ago, and until when nothing has to be done about it."""

    session: Session
    calm_until: NumericDate
    expires_at: NumericDate


def _known(session: Session) -> _Known:
    return _Known(session, calm_until(session), session.expires_at)


def calm_until(session: Session) -> NumericDate:
    """Return until when a session needs neither a refresh nor its idle end moved on."""
    return min(beside_at(session), NumericDate(session.seen_at + SLIDE_EVERY_S))


class _Asked(NamedTuple):
    """Which session a request asks for."""

    ticket: Ticket
    id_hash: str


@lru_cache(maxsize=SIZE)
def _asked_for(cookie_headers: tuple[str, ...]) -> _Asked | CookieProblem:
    """Read the cookies; the same ones come with every request of a browser."""
    found = read_ticket(cookie_headers)
    return found if isinstance(found, CookieProblem) else _Asked(found, hash_of(found.id))


def _is_of(session: Session, asked: _Asked) -> bool:
    # The right id under another tenant's hint must find nothing here too, as in the table.
    owner, ticket = session.owner, asked.ticket
    return owner.tenant == ticket.tenant and owner.subject == ticket.subject
