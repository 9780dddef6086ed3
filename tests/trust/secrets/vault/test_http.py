"""The way to Vault: where requests go, what they carry, and whom they believe."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from fakes.loopback import WAIT_S, Call, Reply, serving
from fakes.loopback_tls import certificate, showing
from fakes.scripted_vault import ROOT, SECRET, ScriptedVault, document
from fakes.vault_session import THERE, failed, http_at, read
from trust.secret import Secret
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.vault.http import VaultHttp

TOKEN = Secret(ROOT)


async def test_a_request_carries_token_and_namespace_and_that_it_is_meant_for_vault(
    scripted: ScriptedVault,
) -> None:
    http = http_at(scripted.url, namespace="team/a")

    assert await http.ask(read, TOKEN, THERE) == {"a": "1"}

    (call,) = scripted.calls
    assert call.headers["x-vault-token"] == ROOT
    assert call.headers["x-vault-namespace"] == "team/a"
    assert call.headers["x-vault-request"] == "true"
    await http.close()


async def test_one_connection_serves_one_request_after_the_other() -> None:
    accepted = 0

    def answer(connection: socket.socket) -> None:
        with connection:
            while connection.recv(65536):
                # In one piece: two would wait for each other's acknowledgement.
                connection.sendall(
                    b'HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{"data": {"data": "a"}}'
                )

    def accept() -> None:
        nonlocal accepted
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                accepted += 1
                answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=accept)
        thread.start()
        http = http_at(f"http://127.0.0.1:{listening.getsockname()[1]}")
        for _ in range(5):
            assert await http.ask(read, None, THERE) == "a"
        await http.close()
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(WAIT_S)
    assert accepted == 1


@pytest.fixture
def trap() -> Iterator[tuple[str, list[Call]]]:
    """Where nothing of ours may arrive."""
    calls: list[Call] = []

    def answer(call: Call) -> Reply:
        calls.append(call)
        return document(data={"data": {"a": "theirs"}})

    with serving(answer) as url:
        yield url, calls


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_is_not_followed_with_the_token(
    scripted: ScriptedVault, http: VaultHttp, trap: tuple[str, list[Call]], status: int
) -> None:
    url, calls = trap
    scripted.said[SECRET] = lambda _: Reply(
        status=status, headers={"Location": f"{url}/v1/{SECRET}"}
    )

    error = await failed(http)

    assert isinstance(error, SecretOutage)
    assert "VAULT_ADDR" in str(error)
    assert calls == []


async def test_nothing_of_the_environment_counts(
    scripted: ScriptedVault,
    trap: tuple[str, list[Call]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A proxy, a netrc, a token or a CA that somebody set for another program."""
    url, calls = trap
    (tmp_path / ".vault-token").write_text("hvs.from-home", encoding="utf-8")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b", encoding="utf-8")
    (tmp_path / ".netrc").chmod(0o600)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "VAULT_ADDR"):
        monkeypatch.setenv(name, url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VAULT_TOKEN", "hvs.from-environment")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    monkeypatch.setattr("hvac.v1.VAULT_CLIENT_CERT", str(tmp_path / "missing.pem"))
    scripted.said[SECRET] = lambda _: document(data={"data": {"a": "1"}})
    http = http_at(scripted.url)

    assert await http.ask(read, None, THERE) == {"a": "1"}

    (call,) = scripted.calls
    assert {"x-vault-token", "authorization"}.isdisjoint(call.headers)
    assert calls == []
    await http.close()


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("hvs.made-up\r\nX-Forwarded-For: 127.0.0.1", id="another-header"),
        pytest.param("hvs.made\n-up", id="newline"),
        pytest.param(" hvs.made-up", id="space-in-front"),
        pytest.param("hvs.made-up日", id="not-latin-1"),
    ],
)
async def test_a_token_that_is_no_header_is_not_sent_and_not_quoted(
    scripted: ScriptedVault, http: VaultHttp, token: str
) -> None:
    assert type(await failed(http, Secret(token))) is SecretRefused
    assert scripted.calls == []


async def test_a_certificate_of_a_ca_that_is_not_named_is_not_believed(tmp_path: Path) -> None:
    file = certificate("localhost", tmp_path)
    async with showing(file) as shown:
        url = f"https://localhost:{shown.port}"
        for options in ({}, {"ca_file": certificate("other", tmp_path)}):
            http = http_at(url, **options)
            error = await failed(http)
            assert "VAULT_CACERT" in str(error)
            assert isinstance(error, SecretOutage)
            await http.close()

        http = http_at(url, ca_file=file)
        found = await http.ask(lambda client: client.adapter.get("/v1/a"), None, THERE)
        assert found == {"a": 1}
        await http.close()


async def test_a_ca_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    http = http_at("https://localhost:1", ca_file=tmp_path / "missing.pem")

    assert "VAULT_CACERT" in str(await failed(http))
    await http.close()


async def test_a_mistake_in_what_is_asked_is_no_outage(http: VaultHttp) -> None:
    def mistaken(_: object) -> None:
        raise AssertionError("a mistake")

    with pytest.raises(AssertionError, match="a mistake"):
        await http.ask(mistaken, None, THERE)


async def test_after_closing_nothing_is_asked(scripted: ScriptedVault, http: VaultHttp) -> None:
    await http.close()

    assert isinstance(await failed(http), SecretOutage)
    assert scripted.calls == []
