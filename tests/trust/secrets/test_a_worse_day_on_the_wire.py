"""What the way to Vault does on a bad day: names that are not found, certificates that change."""

import socket
import ssl
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn

import hvac
import pytest

from devstack.vault.faults import Fault, Spoiled
from fakes.clock import StoppedClock
from fakes.loopback import WAIT_S
from fakes.loopback_tls import ANSWER, certificate
from fakes.vault import RunningVault, vault
from fakes.vault_session import THERE, http_at, read
from trust.secret import Secret
from trust.secrets.source import SecretOutage

TOKEN = Secret("hvs.one")


@pytest.fixture
def running() -> Iterator[RunningVault]:
    with vault(StoppedClock()) as opened:
        opened.put("a", a="1")
        yield opened


async def test_a_name_that_is_not_found_for_a_while_is_an_outage_for_a_while(
    running: RunningVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    http, token = http_at(running.url), Secret(running.root_token)
    known = socket.getaddrinfo

    def nobody(*_: Any, **__: Any) -> NoReturn:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    for _ in range(6):
        with pytest.raises(SecretOutage):
            await http.ask(read, token, THERE)
    monkeypatch.setattr(socket, "getaddrinfo", known)

    assert await http.ask(read, token, THERE) == {"a": "1"}
    await http.close()


@pytest.mark.parametrize("spoiled", ["truncated", "malformed", "html"])
async def test_answers_that_are_cut_or_spoiled_are_outages_one_by_one(
    running: RunningVault, spoiled: Spoiled
) -> None:
    http, token = http_at(running.url), Secret(running.root_token)
    for _ in range(3):
        running.faults.order(Fault(spoiled=spoiled))
        with pytest.raises(SecretOutage):
            await http.ask(read, token, THERE)
        assert await http.ask(read, token, THERE) == {"a": "1"}
    await http.close()


class Shown:
    """A server whose certificate somebody changes."""

    def __init__(self, folder: Path) -> None:
        self.port = 0
        self.believed = certificate("localhost", folder)
        other = folder / "other"
        other.mkdir()
        self._contexts = {
            "believed": _context(self.believed),
            "of somebody else": _context(certificate("localhost", other)),
            "for another name": _context(certificate("vault.example", folder)),
        }
        self.shows = "believed"
        self.seen: list[bytes] = []
        """What was asked, tokens and all."""

    def chosen(self, line: ssl.SSLObject, _: str | None, __: ssl.SSLContext) -> None:
        """Show what is to be shown now."""
        line.context = self._contexts[self.shows]

    @contextmanager
    def served(self) -> Generator[None]:
        """Serve it in a thread."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = listening.getsockname()[1]
            thread = Thread(target=self._serve, args=(listening,), daemon=True)
            thread.start()
            try:
                yield
            finally:
                listening.shutdown(socket.SHUT_RDWR)
                thread.join(WAIT_S)

    def _serve(self, listening: socket.socket) -> None:
        context = _context(self.believed)
        context.sni_callback = self.chosen
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                # A client that does not believe us ends the handshake.
                with connection, suppress(OSError):
                    self._answer(context.wrap_socket(connection, server_side=True))

    def _answer(self, line: ssl.SSLSocket) -> None:
        with line:
            self.seen.append(line.recv(65536))
            line.sendall(ANSWER)


def _context(file: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    return context


def _asked(client: hvac.Client) -> Any:
    return client.adapter.get("/v1/secret/data/a")


@pytest.mark.parametrize("shown", ["of somebody else", "for another name"])
async def test_a_keeper_that_shows_another_certificate_gets_no_token(
    tmp_path: Path, shown: str
) -> None:
    server = Shown(tmp_path)
    with server.served():
        http = http_at(f"https://localhost:{server.port}", ca_file=server.believed)
        assert await http.ask(_asked, TOKEN, THERE) == {"a": 1}
        server.seen.clear()
        server.shows = shown
        for _ in range(3):
            with pytest.raises(SecretOutage):
                await http.ask(_asked, TOKEN, THERE)
        assert server.seen == []
        server.shows = "believed"

        assert await http.ask(_asked, TOKEN, THERE) == {"a": 1}
        await http.close()
