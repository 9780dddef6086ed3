"""With an AUTH, endpoints and ids alone in its environment, Gatehouse starts and logs people in."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devstack.dev.stack import Stack
from fakes.spire_socket import agent_socket
from journeys.memory import holds
from journeys.secretless import HERE_ALONE, PLATFORM, Secretless, example, secretless
from journeys.visitor import Visitor, said
from trust.seal.base64url import encode

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def gatehouse(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secretless]:
    folder = tmp_path_factory.mktemp("secretless")
    with agent_socket() as socket, secretless(shared, folder, socket) as running:
        yield running


needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="not run: its memory and environment are closed to all but root"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody who logged in, and what an agent answered them."""

    visitor: Visitor
    answer: str


@pytest.fixture(scope="module")
def visit(gatehouse: Secretless, shared: Stack) -> Visit:
    visitor = Visitor(origin=gatehouse.plan.public_url)
    assert visitor.log_in("alice@acme.test", shared.secrets.password).status_code == 200
    return Visit(visitor=visitor, answer=said(visitor.ask("Hello")))


def test_the_example_names_no_secret() -> None:
    """Neither a value that is one, nor a reference to one beside the program."""
    told = example()

    assert not any(re.search(r"^(env|file):(?!registry)", value) for value in told.values())
    assert not any("TOKEN" in name or name.endswith("_SECRET") for name in told)


@needs_root
def test_the_process_has_what_the_example_has_and_nothing_else(gatehouse: Secretless) -> None:
    environ = Path(f"/proc/{gatehouse.pid}/environ").read_bytes().split(b"\0")
    names = {line.partition(b"=")[0].decode() for line in environ if line}

    # Python says LC_CTYPE to itself (PEP 538).
    found = names - {"PATH", "PYTHONPATH", "LC_CTYPE"}
    assert found == example().keys() | PLATFORM | HERE_ALONE


def test_somebody_logs_in_and_an_agent_answers(visit: Visit) -> None:
    session = visit.visitor.send("GET", "/auth/session")

    assert session.status_code == 200, session.text
    assert session.json()["authenticated"] is True
    assert visit.answer


def test_readiness_knows_of_the_secrets(visit: Visit) -> None:
    assert visit.visitor.send("GET", "/readyz").json()["checks"]["secrets"] == {"ok": True}


@needs_root
@pytest.mark.usefixtures("visit")
def test_no_secret_is_in_its_environment_or_its_log(gatehouse: Secretless) -> None:
    environ = Path(f"/proc/{gatehouse.pid}/environ").read_bytes()
    log = gatehouse.log.read_bytes()

    assert gatehouse.canaries
    assert [what for what, value in gatehouse.canaries.items() if value in environ + log] == []


@needs_root
@pytest.mark.usefixtures("visit")
def test_theft_of_the_clients_key_by_whoever_reads_the_processs_memory(
    gatehouse: Secretless,
) -> None:
    """It is not there: Vault signs. What is there is found by the same search, as a control."""
    (key, *_), private = gatehouse.sealing_keys, gatehouse.private_key

    found = holds(gatehouse.pid, key, private, private[::-1], encode(private).encode())

    assert found[0], "the search finds nothing at all: a key that seals is in use there"
    assert found[1:] == [False, False, False]
