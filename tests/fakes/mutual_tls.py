"""TLS on loopback that lets in by client certificates, and identities to come with."""

import asyncio
import secrets
import socket
import ssl
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from threading import Thread

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509 import load_pem_x509_certificate

from devstack.spire.authority import CertificateAuthority, Certified
from devstack.vault.http import serving
from devstack.vault.opening import open_gateway
from fakes.loopback import WAIT_S
from fakes.loopback_tls import ANSWER
from fakes.vault import ROOT_TOKEN, RunningVault
from trust.clock import Clock, NumericDate, SystemClock
from trust.secret import Secret
from trust.secrets.source import SecretUnavailable
from trust.secrets.spiffe.svid import X509Svid
from trust.secrets.spiffe.x509_svids import X509Update

SLOW = "/v1/slow"
"""What is asked here is answered once the test says so."""


def key_pem(made: Certified) -> str:
    """Return the key, PKCS #8."""
    key = load_der_private_key(made.key, None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def svid(authority: CertificateAuthority, who: str, lives_s: int = 3600) -> X509Svid:
    """Return a new certificate for `who`, good by the machine's clock, which TLS goes by."""
    now = SystemClock().now()
    made = authority.certified(who, now, lives_s)
    return X509Svid(
        spiffe_id=who,
        chain=ssl.DER_cert_to_PEM_cert(made.certificate),
        key=Secret(key_pem(made)),
        authorities=authority.pem.decode(),
        expires_at=NumericDate(now + lives_s),
    )


def serial(shown: X509Svid) -> int:
    """Return the number by which a server tells certificates apart."""
    return load_pem_x509_certificate(shown.chain.encode()).serial_number


def demanding(
    authority: CertificateAuthority, folder: Path, *, of: CertificateAuthority | None = None
) -> ssl.SSLContext:
    """Return a server for `localhost` that wants certificates of `of`, else of its own authority.

    Its own authority is written to `ca.pem` in the folder, its certificate to `server.pem`.
    """
    made = authority.certified("spiffe://server.example/vault", _now(), 3600, host="localhost")
    (folder / "ca.pem").write_bytes(authority.pem)
    file = folder / "server.pem"
    file.write_text(ssl.DER_cert_to_PEM_cert(made.certificate) + key_pem(made), encoding="ascii")
    wanted = (of or authority).pem.decode()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=wanted)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(file)
    return context


class Guarded:
    """A server that looks at certificates: what it saw, by their numbers; None: showed none."""

    def __init__(self) -> None:
        self.url = ""
        self.connections: list[int | None] = []
        self.requests: list[int | None] = []
        self.closed: list[int | None] = []
        self.going = asyncio.Event()
        """Set: what is slow is answered."""

    async def until(self, happened: Callable[[], bool]) -> None:
        """Wait for it."""
        async with asyncio.timeout(5):
            while not happened():
                await asyncio.sleep(0.001)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other, until the client is gone."""
        peer = writer.get_extra_info("peercert")
        shown = int(peer["serialNumber"], 16) if peer else None
        self.connections.append(shown)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(shown)
                if head.split()[1] == SLOW.encode():
                    await self.going.wait()
                writer.write(ANSWER)
                await writer.drain()
        self.closed.append(shown)
        writer.close()


@asynccontextmanager
async def guarding(context: ssl.SSLContext) -> AsyncGenerator[Guarded]:
    """Serve on a free port."""
    guarded = Guarded()
    server = await asyncio.start_server(guarded.answer, "127.0.0.1", 0, ssl=context)
    guarded.url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
    try:
        yield guarded
    finally:
        guarded.going.set()
        server.close()
        await server.wait_closed()


@contextmanager
def refusing(context: ssl.SSLContext) -> Generator[str]:
    """Serve handshakes that fail, and say why, as asyncio's servers do not; gives the URL."""

    def refuse() -> None:
        with suppress(OSError):
            while True:
                shake_hands()

    def shake_hands() -> None:
        connection, _ = listening.accept()
        with connection, suppress(ssl.SSLError):
            context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=refuse)
        thread.start()
        try:
            yield f"https://localhost:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(WAIT_S)


@contextmanager
def vault_behind(context: ssl.SSLContext, clock: Clock) -> Generator[RunningVault]:
    """Serve an empty Vault by TLS on a free port of loopback."""
    gateway = open_gateway(clock=clock, entropy=secrets.token_bytes, root_token=ROOT_TOKEN)
    with serving(gateway) as server:
        # Nobody knows yet where it is: from the first connection on there is TLS.
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = f"https://localhost:{server.server_port}"
        yield RunningVault(url=url, clock=clock, gateway=gateway)


class Platform:
    """What gives a workload its certificates: as a test says."""

    def __init__(self, given: X509Svid) -> None:
        self.given = given
        self.fault: SecretUnavailable | None = None
        self.ready = asyncio.Event()
        self.ready.set()
        self.asked = 0
        self.closed = 0
        self._changed: Callable[[X509Update], None] = lambda _: None

    async def x509(self) -> X509Update:
        """Return what is given now, once it is ready."""
        self.asked += 1
        await self.ready.wait()
        if self.fault is not None:
            raise self.fault
        return [self.given]

    def watch(
        self, changed: Callable[[X509Update], None], ended: Callable[[], None]
    ) -> Callable[[], None]:
        """Tell of what `give` gives."""
        del ended
        self._changed = changed
        return lambda: None

    async def give(self, given: X509Svid) -> None:
        """Give another from now on, and have it known."""
        self.given = given
        self._changed([given])
        await asyncio.sleep(0)

    async def close(self) -> None:
        """Count it."""
        self.closed += 1


def _now() -> NumericDate:
    return SystemClock().now()
