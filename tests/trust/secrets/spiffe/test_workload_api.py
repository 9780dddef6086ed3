"""The Workload API over a real socket: what it answers, and what it does not."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter

import pytest

from devstack.spire.agent import Agent
from devstack.spire.faults import Fault
from devstack.spire.service import served
from trust.secrets.source import SecretOutage, SecretRefused, SecretUnavailable
from trust.secrets.spiffe.workload_api import WorkloadApi, socket_path

US = "spiffe://acme.example/gatehouse"
DEADLINE_S = 0.2


@pytest.fixture
async def api(listening: Path) -> AsyncIterator[WorkloadApi]:
    """Return what asks the agent that listens."""
    opened = WorkloadApi(socket=listening, subject=US, timeout_s=DEADLINE_S)
    yield opened
    await opened.close()


async def test_the_agent_says_who_we_are(api: WorkloadApi, spire: Agent) -> None:
    token = (await api.token("vault")).reveal()

    claims = spire.validated("vault", token)
    assert claims["sub"] == US


async def test_the_identity_that_is_asked_for_is_the_one_given(
    listening: Path, spire: Agent
) -> None:
    spire.assign("spiffe://acme.example/other", US)
    api = WorkloadApi(socket=listening, subject=US, timeout_s=DEADLINE_S)

    token = (await api.token("vault")).reveal()

    assert spire.validated("vault", token)["sub"] == US
    await api.close()


async def test_without_a_name_of_ours_the_agents_first_is_given(
    listening: Path, spire: Agent
) -> None:
    spire.assign("spiffe://acme.example/other", US)
    api = WorkloadApi(socket=listening, subject=None, timeout_s=DEADLINE_S)

    token = (await api.token("vault")).reveal()

    assert spire.validated("vault", token)["sub"] == "spiffe://acme.example/other"
    await api.close()


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (Fault.UNAVAILABLE, SecretOutage, "UNAVAILABLE"),
        (Fault.DENIED, SecretRefused, "PERMISSION_DENIED"),
        (Fault.EMPTY, SecretOutage, "cannot be used"),
        (Fault.GARBAGE, SecretOutage, "cannot be used"),
        (Fault.WRONG_AUDIENCE, SecretOutage, "cannot be used"),
        (Fault.UNSIGNED, SecretOutage, "cannot be used"),
    ],
)
async def test_each_failure_is_of_its_class(
    api: WorkloadApi,
    spire: Agent,
    fault: Fault,
    kind: type[SecretUnavailable],
    says: str,
) -> None:
    spire.plant(fault)

    with pytest.raises(kind, match=says) as failed:
        await api.token("vault")

    assert failed.value.__context__ is None, "its text may quote what came"


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (Fault.UNAVAILABLE, SecretOutage, "UNAVAILABLE"),
        (Fault.DENIED, SecretRefused, "PERMISSION_DENIED"),
        (Fault.EMPTY, SecretOutage, "cannot be used"),
        (Fault.GARBAGE, SecretOutage, "cannot be used"),
        (Fault.WRONG_KEY, SecretOutage, "not the certificate's"),
    ],
)
async def test_each_failure_of_certificates_is_of_its_class(
    api: WorkloadApi,
    spire: Agent,
    fault: Fault,
    kind: type[SecretUnavailable],
    says: str,
) -> None:
    spire.plant(fault)

    with pytest.raises(kind, match=says):
        await api.x509()


async def test_a_socket_that_never_answers_is_left_at_the_deadline(
    api: WorkloadApi, spire: Agent
) -> None:
    spire.plant(Fault.HANG)
    began = perf_counter()

    answers = await asyncio.gather(api.token("vault"), api.x509(), return_exceptions=True)

    assert [type(each) for each in answers] == [SecretOutage, SecretOutage]
    assert perf_counter() - began < 10 * DEADLINE_S


async def test_another_workloads_identity_is_not_ours_to_ask_for(listening: Path) -> None:
    api = WorkloadApi(socket=listening, subject="spiffe://acme.example/admin", timeout_s=DEADLINE_S)

    with pytest.raises(SecretRefused, match="PERMISSION_DENIED"):
        await api.token("vault")
    await api.close()


async def test_an_agent_that_is_not_there_yet_is_waited_for(
    spire: Agent, socket_place: Path
) -> None:
    api = WorkloadApi(socket=socket_place, subject=US, timeout_s=DEADLINE_S)
    with pytest.raises(SecretOutage, match="is the agent running"):
        await api.token("vault")

    with served(spire, socket_place):
        assert await api.token("vault")
        await api.close()


async def test_an_agent_that_was_started_again_is_asked_at_once(
    spire: Agent, socket_place: Path
) -> None:
    """gRPC by itself would wait, longer each time, before it tries the socket again."""
    api = WorkloadApi(socket=socket_place, subject=US, timeout_s=DEADLINE_S)
    with served(spire, socket_place):
        await api.token("vault")
    for _ in range(3):
        with pytest.raises(SecretOutage):
            await api.token("vault")

    with served(spire, socket_place):
        assert await api.token("vault")
        await api.close()


async def test_a_socket_that_nobody_listens_on_is_an_outage(socket_place: Path) -> None:
    socket_place.touch()  # noqa: ASYNC240 small and local
    api = WorkloadApi(socket=socket_place, subject=US, timeout_s=DEADLINE_S)

    with pytest.raises(SecretOutage):
        await api.token("vault")
    await api.close()


async def test_without_the_package_it_is_said_what_to_install(
    listening: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "spiffe", None)
    api = WorkloadApi(socket=listening, subject=US, timeout_s=DEADLINE_S)

    with pytest.raises(SecretRefused, match=r"gatehouse\[spiffe\]"):
        await api.token("vault")


async def test_a_process_that_was_forked_has_a_connection_of_its_own(api: WorkloadApi) -> None:
    await api.token("vault")
    before = api._client
    api._pid = -1  # as it is in a child

    await api.token("vault")

    assert api._client is not before
    assert before is not None
    before.close()


async def test_a_child_does_not_close_its_parents_connection(api: WorkloadApi) -> None:
    await api.token("vault")
    parents = api._client
    assert parents is not None
    api._pid = -1  # as it is in a child

    await api.close()

    parents.fetch_jwt_svid({"vault"}, timeout=DEADLINE_S)
    parents.close()


async def test_nothing_of_an_identity_is_logged(
    api: WorkloadApi, spire: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = (await api.token("vault")).reveal()
    spire.plant(Fault.WRONG_AUDIENCE)
    with pytest.raises(SecretOutage):
        await api.token("vault")
    key = (await api.x509())[0].key.reveal()

    assert token.split(".")[2] not in caplog.text
    assert key.splitlines()[1] not in caplog.text


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [
        ("unix:///run/spire/agent.sock", "/run/spire/agent.sock"),
        ("unix:/run/spire/agent.sock", "/run/spire/agent.sock"),
    ],
)
def test_an_endpoint_is_a_unix_socket(endpoint: str, path: str) -> None:
    assert socket_path(endpoint) == Path(path)


@pytest.mark.parametrize(
    "endpoint", ["", "tcp://127.0.0.1:8081", "/run/spire/agent.sock", "unix:agent.sock", "unix:"]
)
def test_what_is_no_unix_socket_is_refused(endpoint: str) -> None:
    with pytest.raises(ValueError, match="unix socket"):
        socket_path(endpoint)
