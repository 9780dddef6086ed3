"""Our certificate: rotated by the agent's stream, and never used beyond its end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from math import ceil
from pathlib import Path

import pytest

from devstack.spire.agent import Agent
from devstack.spire.faults import Fault
from devstack.spire.service import served
from fakes.clock import StoppedClock
from trust.clock import NumericDate
from trust.secret import Secret
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable
from trust.secrets.spiffe.spiffe_id import expected
from trust.secrets.spiffe.svid import X509Svid
from trust.secrets.spiffe.workload_api import WorkloadApi
from trust.secrets.spiffe.x509_svids import LIVED_S, X509Svids, X509Update

US = "spiffe://acme.example/gatehouse"
WAIT_S = 5.0


def over(listening: Path, clock: StoppedClock, who: str | None = US) -> X509Svids:
    return X509Svids(
        WorkloadApi(socket=listening, subject=who, timeout_s=1.0),
        expected=expected(who),
        within_s=WAIT_S,
        clock=clock,
        draw=lambda: 0.0,
    )


@pytest.fixture
async def ours(listening: Path, clock: StoppedClock) -> AsyncIterator[X509Svids]:
    """Return our certificates, over a real socket."""
    opened = over(listening, clock)
    yield opened
    await opened.close()


async def becomes(ours: X509Svids, wanted: Callable[[X509Svid], bool]) -> X509Svid:
    """Wait until the stream's thread has brought what is wanted."""
    async with asyncio.timeout(WAIT_S):
        while not wanted(found := await ours.x509_svid()):
            await asyncio.sleep(0)
    return found


async def refused(ours: X509Svids) -> SecretUnavailable:
    """Wait until there is none any more; return why."""
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                await ours.x509_svid()
            except SecretUnavailable as error:
                return error
            await asyncio.sleep(0)


async def streams(spire: Agent) -> None:
    """Wait until the agent answers the stream, too: one that begins as it goes ends much later."""
    async with asyncio.timeout(WAIT_S):
        while spire.calls["FetchX509SVID"] < 2:
            await asyncio.sleep(0)


async def test_a_certificate_comes_with_its_key_and_its_authorities(
    ours: X509Svids, clock: StoppedClock, spire: Agent
) -> None:
    found = await ours.x509_svid()

    assert found.spiffe_id == US
    assert found.expires_at == clock.now() + 3600
    assert found.chain.count("BEGIN CERTIFICATE") == 1
    assert found.key.reveal().startswith("-----BEGIN PRIVATE KEY-----")
    assert found.authorities == spire.issuer.authority.pem.decode()


async def test_a_rotated_certificate_is_used_as_soon_as_the_agent_says_so(
    ours: X509Svids, spire: Agent
) -> None:
    first = await ours.x509_svid()

    spire.rotate_identities()

    second = await becomes(ours, lambda found: found.chain != first.chain)
    assert second.key != first.key


async def test_a_rotated_authority_is_followed(ours: X509Svids, spire: Agent) -> None:
    first = await ours.x509_svid()

    spire.rotate_authority()

    await becomes(ours, lambda found: found.authorities != first.authorities)


async def test_one_stream_serves_for_all_who_ask(ours: X509Svids, spire: Agent) -> None:
    await asyncio.gather(*(ours.x509_svid() for _ in range(10)))
    first = await ours.x509_svid()
    spire.rotate_identities()
    await becomes(ours, lambda found: found.chain != first.chain)

    # Asked once, and told by one stream of what is, and perhaps of what was.
    assert spire.calls["FetchX509SVID"] <= 3


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault.FOREIGN_TRUST_DOMAIN, "foreign trust domain"),
        (Fault.OTHER_WORKLOAD, "another workload"),
    ],
)
async def test_a_hijacked_socket_gives_us_no_identity(
    ours: X509Svids, spire: Agent, fault: Fault, says: str
) -> None:
    spire.plant(fault)

    with pytest.raises(SecretRefused, match=says):
        await ours.x509_svid()


async def test_a_socket_that_is_hijacked_later_ends_what_was(ours: X509Svids, spire: Agent) -> None:
    await ours.x509_svid()

    spire.plant(Fault.FOREIGN_TRUST_DOMAIN)

    assert "foreign trust domain" in str(await refused(ours))


async def test_without_configuration_the_first_trust_domain_is_kept(
    listening: Path, clock: StoppedClock, spire: Agent
) -> None:
    ours = over(listening, clock, who=None)
    await ours.x509_svid()

    spire.plant(Fault.FOREIGN_TRUST_DOMAIN)

    assert "foreign trust domain" in str(await refused(ours))
    await ours.close()


async def test_among_several_identities_ours_is_taken(ours: X509Svids, spire: Agent) -> None:
    spire.assign("spiffe://acme.example/other", US)

    assert (await ours.x509_svid()).spiffe_id == US


async def test_an_identity_that_was_taken_away_ends_at_once(ours: X509Svids, spire: Agent) -> None:
    await ours.x509_svid()

    spire.assign()

    assert isinstance(await refused(ours), SecretRefused)


async def test_without_its_agent_a_certificate_serves_to_its_end_and_not_beyond(
    spire: Agent, socket_place: Path, clock: StoppedClock
) -> None:
    with served(spire, socket_place):
        ours = over(socket_place, clock)
        first = await ours.x509_svid()
        await streams(spire)
    async with asyncio.timeout(WAIT_S):
        # Until then its stream may still tell of the same certificate.
        while ours._stop is not None:
            await asyncio.sleep(0)
    clock.advance(3500)
    assert await ours.x509_svid() == first

    clock.advance(90)

    with pytest.raises(SecretOutage):
        await ours.x509_svid()
    await ours.close()


