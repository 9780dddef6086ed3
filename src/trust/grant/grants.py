"""Grants, bought once and used until they are about to expire."""

import asyncio
from collections import OrderedDict
from typing import NamedTuple

from trust.clock import Clock, NumericDate
from trust.coordinates import AgentName, Coordinates
from trust.grant.record import Credentials, GrantDenied, GrantRequest, serves
from trust.grant.session_policy import Extra, caller_policy, data_policy
from trust.grant.vendor import Vendor
from trust.registry.record import Agent, Protocol
from trust.remembered import Remembered
from trust.session.record import Owner, Session

CACHE_SIZE = 5_000
"""How many grants a process remembers."""


HELD_S = 60.0
"""How long it is remembered which grants an agent's entry asks for."""

AHEAD_S = 120
"""For how long before a grant serves no more its successor is bought, if anybody uses it: longer
than `HELD_S`, in which nobody looks at it."""

PUT_OFF_S = 15.0
"""For how long a successor that could not be had is not asked for again, while the old one serves:
two minutes of messages would each be a call of STS."""

_Wanted = tuple[Owner, AgentName]


class Held(NamedTuple):
    """What one person needs for one agent; `data` is None for an agent without a data role."""

    caller: Credentials
    data: Credentials | None

    def serves(self, now: NumericDate) -> bool:
        """Tell whether both may still be handed out."""
        return serves(self.caller, now) and (self.data is None or serves(self.data, now))


class Grants:
    """Sells caller grants and data grants for a session's coordinates.

    One STS call is in flight per request for a grant, however many want it at the same moment.
    """

    def __init__(self, vendor: Vendor, clock: Clock) -> None:
        self._vendor = vendor
        self._clock = clock
        self._cache: OrderedDict[GrantRequest, Credentials] = OrderedDict()
        self._buying: dict[GrantRequest, asyncio.Task[Credentials]] = {}
        self._put_off = Remembered[GrantRequest, bool](clock, PUT_OFF_S)
        self._held = Remembered[_Wanted, tuple[Agent, Held]](clock, HELD_S)

    async def both(self, session: Session, agent: Agent) -> "Held":
        """Return the caller grant and the data grant. Raises GrantDenied, GrantUnavailable.

        Of the next calls of the same person to the same agent none writes the policies again.
        """
        wanted = (session.owner, agent.name)
        found = self._held.get(wanted)
        # The same entry, not an equal one: one that was read anew may ask for something else.
        if found is not None and found[0] is agent and found[1].serves(self._clock.now()):
            return found[1]
        asked_at = self._held.asking()
        caller, data = await asyncio.gather(self.caller(session, agent), self.data(session, agent))
        held = Held(caller, data)
        self._held.put(wanted, (agent, held), asked_at)
        return held

    async def caller(self, session: Session, agent: Agent) -> Credentials:
        """Return what may invoke and stop this agent. Raises GrantDenied, GrantUnavailable."""
        if agent.invoke_role_arn is None:
            raise GrantDenied("the agent has no invoke role")
        policy = caller_policy(agent.runtime_arn, *_extras_of(agent))
        return await self._grant(session, agent, agent.invoke_role_arn, policy)

    async def data(self, session: Session, agent: Agent) -> Credentials | None:
        """Return what may touch this tenant's data with this agent; None if it has no data role.

        Raises GrantDenied, GrantUnavailable.
        """
        if agent.data_role_arn is None:
            return None
        policy = data_policy(
            coordinates_of(session, agent), bucket=agent.data_bucket, table_arn=table_arn(agent)
        )
        return await self._grant(session, agent, agent.data_role_arn, policy)

    async def _grant(
        self, session: Session, agent: Agent, role_arn: str, policy: str
    ) -> Credentials:
        request = GrantRequest(
            role_arn=role_arn,
            coordinates=coordinates_of(session, agent),
            subject=session.owner.subject,
            policy=policy,
        )
        cached, now = self._cache.get(request), self._clock.now()
        if cached is None or not serves(cached, now):
            # Shielded: the first to ask may go away, the others still wait for the answer.
            return await asyncio.shield(self._bought(request, session))
        is_due = not serves(cached, NumericDate(now + AHEAD_S))
        if is_due and self._put_off.get(request) is None:
            # Whoever is here need not wait for the next one. If it cannot be had they do not hear
            # of it: a later call tries again, and the old one serves on until then.
            _ = self._bought(request, session)
        return cached

    def _bought(self, request: GrantRequest, session: Session) -> "asyncio.Task[Credentials]":
        """Buy the grant, unless somebody does already."""
        task = self._buying.get(request)
        if task is None:
            task = asyncio.ensure_future(self._vendor.assume(request, session.tokens.id_token))
            self._buying[request] = task
            task.add_done_callback(lambda done: self._keep(request, done))
        return task

    def _keep(self, request: GrantRequest, task: "asyncio.Task[Credentials]") -> None:
        self._buying.pop(request, None)
        if task.cancelled():
            return
        if task.exception() is not None:
            self._put_off.put(request, answer=True)
            return
        self._cache[request] = task.result()
        self._cache.move_to_end(request)
        if len(self._cache) > CACHE_SIZE:
            self._cache.popitem(last=False)


def coordinates_of(session: Session, agent: Agent) -> Coordinates:
    """Return where a request stands: the tenant is the session's, never the request's."""
    return Coordinates(app=session.owner.app, tenant=session.owner.tenant, agent=agent.name)


def _extras_of(agent: Agent) -> list[Extra]:
    wanted = (
        (Extra.USER, agent.for_user),
        (Extra.WEBSOCKET, agent.websocket),
        (Extra.CARD, agent.protocol is Protocol.A2A),
    )
    return [extra for extra, asked in wanted if asked]


def table_arn(agent: Agent) -> str | None:
    """Return the ARN of the agent's data table, in the runtime's own region and account."""
    if agent.data_table is None:
        return None
    _, partition, _, region, account, *_ = agent.runtime_arn.split(":")
    return f"arn:{partition}:dynamodb:{region}:{account}:table/{agent.data_table}"
