"""Calls of one API of AWS: signed, sent over the wire, repeated within bounds."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from trust import log
from trust.aws.identity import Identity
from trust.aws.message import AwsUnavailable, Lost, Post, Reply, checked, is_ok, may_have_arrived
from trust.aws.retry import CodeOf, Patience, pause_before_next
from trust.aws.signing import Place, outgoing_headers
from trust.clock import Clock, NumericDate
from trust.span import Span
from trust.wire.call import Broken, Outgoing, Unreachable, Wire, whole

MAX_BYTES = 20_000_000
"""Largest answer that is read: DynamoDB's own limit is 16 MB, base64 included."""


CLOCK_OFF_S = 240
"""How far our clock may be from AWS's without a word: signatures serve for five minutes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Caller:
    """Somebody who calls an API; `pause` waits some seconds, `draw` is random from 0 to 1."""

    wire: Wire
    identity: Identity
    place: Place
    patience: Patience
    code_of: CodeOf
    clock: Clock
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    draw: Callable[[], float] = random.random

    async def call(self, post: Post) -> Reply:
        """Return the answer, also one that refuses. Raises AwsUnavailable."""
        deadline = self.clock.monotonic() + self.patience.whole_s
        attempt, unsure, lost = 1, False, False
        while (left_s := deadline - self.clock.monotonic()) > 0:
            within_s = min(left_s, self.patience.attempt_s)
            outcome = await self._attempt(post, within_s, anew=lost)
            if isinstance(outcome, Reply) and is_ok(outcome):
                return outcome
            wait_s = pause_before_next(
                outcome, attempt, self.patience, code_of=self.code_of, draw=self.draw()
            )
            if wait_s is None:
                _judge_clock(outcome, self.clock.now())
                return _last(outcome, unsure=unsure)
            attempt, unsure = attempt + 1, unsure or may_have_arrived(outcome)
            # Where a network has forgotten our connections, every kept one is as silent as this.
            lost = isinstance(outcome, Lost)
            await self.pause(wait_s)
        raise AwsUnavailable(f"no answer in {self.patience.whole_s} s")

    async def _attempt(self, post: Post, within_s: float, *, anew: bool) -> Reply | Lost:
        sent = False
        try:
            with Span(within_s):
                # Signed anew for each attempt: a signature ages. Finding out who one is may take
                # long, and goes on for the next attempt; nothing has been sent by then.
                headers = await self._headers(post)
                sent = True
                answer = await self.wire.open(
                    Outgoing(
                        method="POST",
                        url=self.place.endpoint.url,
                        headers=headers,
                        body=post.body,
                        anew=anew,
                    )
                )
                body = await whole(answer, limit=MAX_BYTES)
        except Unreachable:
            return Lost("no connection", sent=False)
        except Broken:
            return Lost("connection lost", sent=True)
        except TimeoutError:
            return Lost(f"no answer in {within_s} s", sent=sent)
        return checked(Reply(answer.status, answer.headers, body))

    async def _headers(self, post: Post) -> Mapping[str, str]:
        if not post.signed:
            return post.headers
        credentials = await self.identity.credentials()
        return outgoing_headers(post, self.place, credentials, now=self.clock.now())


def _last(outcome: Reply | Lost, *, unsure: bool) -> Reply:
    if isinstance(outcome, Lost):
        raise AwsUnavailable(outcome.kind)
    return outcome._replace(unsure=unsure)


def _judge_clock(outcome: Reply | Lost, now: NumericDate) -> None:
    """Say so where a refusal comes with quite another time: its code speaks of signatures alone."""
    if isinstance(outcome, Lost):
        return
    # Only here: it is of no use to a cold start.
    from email.utils import parsedate_to_datetime

    # OverflowError: of a number in it, which it takes of any size.
    with suppress(ValueError, OverflowError):
        ahead_s = now - int(parsedate_to_datetime(outcome.headers.get("date", "")).timestamp())
        if abs(ahead_s) > CLOCK_OFF_S:
            log.event("aws.clock_off", ahead_s=ahead_s)
