"""An agent that misbehaves for hours: streams that end at once, answers that come too late."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest

from fakes.a_day.virtual import VirtualLoop, WorldClock
from trust.clock import NumericDate
from trust.secret import Secret
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable
from trust.secrets.spiffe.jwt_svids import JwtSvids
from trust.secrets.spiffe.spiffe_id import expected
from trust.secrets.spiffe.svid import X509Svid
from trust.secrets.spiffe.x509_svids import X509Svids, X509Update

US = "spiffe://acme.example/gatehouse"
THEM = "spiffe://elsewhere.example/gatehouse"
LIVES_S = 3600


@dataclass(slots=True)
class Agent:
    """Says who we are, in the loop's time; `fault` is raised, `takes_s` is how long it takes."""

    clock: WorldClock
    fault: Exception | None = None
    takes_s: float = 0.001
    asked: int = 0
    watched: int = 0
    ends_after_s: float | None = None
    """Streams end so long after they began."""
    told: Callable[[X509Update], None] = field(default=lambda _: None)
    end: Callable[[], None] = field(default=lambda: None)
    """Ends the stream that is open."""

    def svid(self, who: str = US) -> X509Svid:
        """Return a certificate that nobody has seen before."""
        ends = NumericDate(self.clock.now() + LIVES_S)
        chain = f"{who} {self.asked}"
        return X509Svid(spiffe_id=who, chain=chain, key=Secret(""), authorities="", expires_at=ends)

    async def x509(self) -> X509Update:
        """Answer as things stand when the question comes."""
        self.asked += 1
        # A loop without a pause would never let the simulated hour end.
        assert self.asked < 5000, "asked without end"
        found = [self.svid()]
        await asyncio.sleep(self.takes_s)
        if self.fault is not None:
            raise self.fault
        return found

    async def token(self, audience: str) -> Secret:
        """Fail as told."""
        del audience
        self.asked += 1
        await asyncio.sleep(self.takes_s)
        raise self.fault or SecretOutage("nothing to say")

    def watch(
        self, changed: Callable[[X509Update], None], ended: Callable[[], None]
    ) -> Callable[[], None]:
        """Begin a stream."""
        self.watched += 1
        self.told, self.end = changed, ended
        if self.ends_after_s is None:
            return lambda: None
        return asyncio.get_running_loop().call_later(self.ends_after_s, ended).cancel

    async def close(self) -> None:
        """Do nothing."""


def with_agent(scene: Callable[[X509Svids, Agent], Awaitable[None]]) -> None:
    """Play a scene in simulated time."""

    async def played() -> None:
        clock = WorldClock(asyncio.get_running_loop())
        agent = Agent(clock)
        ours = X509Svids(agent, expected=expected(US), within_s=6.0, clock=clock, draw=lambda: 0.0)
        await scene(ours, agent)
        await ours.close()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(played())


@pytest.mark.parametrize("ends_after_s", [0.002, 0.5, 3.0])
def test_a_stream_that_ends_at_once_is_not_opened_without_pause(ends_after_s: float) -> None:
    async def scene(ours: X509Svids, agent: Agent) -> None:
        agent.ends_after_s = ends_after_s
        for _ in range(360):
            assert (await ours.x509_svid()).spiffe_id == US
            await asyncio.sleep(10)

        assert agent.asked <= 130
        assert agent.watched <= 130

    with_agent(scene)


def test_a_stream_that_ends_once_is_followed_by_another_soon() -> None:
    """Perhaps it ended since we are nobody now: that is asked at once."""

    async def scene(ours: X509Svids, agent: Agent) -> None:
        agent.ends_after_s = 600
        await ours.x509_svid()
        await asyncio.sleep(599)
        agent.fault = SecretRefused("no identity issued")
        await asyncio.sleep(2)

        with pytest.raises(SecretRefused):
            await ours.x509_svid()

    with_agent(scene)


