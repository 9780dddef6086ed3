"""Which ports are taken, and by whom."""

import os
import socket
import sys
from pathlib import Path

import pytest

from devstack.dev.ports import complaints, free_port, free_ports, holder, in_use


@pytest.mark.parametrize(
    ("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
)
def test_a_port_with_a_listener_is_in_use(family: socket.AddressFamily, host: str) -> None:
    with socket.create_server((host, 0), family=family) as server:
        assert in_use(server.getsockname()[1])


def test_a_port_that_is_held_without_listening_is_in_use() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))

        assert in_use(held.getsockname()[1])


def test_free_ports_are_free_and_different() -> None:
    ports = free_ports(5)

    assert len(set(ports)) == 5
    assert not any(in_use(port) for port in ports)


def test_a_port_whose_connections_only_linger_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            accepted.close()  # the side that closes first keeps TIME_WAIT
            assert client.recv(1) == b""

    assert not in_use(port)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_holder_of_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = holder(server.getsockname()[1])

    own = Path("/proc/self/comm").read_text().strip()
    assert said == f"{own} (pid {os.getpid()})"


def test_each_port_that_cannot_be_had_gets_a_line_with_its_option() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        lines = complaints([("--port", taken), ("--idp-port", free_port())])

    assert len(lines) == 1
    assert lines[0].startswith(f"port {taken} is in use by ")
    assert lines[0].endswith("stop that, or choose another (--port N)")
