"""The certificate that Vault sees, with real handshakes."""

import asyncio
import os
import ssl
import traceback
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import hvac
import pytest

from devstack.spire.authority import CertificateAuthority
from fakes.clock import StoppedClock
from fakes.mutual_tls import SLOW, Guarded, Platform, demanding, guarding, refusing, serial, svid
from fakes.vault_session import THERE, http_at
from trust.clock import SystemClock
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable
from trust.secrets.spiffe.spiffe_id import expected
from trust.secrets.spiffe.svid import X509Svid
from trust.secrets.spiffe.x509_svids import X509Svids
from trust.secrets.vault.http import VaultHttp

US = "spiffe://acme.example/gatehouse"

pytestmark = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="files in memory are Linux's"
)


def read(client: hvac.Client) -> Any:
    return client.adapter.get("/v1/a")


def read_slowly(client: hvac.Client) -> Any:
    return client.adapter.get(SLOW)


@pytest.fixture
def clock() -> StoppedClock:
    """Return a clock that begins with the machine's, which certificates are judged by."""
    return StoppedClock(SystemClock().now())


@pytest.fixture(scope="module")
def authority() -> CertificateAuthority:
    """Return the authority of our trust domain, and of the server."""
    return CertificateAuthority("acme.example", SystemClock().now())


@pytest.fixture
def platform(authority: CertificateAuthority) -> Platform:
    """Return what says that we are Gatehouse."""
    return Platform(svid(authority, US))


@pytest.fixture
def svids(platform: Platform, clock: StoppedClock) -> X509Svids:
    """Return our certificates."""
    return X509Svids(platform, expected=expected(US), within_s=2.0, clock=clock, draw=lambda: 0.0)


@pytest.fixture
async def vault(authority: CertificateAuthority, tmp_path: Path) -> AsyncIterator[Guarded]:
    """Have a listener that demands certificates of our trust domain."""
    async with guarding(demanding(authority, tmp_path)) as guarded:
        yield guarded


@asynccontextmanager
async def at(
    vault: Guarded, svids: X509Svids | None, tmp_path: Path, **options: Any
) -> AsyncGenerator[VaultHttp]:
    """Open the way to Vault."""
    shown = None if svids is None else lambda: svids
    http = http_at(vault.url, **{"ca_file": tmp_path / "ca.pem", "shown": shown, **options})
    yield http
    await http.close()


async def failure(http: VaultHttp) -> SecretUnavailable:
    """Ask, which must fail; return how, after a look at what is said of it."""
    with pytest.raises(SecretUnavailable) as failed:
        await http.ask(read, None, THERE)
    assert str(failed.value).startswith("vault-kv:secret/a#a: ")
    assert failed.value.__cause__ is failed.value.__context__ is None
    assert "BEGIN" not in "".join(traceback.format_exception(failed.value))
    return failed.value


async def test_vault_learns_who_we_are(
    vault: Guarded, svids: X509Svids, platform: Platform, tmp_path: Path
) -> None:
    async with at(vault, svids, tmp_path) as http:
        assert await http.ask(read, None, THERE) == {"a": 1}

    assert vault.requests == [serial(platform.given)]


async def test_one_connection_serves_as_long_as_its_certificate(
    vault: Guarded, svids: X509Svids, platform: Platform, tmp_path: Path
) -> None:
    async with at(vault, svids, tmp_path) as http:
        for _ in range(5):
            await http.ask(read, None, THERE)

    assert len(vault.requests) == 5
    assert len(vault.connections) == 1
    assert platform.asked == 1


async def test_another_certificate_is_shown_by_new_connections_and_old_ones_end_with_their_work(
    vault: Guarded,
    svids: X509Svids,
    platform: Platform,
    authority: CertificateAuthority,
    tmp_path: Path,
) -> None:
    async with at(vault, svids, tmp_path) as http:
        older, newer = platform.given, svid(authority, US)
        await http.ask(read, None, THERE)
        working = asyncio.ensure_future(http.ask(read_slowly, None, THERE))
        await vault.until(lambda: len(vault.requests) == 2)
        await platform.give(newer)
        await http.ask(read, None, THERE)
        assert vault.closed == []
        vault.going.set()

        assert await working == {"a": 1}
        await vault.until(lambda: vault.closed == [serial(older)])
        await http.ask(read, None, THERE)
        assert vault.requests == [serial(each) for each in (older, older, newer, newer)]
        assert vault.connections == [serial(older), serial(newer)]


