"""One invocation after the other: from the Runtime API's event to the application's answer."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, cast

from starlette.types import ASGIApp

from proxy.errors import ServerRestarting
from proxy.lambda_stream.answer import Answer
from proxy.lambda_stream.event import (
    UNREADABLE,
    EventMalformed,
    EventRefused,
    HttpEvent,
    parse_event,
)
from proxy.lambda_stream.http import RuntimeApiLost
from proxy.lambda_stream.runtime_api import Failure, Invocation, RuntimeApi
from proxy.request import refusing, request_id
from proxy.tasks import running
from trust import log
from trust.clock import Clock, NumericDate

MARGIN_S = 5.0
"""How long before its deadline an invocation is ended by us; of a short one, a fifth of it."""

_CLOCK_S = 1
"""Our clock tells whole seconds: the deadline may be so much nearer."""

_SEE_LOG = "The invocation failed. The function's log says why, under its request id."


class Server:
    """Answers invocations with an ASGI application, always on the same event loop."""

    def __init__(
        self, api: RuntimeApi, app: ASGIApp, clock: Clock, trace: Callable[[str | None], None]
    ) -> None:
        """`trace` is told the X-Ray id of each invocation before it is answered."""
        self._api = api
        self._app = app
        self._clock = clock
        self._trace = trace

    async def serve(self) -> None:
        """Answer for as long as there is a Runtime API. Raises RuntimeApiLost."""
        while True:
            invocation = await self._api.next()
            self._trace(invocation.trace_id)
            with log.about(invocation=invocation.id):
                await self._served(invocation)

    async def _served(self, invocation: Invocation) -> None:
        try:
            await self._answered(invocation)
        except RuntimeApiLost as error:
            # Whoever asked has gone, or the connection: the next invocation gets another.
            log.fault("lambda.answer_lost", error)

    async def _answered(self, invocation: Invocation) -> None:
        """Answer one invocation, whatever its event holds. Raises RuntimeApiLost."""
        app = self._app
        try:
            request = parse_event(invocation.event)
        except EventRefused as error:
            log.fault("lambda.event_refused", error)
            await self._api.fail(invocation, Failure(kind="EventRefused", message=str(error)))
            return
        except EventMalformed as error:
            log.fault("lambda.event_refused", error)
            request, app = UNREADABLE, refusing(error)
        await self._asked(app, request, invocation)

    async def _asked(self, app: ASGIApp, request: HttpEvent, invocation: Invocation) -> None:
        ends_at = asyncio.get_running_loop().time() + left_s(invocation, self._clock.now())
        answer = Answer(request, partial(self._api.respond, invocation))
        scope = request.scope()
        work = cast("Coroutine[Any, Any, None]", app(scope, answer.receive, answer.send))
        try:
            failed = await _within(work, answer, request_id(scope), ends_at)
            await self._told(invocation, answer, failed, ends_at)
        finally:
            answer.close()

    async def _told(
        self, invocation: Invocation, answer: Answer, failed: BaseException | None, ends_at: float
    ) -> None:
        """Let the Runtime API know how it went. Raises RuntimeApiLost."""
        if failed is not None:
            log.fault("lambda.answer_failed", failed)
        kind = "AnswerIncomplete" if failed is None else type(failed).__name__
        failure = Failure(kind=kind, message=_SEE_LOG)
        if answer.begun:
            await answer.finish(failure, within_s=max(1.0, _left(ends_at)))
        else:
            await self._api.fail(invocation, failure)


def left_s(invocation: Invocation, now: NumericDate) -> float:
    """Return the seconds until Lambda ends the invocation, rather too few than too many."""
    return max(0.0, invocation.deadline_ms / 1000 - now - _CLOCK_S)


def _left(ends_at: float) -> float:
    return max(0.0, ends_at - asyncio.get_running_loop().time())


async def _within(
    work: Coroutine[Any, Any, None], answer: Answer, identity: str, ends_at: float
) -> BaseException | None:
    """Wait for the application, until the deadline is near; return what it raised.

    An answer that goes on is then ended with a word of ours: Lambda would tear it off, and freeze
    the process with everything that is open in it.
    """
    margin_s = min(MARGIN_S, _left(ends_at) / 5)
    async with running(work) as task:
        await asyncio.wait({task}, timeout=_left(ends_at) - margin_s)
        if not task.done():
            log.event("lambda.deadline_near")
            await answer.cut(ServerRestarting("the invocation's deadline"), identity)
            # As for any browser that goes away: the upstream is closed, the turn perhaps stopped.
            await asyncio.wait({task}, timeout=margin_s / 2)
    return None if task.cancelled() else task.exception()
