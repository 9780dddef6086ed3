"""Leases: asked for, extended and replaced.

A lease ends with the token that it was made with, whoever extends it (the classic outage: a lease
of an hour, made with a token of fifteen minutes). So a lease is never said to last longer than its
token, and after another login there is a new one instead of an extended one.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from trust.clock import Clock, Instant, elapsed_s, instant
from trust.secret import Secret
from trust.secrets.freshness import MARGIN_S
from trust.secrets.reference import Reference
from trust.secrets.source import Fetched, SecretOutage, SecretRefused
from trust.secrets.vault.answers import AnswerMalformed, Given, given, malformed, renewal, text
from trust.secrets.vault.ends import Ends
from trust.secrets.vault.failures import Denied
from trust.secrets.vault.lease import Lease, is_worth_it
from trust.secrets.vault.returning import Pause, Returning
from trust.secrets.vault.session import VaultSession

DRAIN_S = 60.0
"""How long credentials live on after others took their place: somebody may be using them."""

LEAST_S = 2 * MARGIN_S
"""Credentials for less than this are not used: new ones would be made without end."""

KEPT_S = 3600.0
"""For so long a lease without a time of its own is tried to be given back."""

Asking = Callable[[Any], object]
"""Asks Vault, with a client that is logged in, for new credentials; in a thread."""

Reading = Callable[[object], Mapping[str, str]]
"""Takes the credentials out of the answer. Raises AnswerMalformed."""


class Leases:
    """The leases of one process."""

    def __init__(
        self,
        session: VaultSession,
        clock: Clock,
        *,
        drain_s: float = DRAIN_S,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._session = session
        self._clock = clock
        self._drain_s = drain_s
        self._ends = Ends(clock)
        self._returning = Returning(session, clock, pause=pause)
        self._live: dict[str, Lease] = {}
        self._unclaimed: dict[str, Lease] = {}
        """Made, and whoever asked has not heard of it (yet): it may have gone away."""

    async def issued(
        self, place: Reference, asking: Asking, reading: Reading, *, instead_of: Fetched | None
    ) -> Fetched:
        """Return new credentials; those which they replace are given back once they have drained.

        Raises SecretOutage, SecretRefused.
        """
        self._tidy()
        asked = instant(self._clock)
        answer = await self._session.call(partial(self._make, place, asking, asked), place)
        body, lease = answer.value
        try:
            contents = reading(body)
        except AnswerMalformed:
            # Its lease stays unclaimed, and so goes back.
            raise malformed(place) from None
        if lease is None:
            raise malformed(place)
        if lease.lasts_s < LEAST_S:
            # It goes back, too: before anybody could work with it, it would be over.
            raise SecretOutage(
                f"{place}: a lease of less than {LEAST_S:.0f} s; look at the role's default_ttl"
            )
        self._unclaimed.pop(lease.id, None)
        self._live[lease.id] = replace(lease, login=answer.login)
        if instead_of is not None:
            self._retire(instead_of.version)
        return Fetched(
            value=Secret(json.dumps(contents)),
            version=lease.id,
            lease_s=min(lease.lasts_s, answer.token_left_s),
            ended=partial(self._has_ended, lease.id, answer.login),
        )

    async def extended(self, place: Reference, known: Fetched) -> Fetched | None:
        """Return what is known for a longer time; None where other credentials are needed.

        Raises SecretOutage.
        """
        lease = self._live.get(known.version)
        if lease is None or not lease.renewable:
            return None
        asked = instant(self._clock)
        try:
            answer = await self._session.call(partial(_extended, lease), place)
            longer = renewal(answer.value)
        except (Denied, AnswerMalformed):
            # By a policy, for the token's sake, by somebody on the way: no word about the lease.
            return None
        except SecretRefused:
            # Vault does not know it any more.
            self._ends.note(lease, asked=asked, lasts_s=0.0)
            return None
        if answer.login == lease.login and is_worth_it(lease, longer):
            self._ends.forget(lease.id)
            self._live[lease.id] = replace(
                lease, renewable=longer.renewable, asked=asked, lasts_s=longer.duration_s
            )
            return replace(known, lease_s=min(longer.duration_s, answer.token_left_s))
        if longer.lease_id == lease.id:
            self._ends.note(lease, asked=asked, lasts_s=longer.duration_s)
        return None

    async def close(self) -> None:
        """Give everything back, best effort."""
        leases = [*self._live.values(), *self._unclaimed.values()]
        self._live.clear()
        self._unclaimed.clear()
        await self._returning.close(leases)

    def _make(
        self, place: Reference, asking: Asking, asked: Instant, client: Any
    ) -> tuple[object, Lease | None]:
        body = asking(client)
        try:
            found = given(body)
        except AnswerMalformed:
            self._leave(body, place, asked)
            return body, None
        lease = _lease(found, place, asked)
        # Here, in the thread: whoever waits for it may have been cancelled, and the thread is not.
        self._unclaimed[lease.id] = lease
        return body, lease

    def _leave(self, body: object, place: Reference, asked: Instant) -> None:
        """Have what cannot be used go back, however long it would have been good for."""
        try:
            named = Given(lease_id=text(body, "lease_id"), duration_s=KEPT_S, renewable=False)
        except AnswerMalformed:
            return
        self._unclaimed[named.lease_id] = _lease(named, place, asked)

    def _has_ended(self, lease_id: str, login: int) -> bool:
        # A later renewal may cut the token short, and with it all that was made by it.
        return self._session.has_ended(login) or self._ends.has_come(lease_id)

    def _retire(self, lease_id: str) -> None:
        lease = self._live.pop(lease_id, None)
        if lease is not None:
            # Where nobody can use the new ones after all, these must not serve on.
            self._ends.note(lease, asked=instant(self._clock), lasts_s=self._drain_s)
            self._returning.later(lease, self._drain_s)

    def _tidy(self) -> None:
        """Forget what is over, and give back what nobody came for."""
        self._ends.tidy()
        for lease in list(self._live.values()):
            if lease.is_over(self._clock):
                del self._live[lease.id]
        for lease in list(self._unclaimed.values()):
            if elapsed_s(lease.asked, self._clock) >= self._drain_s:
                del self._unclaimed[lease.id]
                self._returning.later(lease, 0)
        self._returning.nudge()


def _lease(found: Given, place: Reference, asked: Instant) -> Lease:
    return Lease(
        id=found.lease_id,
        place=place,
        first_s=found.duration_s,
        renewable=found.renewable,
        asked=asked,
        lasts_s=found.duration_s,
    )


def _extended(lease: Lease, client: Any) -> object:
    return client.sys.renew_lease(lease.id, increment=int(lease.first_s))