async def test_old_connections_that_nobody_works_with_are_closed_at_once(
    vault: Guarded,
    svids: X509Svids,
    platform: Platform,
    authority: CertificateAuthority,
    tmp_path: Path,
) -> None:
    async with at(vault, svids, tmp_path) as http:
        older = platform.given
        await http.ask(read, None, THERE)
        await platform.give(svid(authority, US))
        await http.ask(read, None, THERE)

        await vault.until(lambda: vault.closed == [serial(older)])


async def test_a_certificate_that_is_over_is_shown_no_more_and_its_connections_end(
    vault: Guarded, svids: X509Svids, platform: Platform, clock: StoppedClock, tmp_path: Path
) -> None:
    async with at(vault, svids, tmp_path) as http:
        await http.ask(read, None, THERE)
        platform.fault = SecretOutage("the agent is away")
        clock.advance(1900)
        await http.ask(read, None, THERE)
        clock.advance(1695)
        error = await failure(http)

        assert type(error) is SecretOutage
        assert "the agent is away" in str(error)
        await vault.until(lambda: vault.closed == [serial(platform.given)])
    assert len(vault.requests) == 2


async def test_whoever_is_nobody_now_is_refused_and_nothing_stays_open(
    vault: Guarded, svids: X509Svids, platform: Platform, clock: StoppedClock, tmp_path: Path
) -> None:
    async with at(vault, svids, tmp_path) as http:
        await http.ask(read, None, THERE)
        platform.fault = SecretRefused("the Workload API answered PERMISSION_DENIED")
        clock.advance(1900)
        await http.ask(read, None, THERE)

        assert type(await failure(http)) is SecretRefused
        await vault.until(lambda: vault.closed == vault.connections)
    assert len(vault.connections) == 1


async def test_an_identity_of_a_foreign_trust_domain_is_never_shown(
    vault: Guarded,
    svids: X509Svids,
    platform: Platform,
    authority: CertificateAuthority,
    tmp_path: Path,
) -> None:
    """Somebody else's agent behind the same path, whose certificates the listener would take."""
    platform.given = svid(authority, "spiffe://evil.example/gatehouse")
    async with at(vault, svids, tmp_path) as http:
        error = await failure(http)

    assert type(error) is SecretRefused
    assert "foreign trust domain" in str(error)
    assert vault.connections == []


async def test_one_of_a_foreign_trust_domain_that_comes_later_ends_what_was(
    vault: Guarded,
    svids: X509Svids,
    platform: Platform,
    authority: CertificateAuthority,
    tmp_path: Path,
) -> None:
    ours = serial(platform.given)
    async with at(vault, svids, tmp_path) as http:
        await http.ask(read, None, THERE)
        await platform.give(svid(authority, "spiffe://evil.example/gatehouse"))

        assert type(await failure(http)) is SecretRefused
        await vault.until(lambda: vault.closed == [ours])
    assert vault.connections == [ours]


async def test_an_agent_that_hangs_is_an_outage_in_which_nothing_was_asked(
    vault: Guarded, svids: X509Svids, platform: Platform, tmp_path: Path
) -> None:
    platform.ready.clear()
    async with at(vault, svids, tmp_path, timeout_s=0.05) as http:
        error = await failure(http)

    assert type(error) is SecretOutage
    assert "no certificate to show within 0.05 s" in str(error)
    assert vault.connections == []


async def test_without_the_setting_nothing_is_shown(
    authority: CertificateAuthority, tmp_path: Path
) -> None:
    context = demanding(authority, tmp_path)
    context.verify_mode = ssl.CERT_OPTIONAL
    async with guarding(context) as vault, at(vault, None, tmp_path) as http:
        await http.ask(read, None, THERE)

    assert vault.requests == [None]


