"""What is begun before anybody is known to need it, so that whoever does need not wait for it."""

import asyncio
from collections.abc import Collection, Coroutine
from contextlib import suppress
from typing import Any

from proxy.turns import Turns
from trust.errors import TrustError
from trust.limit.limits import RateLimits
from trust.session.admission import Admission


class Ahead:
    """Asks the store for what a request will need, where its person was here before.

    People write less often than once in the time for which anything is remembered. One after the
    other, session, tenant, agents, chat and counters would be as many ways to the store and back
    for each message; at once they are one. Nobody is let in, or counted, by it.
    """

    def __init__(self, admission: Admission, rates: RateLimits, turns: Turns) -> None:
        self._admission = admission
        self._rates = rates
        self._turns = turns
        self._under_way: set[asyncio.Task[None]] = set()

    def begin(self, cookies: Collection[str], agent: str | None, chat_id: str | None) -> None:
        """Ask for it all at once; `agent`, `chat_id`: as the request names them, if it does.

        A second time is nothing: what is being asked for is waited for, the rest is remembered.
        """
        last = self._admission.last(cookies)
        if last is None:
            return
        questions = self._turns.questions(last.owner, agent, chat_id)
        for question in (self._admission.identify(cookies), self._rates.stock(last), *questions):
            task = asyncio.ensure_future(_quietly(question))
            # The event loop alone would let go of it.
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)


async def _quietly(question: Coroutine[Any, Any, object]) -> None:
    # One that fails is nobody's failure: whoever needs it asks again.
    with suppress(TrustError):
        await question
