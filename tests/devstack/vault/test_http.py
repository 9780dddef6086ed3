"""The server: what HTTP asks of it, whatever Vault says."""

import socket
from urllib.parse import urlsplit

import httpx
import pytest

from devstack.aws.wire import WireRequest
from devstack.vault.gateway import Delivery, Gateway
from devstack.vault.http import MAX_BODY_BYTES, _Exchange, serving
from fakes.clock import StoppedClock
from fakes.vault import RunningVault, vault
from fakes.vault_client import NO_TLS


def sent(running: RunningVault, raw: bytes) -> bytes:
    address = urlsplit(running.url)
    with socket.create_connection((address.hostname or "", address.port or 0), 5) as connection:
        connection.sendall(raw)
        return connection.recv(1000)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Content-Length: many", b"411"),
        (b"Content-Length: -1", b"411"),
        (b"Content-Length: %d" % (MAX_BODY_BYTES + 1), b"413"),
    ],
)
def test_a_body_of_unknown_or_great_length_is_not_read(
    header: bytes, status: bytes, running: RunningVault
) -> None:
    raw = b"POST /v1/sys/seal HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n"

    assert sent(running, raw).startswith(b"HTTP/1.1 " + status)


def test_a_connection_is_used_again(running: RunningVault) -> None:
    with httpx.Client(base_url=running.url, verify=NO_TLS) as client:
        for _ in range(3):
            assert client.get("/v1/sys/health").status_code == 200
        pool = client._transport._pool  # type: ignore[attr-defined]  # httpx does not show it

        assert len(pool.connections) == 1


def test_a_connection_that_is_open_does_not_keep_the_server(clock: StoppedClock) -> None:
    with httpx.Client(verify=NO_TLS) as client:
        with vault(clock) as running:
            client.get(f"{running.url}/v1/sys/health")

        with pytest.raises(httpx.TransportError):
            client.get(f"{running.url}/v1/sys/health")


def test_a_status_without_a_name_is_sent(running: RunningVault) -> None:
    running.core.seal.standing = "dr-secondary"

    assert httpx.get(f"{running.url}/v1/sys/health", verify=NO_TLS).status_code == 472


def test_a_method_that_nobody_knows_is_vaults_to_refuse(running: RunningVault) -> None:
    answer = httpx.request("BREW", f"{running.url}/v1/sys/health", verify=NO_TLS)

    assert answer.status_code == 405


class Broken(Gateway):
    """Has a fault of its own."""

    def answer(self, request: WireRequest, *, peer: str) -> Delivery:
        del request, peer
        raise ZeroDivisionError


def test_a_fault_of_its_own_is_seen_and_ends_only_that_connection(
    capsys: pytest.CaptureFixture[str], running: RunningVault
) -> None:
    known = running.gateway
    broken = Broken(
        local=known.local, faults=known.faults, calls=known.calls, control=known.control
    )
    with serving(broken) as server:
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                httpx.get(f"{server.url}/v1/sys/health", verify=NO_TLS)

    assert capsys.readouterr().err.count("Exception occurred") == 2


def test_a_handler_has_nothing_beyond_the_methods_of_http() -> None:
    handler = object.__new__(_Exchange)

    assert callable(handler.do_LIST)
    assert not hasattr(handler, "made_up")
