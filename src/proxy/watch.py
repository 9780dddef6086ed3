"""Watching the sessions of open streams: those of a revoked one are cut off (design part 10)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context

from proxy.errors import SessionRevoked
from proxy.streams import Streams
from trust import log
from trust.session.admission import Admission
from trust.session.errors import NotLoggedIn

EVERY_S = 0.5
"""Pause between two looks; with the session cache's second, a revocation is seen within two, also
where the machine is busy. More looks cost no more reads: the cache answers them."""

AT_ONCE = 32
"""Sessions that are looked at at the same moment: a store must not get a thousand calls in one."""

LATE_S = 0.1
"""Who has no answer by then is waited for no longer, and looked at no second time until it comes:
one tenant's rows that are slow must not put another's revocation off."""


class Watch:
    """One look at each session that has open streams, and the next a while after; none else.

    One task for all streams of the process, which is there only while there are some: a task for
    each cost more than the streams themselves.
    """

    def __init__(
        self,
        admission: Admission,
        streams: Streams,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._admission = admission
        self._streams = streams
        self._pause = pause
        self._task: asyncio.Task[None] | None = None
        self._looking: dict[Sequence[str], asyncio.Task[None]] = {}
        """Looks that are under way, by the cookies of their session."""
        streams.on_open = self._begin

    def _begin(self) -> None:
        if self._task is None:
            # In a context of its own: it is for everybody's streams, and outlives the request that
            # began it, whose id and address would stand in what is written down about the others.
            self._task = Context().run(asyncio.ensure_future, self._run())

    async def close(self) -> None:
        """Stop watching."""
        tasks = {*filter(None, [self._task]), *self._looking.values()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _run(self) -> None:
        try:
            await self._pause(EVERY_S)
            while self._streams.open:
                await self.look()
                await self._pause(EVERY_S)
        finally:
            self._task = None

    async def look(self) -> None:
        """End the streams whose session is gone. A store that cannot be asked ends nothing."""
        sessions = {stream.cookies for stream in self._streams.open if stream.cookies}
        due = list(sessions - self._looking.keys())
        for start in range(0, len(due), AT_ONCE):
            looks = set(map(self._begun, due[start : start + AT_ONCE]))
            await asyncio.wait(looks, timeout=LATE_S)

    def _begun(self, cookies: Sequence[str]) -> "asyncio.Task[None]":
        look = self._looking[cookies] = asyncio.ensure_future(self._attend(cookies))
        look.add_done_callback(lambda _: self._looking.pop(cookies))
        return look

    async def _attend(self, cookies: Sequence[str]) -> None:
        """Look at one session. Whoever watches an answer is using it: it does not become idle."""
        try:
            await self._admission.attend(cookies)
        except NotLoggedIn as error:
            for stream in self._streams.open:
                if stream.cookies == cookies:
                    stream.end(SessionRevoked(str(error)))
        except Exception as error:  # noqa: BLE001 whatever it is, the next look may see the end
            log.fault("stream.look_failed", error)