@pytest.mark.parametrize("shows", [True, False], ids=["of-another-authority", "none"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_listener_that_does_not_take_what_it_is_shown_is_an_outage(
    svids: X509Svids,
    authority: CertificateAuthority,
    tmp_path: Path,
    version: ssl.TLSVersion,
    *,
    shows: bool,
) -> None:
    other = CertificateAuthority("other.example", SystemClock().now())
    context = demanding(authority, tmp_path, of=other)
    context.maximum_version = version
    async with guarding(context) as vault, at(vault, svids if shows else None, tmp_path) as http:
        error = await failure(http)

    assert isinstance(error, SecretOutage)
    assert vault.requests == []


async def test_a_listener_that_says_so_is_not_taken_for_one_whose_own_certificate_is_wrong(
    svids: X509Svids, authority: CertificateAuthority, tmp_path: Path
) -> None:
    other = CertificateAuthority("other.example", SystemClock().now())
    context = demanding(authority, tmp_path, of=other)
    # Later ones end the handshake after our first words: it may be the connection that ends first.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with refusing(context) as url:
        http = http_at(url, ca_file=tmp_path / "ca.pem", shown=lambda: svids)
        error = await failure(http)
        await http.close()

    # Nothing was asked.
    assert type(error) is SecretOutage
    assert "look at BFF_VAULT_CLIENT_CERT" in str(error)


@pytest.mark.parametrize("ca_file", ["another authority's", "none", "missing"])
async def test_the_server_is_judged_by_the_same_authorities_as_without_a_certificate(
    vault: Guarded,
    svids: X509Svids,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ca_file: str,
) -> None:
    """Not by those of the environment, and not by those of our trust domain."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    other = CertificateAuthority("other.example", SystemClock().now())
    (tmp_path / "other.pem").write_bytes(other.pem)
    files = {"another authority's": tmp_path / "other.pem", "missing": tmp_path / "missing.pem"}
    async with at(vault, svids, tmp_path, ca_file=files.get(ca_file)) as http:
        error = await failure(http)

    assert isinstance(error, SecretOutage)
    assert "VAULT_CACERT" in str(error)
    assert vault.connections == []


async def test_the_key_touches_no_disk_and_no_file_stays_open(
    vault: Guarded,
    svids: X509Svids,
    platform: Platform,
    authority: CertificateAuthority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = [tmp_path / "here", tmp_path / "temporary"]
    for each in places:
        each.mkdir()
        os.utime(each, (0, 0))
    monkeypatch.chdir(places[0])
    monkeypatch.setattr("tempfile.tempdir", str(places[1]))
    async with at(vault, svids, tmp_path) as http:
        await http.ask(read, None, THERE)
        opened = open_files()
        await platform.give(svid(authority, US))
        await http.ask(read, None, THERE)
        await vault.until(lambda: len(vault.closed) == 1)

        # Not even for a moment: a file that was made and deleted would have changed the folder.
        assert [each.stat().st_mtime for each in places] == [0, 0]
        assert len(open_files()) == len(opened)
        assert not [name for name in open_files() if "svid" in name]


def open_files() -> list[str]:
    """Return what this process has open, by what it is."""
    folder = Path("/proc/self/fd")
    return [str(each.readlink()) for each in folder.iterdir() if each.is_symlink()]


async def test_nobody_is_asked_who_we_are_before_vault_is_needed(vault: Guarded) -> None:
    def opened() -> X509Svids:
        raise AssertionError("nobody needs an identity here")

    http = http_at(vault.url, shown=opened)

    await http.close()


async def test_closing_closes_what_gave_us_certificates_and_never_opens_it_again(
    vault: Guarded, svids: X509Svids, platform: Platform, tmp_path: Path
) -> None:
    async with at(vault, svids, tmp_path) as http:
        await http.ask(read, None, THERE)
    await vault.until(lambda: vault.closed == [serial(platform.given)])

    assert platform.closed == 1
    assert "done with Vault" in str(await failure(http))
    assert platform.asked == 1


async def test_whoever_waits_for_a_certificate_while_it_is_closed_asks_nothing(
    vault: Guarded, platform: Platform, tmp_path: Path
) -> None:
    class Slow:
        """Gives a certificate when it is closed, at the latest."""

        def __init__(self) -> None:
            self.closing = asyncio.Event()

        async def x509_svid(self) -> X509Svid:
            await self.closing.wait()
            return platform.given

        async def close(self) -> None:
            self.closing.set()

    slow = Slow()
    http = http_at(vault.url, ca_file=tmp_path / "ca.pem", shown=lambda: slow)
    waiting = asyncio.ensure_future(failure(http))
    await asyncio.sleep(0)
    await http.close()

    assert "done with Vault" in str(await waiting)
    assert vault.connections == []