def test_an_answer_that_was_under_way_brings_nothing_back_that_has_ended_since() -> None:
    async def scene(ours: X509Svids, agent: Agent) -> None:
        await ours.x509_svid()
        await asyncio.sleep(LIVES_S / 2 + 1)
        agent.takes_s = 2.0
        await ours.x509_svid()  # it is due, so that another one is asked for
        await asyncio.sleep(1)
        agent.told([agent.svid(THEM)])
        await asyncio.sleep(3)

        agent.fault = SecretRefused("no identity issued")
        with pytest.raises(SecretRefused):
            await ours.x509_svid()

    with_agent(scene)


def test_an_answer_that_was_under_way_does_not_replace_a_newer_one() -> None:
    async def scene(ours: X509Svids, agent: Agent) -> None:
        await ours.x509_svid()
        await asyncio.sleep(LIVES_S / 2 + 1)
        agent.takes_s = 2.0
        await ours.x509_svid()
        await asyncio.sleep(1)
        newest = replace(agent.svid(), chain="of the stream")
        agent.told([newest])
        await asyncio.sleep(3)

        assert await ours.x509_svid() == newest

    with_agent(scene)


def test_an_error_that_nobody_thought_of_is_an_outage_with_pauses() -> None:
    async def scene(ours: X509Svids, agent: Agent) -> None:
        agent.fault = RuntimeError("can't start new thread: canary")
        failures: list[SecretUnavailable] = []
        for _ in range(600):
            with pytest.raises(SecretUnavailable) as raised:
                await ours.x509_svid()
            failures.append(raised.value)
            await asyncio.sleep(1)

        assert agent.asked <= 30
        assert not any("canary" in str(failure) for failure in failures)

    with_agent(scene)


def test_the_same_of_identities_that_are_tokens() -> None:
    async def played() -> None:
        clock = WorldClock(asyncio.get_running_loop())
        agent = Agent(clock, fault=KeyError("canary"))
        ours = JwtSvids(agent, expected=expected(US), within_s=6.0, clock=clock, draw=lambda: 0.0)
        for _ in range(600):
            with pytest.raises(SecretUnavailable, match=r"^(?!.*canary)"):
                await ours.jwt_svid("vault")
            await asyncio.sleep(1)
        assert agent.asked <= 30
        await ours.close()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(played())


def test_an_identity_of_a_foreign_trust_domain_for_an_hour_is_never_used() -> None:
    async def scene(ours: X509Svids, agent: Agent) -> None:
        await ours.x509_svid()
        for _ in range(60):
            agent.told([agent.svid(THEM)])
            for _ in range(10):
                with suppress(SecretRefused):
                    assert (await ours.x509_svid()).spiffe_id == US
                await asyncio.sleep(6)

        # Each of them is followed by a pause.
        assert agent.asked <= 130

    with_agent(scene)


def test_an_agent_that_hangs_for_an_hour_keeps_nobody_waiting_beyond_its_deadline() -> None:
    async def scene(ours: X509Svids, agent: Agent) -> None:
        agent.takes_s = 1e6
        loop = asyncio.get_running_loop()
        for _ in range(60):
            began_s = loop.time()
            with pytest.raises(SecretOutage):
                await ours.x509_svid()
            assert loop.time() - began_s <= 6
            await asyncio.sleep(60)

    with_agent(scene)


def test_a_stream_that_ends_when_all_is_closed_asks_for_nothing() -> None:
    """Its thread may say so a moment later: the key would be fetched again, and kept."""

    async def scene(ours: X509Svids, agent: Agent) -> None:
        await ours.x509_svid()
        await ours.close()
        asked = agent.asked
        agent.end()
        agent.told([agent.svid()])
        await asyncio.sleep(60)

        assert agent.asked == asked
        agent.fault = SecretOutage("closed")
        with pytest.raises(SecretUnavailable):
            await ours.x509_svid()

    with_agent(scene)
