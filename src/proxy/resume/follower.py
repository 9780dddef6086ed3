"""One browser that follows a turn: from where it stands to the end, or until it goes away."""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from enum import Enum

from proxy.request import Request
from proxy.resume.errors import EventIdInvalid, TurnLost, ended_with
from proxy.resume.events import gap_frame, numbered, preamble
from proxy.resume.pace import Pace
from proxy.resume.position import Position
from proxy.resume.recording import Page
from proxy.resume.source import Source
from proxy.sse import HEARTBEAT, MEDIA_TYPE, failure_event
from proxy.streams import BrowserGone, Stream
from proxy.tasks import Result, running
from trust.errors import TrustError
from trust.journal.record import COMPLETE


class Followed(Enum):
    """How a follower came to its end."""

    ENDED = "ended"
    """The turn has, and the browser was told all of it."""
    BROWSER_GONE = "browser_gone"
    BROKEN_OFF = "broken_off"


class Follower:
    """Tells one browser of one turn. It alone decides how fast: the turn does not wait for it."""

    def __init__(
        self, request: Request, stream: Stream, headers: Mapping[str, str], pace: Pace
    ) -> None:
        """`stream` is this follower's own; what ends it ends nothing of the turn."""
        self._request = request
        self._stream = stream
        self._headers = headers
        self._pace = pace
        self._begun = False

    async def while_there(self, work: Awaitable[Result], *, total_s: float) -> Result:
        """Wait for `work`. Raises BrowserGone, or the reason for which the stream has to end."""
        async with running(self._listen()):
            with self._stream.within(total_s):
                return await work

    async def run(
        self, source: Source, position: Position, *, known: bool, total_s: float
    ) -> Followed:
        """Tell what follows `position`. `known`: the client said that it stands there.

        Raises TrustError while nothing has been answered yet.
        """
        telling = self._tell(source, position, known=known)
        try:
            await self.while_there(telling, total_s=total_s)
        except BrowserGone:
            return Followed.BROWSER_GONE
        except TrustError as error:
            if not self._begun:
                raise
            await self._last_word(error)
            return Followed.BROKEN_OFF
        finally:
            # Never begun if the stream had ended before.
            telling.close()
        return Followed.ENDED

    async def _listen(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        self._stream.end(BrowserGone())

    async def _tell(self, source: Source, position: Position, *, known: bool) -> None:
        page = await source.page(position.number)
        if known:
            try:
                page = await _reached(source, page, position)
            except TurnLost:
                # It is told as to everybody who followed when the turn was lost.
                await self._start(position)
                raise
            if _everything_seen(page, position):
                await self._request.finish(204, self._headers, b"")
                return
        await self._start(position)
        heartbeat_at = _time() + self._pace.heartbeat_s
        while True:
            if page.is_news:
                position = await self._told(page, position)
                heartbeat_at = _time() + self._pace.heartbeat_s
            if page.end is not None:
                return
            if not page.more and not await self._changed(source, position, heartbeat_at):
                await self._write(HEARTBEAT)
                heartbeat_at = _time() + self._pace.heartbeat_s
            page = await source.page(position.number)

    async def _told(self, page: Page, position: Position) -> Position:
        """Send a page; return where the client stands then."""
        frames = list[bytes]()
        turn = position.turn
        if (gap := page.gap) is not None:
            frame = gap_frame(first=gap.first, last=gap.last, reason=gap.reason)
            frames.append(numbered(Position(turn, gap.last), frame))
        for number, event in enumerate(page.events, page.first):
            frames.append(numbered(Position(turn, number), event))
        number = page.first + len(page.events) - 1
        if page.end is not None and page.end != COMPLETE:
            # With an id of its own: who has seen it has seen everything.
            frame = failure_event(ended_with(page.end), request_id=self._request.request_id)
            frames.append(numbered(Position(turn, number + 1), frame))
        await self._write(b"".join(frames), more=page.end is None)
        return Position(turn, number)

    async def _changed(self, source: Source, position: Position, until: float) -> bool:
        try:
            async with asyncio.timeout_at(until):
                await source.changed(position.number)
        except TimeoutError:
            return False
        return True

    async def _start(self, position: Position) -> None:
        headers = {"content-type": MEDIA_TYPE, "x-accel-buffering": "no", **self._headers}
        self._begun = True
        await self._request.start(200, headers)
        await self._write(preamble(position))

    async def _last_word(self, error: TrustError) -> None:
        """Say why it ends here. Without an id: the turn may go on, and the client come back."""
        frame = failure_event(error, request_id=self._request.request_id)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.last_word_s):
                await self._write(frame, more=False)

    async def _write(self, body: bytes, *, more: bool = True) -> None:
        await self._request.send({"type": "http.response.body", "body": body, "more_body": more})


async def _reached(source: Source, page: Page, position: Position) -> Page:
    """Return what follows a position, once it is known that the turn has come to that.

    Another process may have told of it before it was written down. Raises EventIdInvalid.
    """
    while page.end is None and position.number > page.last:
        if page.all_told:
            raise EventIdInvalid("an id that the turn does not have yet")
        if not page.more:
            await source.changed(position.number)
        page = await source.page(position.number)
    return page


def _everything_seen(page: Page, position: Position) -> bool:
    """Tell whether the turn is over and the client knows all of it. Raises EventIdInvalid."""
    if page.end is None or page.events or page.gap is not None:
        return False
    final = page.last if page.end == COMPLETE else page.last + 1
    if position.number > final:
        raise EventIdInvalid("an id that the turn never had")
    return position.number == final


def _time() -> float:
    return asyncio.get_running_loop().time()
