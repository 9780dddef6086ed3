"""One refresh for all: many requests, several instances, real processes, and one that is killed."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from contracts.admitter import Job
from fakes.clock import NOW, StoppedClock
from fakes.desk import KEYRING_TEXT, Desk, open_desk
from fakes.login import cookie_of, expiring, new_session
from fakes.loopback_provider import LoopbackProvider, providing
from fakes.program import Program, starting
from fakes.token_endpoint import RotatingEndpoint
from trust.secret import Secret
from trust.session.errors import NotLoggedIn
from trust.session.lease import LEASE_S
from trust.session.record import Session
from trust.store.table import Table

PROCESSES = 3
REQUESTS = 20


def due() -> Session:
    return expiring(new_session(), at=NOW + 60)


async def test_a_hundred_requests_of_one_instance_refresh_once(
    table: Table, clock: StoppedClock, endpoint: RotatingEndpoint
) -> None:
    desk = open_desk(table, clock, endpoint)
    session = await desk.log_in(due())

    admitted = await asyncio.gather(*(desk.admit(session) for _ in range(100)))

    assert endpoint.calls == 1
    assert [one.tokens.access_token for one in admitted] == [Secret("access-1")] * 100


async def test_requests_of_several_instances_refresh_once(
    table: Table, clock: StoppedClock, endpoint: RotatingEndpoint
) -> None:
    desks = [open_desk(table, clock, endpoint, holder=str(number)) for number in range(4)]
    session = await desks[0].log_in(due())
    endpoint.open.clear()

    async with asyncio.TaskGroup() as group:
        requests = [group.create_task(desk.admit(session)) for desk in desks for _ in range(10)]
        await endpoint.entered.wait()
        endpoint.open.set()

    assert endpoint.calls == 1
    assert {one.result().tokens.access_token for one in requests} == {Secret("access-1")}


# -- processes


@pytest.fixture
def provider() -> Iterator[LoopbackProvider]:
    with providing() as running:
        yield running


@pytest.fixture(params=["sqlite", "dynamodb"])
def shared(request: pytest.FixtureRequest) -> tuple[Table, str]:
    """Return a table that processes can share, and how they find it."""
    table: Table = request.getfixturevalue(f"{request.param}_table")
    place: Path | str = request.getfixturevalue(
        "sqlite_path" if request.param == "sqlite" else "dynamodb_name"
    )
    return table, f"{request.param}:{place}"


@pytest.fixture
def desk(shared: tuple[Table, str], clock: StoppedClock, provider: LoopbackProvider) -> Desk:
    """Return an instance in this process, at the same provider."""
    return open_desk(shared[0], clock, RotatingEndpoint(clock, provider.rotation), holder="desk")


def give(
    programs: list[Program],
    session: Session,
    *,
    store: str,
    provider: LoopbackProvider,
    requests: int = REQUESTS,
) -> None:
    """Let all of them begin, and wait until each has read the row and the provider was called."""
    provider.release.clear()
    job = Job(
        store=store,
        provider=provider.url,
        keyring=KEYRING_TEXT,
        cookie=cookie_of(session)[0],
        requests=requests,
    )
    for program in programs:
        program.say(json.dumps(asdict(job)))
    for program in programs:
        assert program.line() == "read"
    assert provider.arrived.wait(10)


async def test_requests_of_several_processes_refresh_once(
    monkeypatch: pytest.MonkeyPatch,
    shared: tuple[Table, str],
    provider: LoopbackProvider,
    desk: Desk,
) -> None:
    session = await desk.log_in(due())

    with starting(monkeypatch, "contracts.admitter", count=PROCESSES) as programs:
        give(programs, session, store=shared[1], provider=provider)
        provider.release.set()
        answers = [json.loads(program.line()) for program in programs]

    assert provider.rotation.calls == 1
    assert answers == [["access-1"] * REQUESTS] * PROCESSES
    row = await desk.stored(session)
    assert row is not None
    assert row.tokens.refresh_token == Secret("refresh-1")
    assert row.lease is None


@pytest.mark.parametrize("lost", [True, False], ids=["before-it-was-spent", "after-it-was-spent"])
async def test_a_process_that_is_killed_in_mid_call_is_taken_over(
    monkeypatch: pytest.MonkeyPatch,
    shared: tuple[Table, str],
    provider: LoopbackProvider,
    desk: Desk,
    *,
    lost: bool,
) -> None:
    session = await desk.log_in(due())
    provider.loses = lost

    with starting(monkeypatch, "contracts.admitter") as programs:
        give(programs, session, store=shared[1], provider=provider, requests=3)
        programs[0].kill()
    desk.clock.advance(LEASE_S - 1)

    if lost:
        admitted = await desk.admit(session)
        assert admitted.tokens.access_token == Secret("access-1")
    else:
        # A strict provider takes the second use for theft: the login ends, and says so.
        with pytest.raises(NotLoggedIn):
            await desk.admit(session)
        assert await desk.stored(session) is None
    # Not before the lease had run out.
    assert desk.clock.now() == NOW + LEASE_S
