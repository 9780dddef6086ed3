"""Mutual TLS by our certificate, with real handshakes."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from devstack.spire.agent import Agent, agent
from devstack.spire.authority import Certified
from devstack.spire.service import served
from trust.clock import SystemClock
from trust.secrets.source import SecretRefused
from trust.secrets.spiffe.spiffe_id import expected
from trust.secrets.spiffe.svid import X509Svid
from trust.secrets.spiffe.tls import client_context, peer_context
from trust.secrets.spiffe.workload_api import WorkloadApi
from trust.secrets.spiffe.x509_svids import X509Svids

US = "spiffe://acme.example/gatehouse"
SERVER = "spiffe://acme.example/vault"

pytestmark = pytest.mark.skipif(
    not hasattr(os, "memfd_create"), reason="files in memory are Linux's"
)


@pytest.fixture
def authority() -> Agent:
    """Return an agent by the machine's clock, which TLS goes by."""
    return agent(US, clock=SystemClock())


@pytest.fixture
async def svid(authority: Agent, socket_place: Path) -> AsyncIterator[X509Svid]:
    """Return our certificate."""
    with served(authority, socket_place):
        ours = X509Svids(
            WorkloadApi(socket=socket_place, subject=US, timeout_s=1.0),
            expected=expected(US),
            within_s=5.0,
            clock=SystemClock(),
            draw=lambda: 0.0,
        )
        yield await ours.x509_svid()
        await ours.close()


@pytest.fixture
def authorities_file(authority: Agent, tmp_path: Path) -> Iterator[Path]:
    """Return a file with the authority of the server's certificate."""
    file = tmp_path / "ca.pem"
    file.write_bytes(authority.issuer.authority.pem)
    yield file
    assert {each.name for each in tmp_path.iterdir()} == {"ca.pem", "server.pem"}


def server_context(
    authority: Agent, tmp_path: Path, host: str | None = "localhost"
) -> ssl.SSLContext:
    """Return a server that lets in whoever has a certificate of the trust domain."""
    now = SystemClock().now()
    made = authority.issuer.authority.certified(SERVER, now, 3600, host=host)
    file = tmp_path / "server.pem"
    file.write_text(pem(made))
    context = ssl.create_default_context(
        ssl.Purpose.CLIENT_AUTH, cadata=authority.issuer.authority.pem.decode()
    )
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(file)
    return context


def pem(made: Certified) -> str:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_der_private_key,
    )

    key = load_der_private_key(made.key, None)
    raw = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ssl.DER_cert_to_PEM_cert(made.certificate) + raw.decode()


@asynccontextmanager
async def listening(context: ssl.SSLContext) -> AsyncIterator[tuple[int, list[str]]]:
    """Serve; gives the port, and who has called."""
    callers: list[str] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("peercert")
        callers.extend(name for _, name in shown["subjectAltName"])
        writer.write(b"welcome")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], callers


async def called(port: int, context: ssl.SSLContext) -> bytes:
    """Call the server, and return what it says."""
    async with asyncio.timeout(5):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=context, server_hostname="localhost"
        )
        try:
            return await reader.read()
        finally:
            writer.close()


async def test_a_server_learns_who_we_are(
    authority: Agent, svid: X509Svid, authorities_file: Path
) -> None:
    context = client_context(svid, authorities_file=authorities_file)

    async with listening(server_context(authority, authorities_file.parent)) as (port, callers):
        assert await called(port, context) == b"welcome"

    assert callers == [US]


async def test_a_server_of_the_trust_domain_is_known_by_its_authority(
    authority: Agent, svid: X509Svid, tmp_path: Path
) -> None:
    async with listening(server_context(authority, tmp_path, host=None)) as (port, _):
        assert await called(port, peer_context(svid)) == b"welcome"


async def test_a_server_of_another_trust_domain_is_not_talked_to(
    svid: X509Svid, tmp_path: Path
) -> None:
    foreign = agent("spiffe://evil.example/vault", clock=SystemClock())

    async with listening(server_context(foreign, tmp_path)) as (port, callers):
        with pytest.raises(ssl.SSLCertVerificationError):
            await called(port, peer_context(svid))

    assert callers == []


async def test_a_server_is_called_by_its_name(
    authority: Agent, svid: X509Svid, authorities_file: Path
) -> None:
    context = client_context(svid, authorities_file=authorities_file)

    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    server_context(authority, authorities_file.parent)


def open_files() -> set[str]:
    return {each.name for each in Path("/proc/self/fd").iterdir()}


async def test_nothing_stays_open_and_nothing_touches_a_disk(svid: X509Svid) -> None:
    opened = open_files()

    client_context(svid)

    assert open_files() == opened


async def test_where_a_key_would_touch_a_disk_it_is_refused(
    svid: X509Svid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create")

    with pytest.raises(SecretRefused, match="Linux"):
        client_context(svid)