async def test_an_agent_that_was_started_again_rotates_again(
    spire: Agent, socket_place: Path, clock: StoppedClock
) -> None:
    with served(spire, socket_place):
        ours = over(socket_place, clock)
        first = await ours.x509_svid()
        await streams(spire)
    async with asyncio.timeout(WAIT_S):
        # An agent that ends still answers, perhaps, when its stream is over.
        while ours._renewed._fault is None:
            clock.advance(ceil(ours._streams.left_s))
            await ours.x509_svid()
            await asyncio.sleep(0)
    clock.advance(60)  # the pauses after failures
    spire.rotate_identities()
    with served(spire, socket_place):
        second = await becomes(ours, lambda found: found.chain != first.chain)
        spire.rotate_identities()

        await becomes(ours, lambda found: found.chain != second.chain)
        await ours.close()


async def test_a_certificate_that_is_over_is_not_taken(ours: X509Svids, spire: Agent) -> None:
    spire.plant(Fault.EXPIRED)

    with pytest.raises(SecretOutage, match="over"):
        await ours.x509_svid()


async def test_closing_forgets_the_key_and_ends_the_stream(ours: X509Svids, spire: Agent) -> None:
    await ours.x509_svid()

    await ours.close()
    spire.rotate_identities()

    assert ours._renewed._known is None
    assert ours._stop is None


class Certificates:
    """Certificates by hand: what the package and its threads would do."""

    def __init__(self, clock: StoppedClock) -> None:
        ends = NumericDate(clock.now() + 100)
        self.svid = X509Svid(
            spiffe_id=US, chain="", key=Secret(""), authorities="", expires_at=ends
        )
        self.update: X509Update = [self.svid]
        self.changed: Callable[[X509Update], None] = lambda _: None
        self.watched = 0

    async def x509(self) -> X509Update:
        """Return what was put here."""
        return self.update

    def watch(
        self, changed: Callable[[X509Update], None], ended: Callable[[], None]
    ) -> Callable[[], None]:
        """Remember whom to tell."""
        del ended
        self.changed = changed
        self.watched += 1
        return lambda: None

    async def close(self) -> None:
        """Do nothing."""


async def test_no_certificate_at_all_is_an_outage(clock: StoppedClock) -> None:
    certificates = Certificates(clock)
    certificates.update = []
    ours = X509Svids(certificates, expected=expected(US), within_s=1, clock=clock, draw=lambda: 0.0)

    with pytest.raises(SecretOutage, match="gave no certificate"):
        await ours.x509_svid()


async def test_a_stream_that_is_silent_for_half_of_a_life_is_not_relied_on(
    clock: StoppedClock,
) -> None:
    certificates = Certificates(clock)
    ours = X509Svids(certificates, expected=expected(US), within_s=1, clock=clock, draw=lambda: 0.0)
    await ours.x509_svid()
    clock.advance(50)
    newer = replace(certificates.svid, expires_at=NumericDate(clock.now() + 100))
    certificates.update = [newer]

    await becomes(ours, lambda found: found == newer)
    assert certificates.watched == 1
    await ours.close()


def test_a_thread_that_outlives_the_loop_harms_nobody(clock: StoppedClock) -> None:
    certificates = Certificates(clock)
    ours = X509Svids(certificates, expected=expected(US), within_s=1, clock=clock, draw=lambda: 0.0)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(ours.x509_svid())
    loop.close()

    certificates.changed([])


class Ending(Certificates):
    """Ends each stream as soon as it was opened; counts what it was asked."""

    def __init__(self, clock: StoppedClock, *, at_once: bool = True) -> None:
        super().__init__(clock)
        self.at_once = at_once
        self.asked = 0
        self.ended: Callable[[], None] = lambda: None

    async def x509(self) -> X509Update:
        """Answer well, always."""
        self.asked += 1
        return self.update

    def watch(
        self, changed: Callable[[X509Update], None], ended: Callable[[], None]
    ) -> Callable[[], None]:
        """End it, or let a test do so."""
        self.ended = ended
        if self.at_once:
            asyncio.get_running_loop().call_soon(ended)
        return super().watch(changed, ended)


async def settled() -> None:
    """Let everything go on that can."""
    for _ in range(30):
        await asyncio.sleep(0)


async def test_a_stream_that_ends_at_once_is_opened_again_after_pauses_that_grow(
    clock: StoppedClock,
) -> None:
    """Else an agent that is being replaced, or a proxy before it, costs a core here and there."""
    certificates = Ending(clock)
    certificates.svid = replace(certificates.svid, expires_at=NumericDate(clock.now() + 10_000))
    certificates.update = [certificates.svid]
    ours = X509Svids(certificates, expected=expected(US), within_s=1, clock=clock, draw=lambda: 0.0)
    opened: list[int] = []
    for second in range(200):
        assert await ours.x509_svid() == certificates.svid
        await settled()
        if certificates.watched > len(opened):
            opened.append(second)
        clock.advance(1)

    assert opened == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    # Once more for the first end: perhaps we are nobody now.
    assert certificates.asked == 1 + len(opened)
    await ours.close()


async def test_the_end_of_a_stream_that_lived_is_asked_about_at_once(clock: StoppedClock) -> None:
    certificates = Ending(clock, at_once=False)
    ours = X509Svids(certificates, expected=expected(US), within_s=1, clock=clock, draw=lambda: 0.0)
    for _ in range(3):
        await ours.x509_svid()
        await settled()
        asked = certificates.asked
        clock.advance(LIVED_S)
        certificates.update = [
            replace(certificates.svid, expires_at=NumericDate(clock.now() + 10_000))
        ]

        certificates.ended()
        await settled()

        assert certificates.asked == asked + 1
        clock.advance(1)
    await ours.close()
