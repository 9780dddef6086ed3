"""Which connections are used, and until when, while certificates come and go."""

import asyncio
import threading

import pytest
import requests

from devstack.spire.authority import CertificateAuthority
from fakes.loopback import WAIT_S
from fakes.mutual_tls import svid
from trust.clock import SystemClock
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.spiffe.svid import X509Svid
from trust.secrets.vault.connections import connections
from trust.secrets.vault.shown import Lines

US = "spiffe://acme.example/gatehouse"


@pytest.fixture(scope="module")
def authority() -> CertificateAuthority:
    """Return the authority of our trust domain."""
    return CertificateAuthority("acme.example", SystemClock().now())


@pytest.fixture
def ours(authority: CertificateAuthority) -> X509Svid:
    """Return our certificate."""
    return svid(authority, US)


class Told:
    """Says who we are, as a test does."""

    def __init__(self, told: X509Svid) -> None:
        self.told = told
        self.fault: SecretRefused | None = None

    async def x509_svid(self) -> X509Svid:
        """Return it."""
        await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault
        return self.told

    async def close(self) -> None:
        """Do nothing."""


async def test_a_certificate_is_made_ready_once_for_all_and_not_in_the_loops_thread(
    ours: X509Svid,
) -> None:
    made: list[tuple[str, bool]] = []

    def connect(shown: X509Svid | None) -> requests.Session:
        assert shown is not None
        ours = threading.current_thread() is threading.main_thread()
        made.append((shown.chain, ours))
        return connections(1.0, None)

    lines = Lines(connect, lambda: Told(ours))
    await asyncio.gather(*(lines.renew() for _ in range(8)))
    await lines.close()

    assert made == [(ours.chain, False)]


async def test_whoever_waited_for_a_certificate_that_is_refused_by_now_does_not_show_it(
    ours: X509Svid, authority: CertificateAuthority
) -> None:
    told, going = Told(ours), threading.Event()
    made: list[X509Svid | None] = []

    def connect(shown: X509Svid | None) -> requests.Session:
        made.append(shown)
        assert going.wait(WAIT_S)
        return connections(1.0, None)

    lines = Lines(connect, lambda: told)
    first = asyncio.ensure_future(lines.renew())
    while not made:
        await asyncio.sleep(0.001)
    told.told = svid(authority, US)
    second = asyncio.ensure_future(lines.renew())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    told.fault = SecretRefused("we are nobody now")
    going.set()
    await first

    with pytest.raises(SecretRefused):
        await second
    assert made == [ours]
    await lines.close()


async def test_connections_stay_open_for_whoever_works_with_them(
    ours: X509Svid, authority: CertificateAuthority
) -> None:
    """Or a request that has not yet taken one of them would fail by the change alone."""
    closed: list[requests.Session] = []

    class Closing(requests.Session):
        def close(self) -> None:
            closed.append(self)
            super().close()

    told = Told(ours)
    lines = Lines(lambda _: Closing(), lambda: told)
    await lines.renew()
    with lines.used() as older, lines.used():
        told.told = svid(authority, US)
        await lines.renew()
        with lines.used() as newer:
            assert newer is not older
        assert closed == []

    assert closed == [older]
    await lines.close()
    assert closed == [older, newer]


async def test_a_certificate_that_ends_while_a_request_waits_for_its_turn_is_not_shown(
    ours: X509Svid,
) -> None:
    lines = Lines(lambda _: connections(1.0, None), lambda: Told(ours))
    await lines.renew()
    await lines.close()

    with pytest.raises(SecretOutage, match="no certificate to show"), lines.used():
        pass
