"""What can happen while a refresh is under way: to the store, to the login, to the row."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import TypeVar

import pytest

from fakes.clock import NOW, StoppedClock
from fakes.desk import Desk, open_desk
from fakes.faulty_table import FaultyTable
from fakes.login import expiring, new_session
from fakes.rotation import LIFETIME_S
from fakes.token_endpoint import RotatingEndpoint
from trust.clock import NumericDate
from trust.secret import Secret
from trust.session.errors import NotLoggedIn
from trust.session.lease import KEEP_TRYING_S, LEASE_S
from trust.session.record import Lease, Session
from trust.store.memory import MemoryTable
from trust.store.table import Condition, Item, StoreUnavailable

Answer = TypeVar("Answer")


@pytest.fixture
def store() -> FaultyTable:
    return FaultyTable(MemoryTable())


@pytest.fixture
def desk(store: FaultyTable, clock: StoppedClock, endpoint: RotatingEndpoint) -> Desk:
    return open_desk(store, clock, endpoint)


@pytest.fixture
def other(store: FaultyTable, clock: StoppedClock, endpoint: RotatingEndpoint) -> Desk:
    """Return another instance on the same table."""
    return open_desk(store, clock, endpoint, holder="two")


def due(*, left_s: int = 60) -> Session:
    """Return a session whose access token lasts for this much longer."""
    return expiring(new_session(), at=NOW + left_s)


async def in_mid_call(desk: Desk, request: Awaitable[Answer], between: Awaitable[object]) -> Answer:
    """Do `request`, and `between` while the token endpoint holds its answer back."""
    desk.endpoint.open.clear()
    desk.endpoint.entered.clear()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(_settled(request))
        await desk.endpoint.entered.wait()
        await between
        desk.endpoint.open.set()
    result = task.result()
    if isinstance(result, BaseException):
        raise result
    return result


async def _settled(request: Awaitable[Answer]) -> Answer | BaseException:
    (result,) = await asyncio.gather(request, return_exceptions=True)
    return result


# -- the store fails


@pytest.mark.parametrize("failures", [1, 2, 10, 100])
async def test_rotated_tokens_are_written_once_the_store_is_back(
    desk: Desk, store: FaultyTable, failures: int
) -> None:
    session = await desk.log_in(due())

    async def fail() -> None:
        store.failing_puts = failures

    fresh = await in_mid_call(desk, desk.refresher.fresh(session), fail())

    assert fresh.tokens.access_token == Secret("access-1")
    assert await desk.stored(session) == fresh


async def test_rotated_tokens_that_cannot_be_written_are_not_used(
    desk: Desk, store: FaultyTable
) -> None:
    session = await desk.log_in(due())

    async def fail() -> None:
        store.failing_puts = 10_000

    with pytest.raises(StoreUnavailable):
        await in_mid_call(desk, desk.refresher.fresh(session), fail())

    # It was tried for long enough, and the row is as it was.
    assert KEEP_TRYING_S <= desk.clock.now() - NOW <= KEEP_TRYING_S + 2
    row = await desk.stored(session)
    assert row is not None
    assert row.tokens == session.tokens
    assert row.lease == Lease(holder="one", until=NumericDate(NOW + LEASE_S))


@pytest.mark.parametrize("answers_lost", [1, 2])
async def test_a_write_whose_answer_was_lost_counts(
    desk: Desk, store: FaultyTable, answers_lost: int
) -> None:
    session = await desk.log_in(due())

    async def lose() -> None:
        store.unanswered_puts = answers_lost

    fresh = await in_mid_call(desk, desk.refresher.fresh(session), lose())

    assert fresh.tokens.access_token == Secret("access-1")
    assert await desk.stored(session) == fresh
    assert desk.endpoint.rotation.revoked == []


async def test_a_lease_that_cannot_be_given_back_runs_out(desk: Desk, store: FaultyTable) -> None:
    session = await desk.log_in(due())
    desk.endpoint.away = True

    async def fail() -> None:
        store.failing_puts = 1

    served = await in_mid_call(desk, desk.refresher.fresh(session), fail())

    assert served.tokens == session.tokens


async def test_nothing_is_spent_where_no_lease_can_be_had(desk: Desk, store: FaultyTable) -> None:
    session = await desk.log_in(due())
    store.failing_puts = 1

    with pytest.raises(StoreUnavailable):
        await desk.refresher.fresh(session)

    assert desk.endpoint.calls == 0


# -- the login ends in the meantime


async def test_tokens_that_come_after_a_logout_are_revoked(desk: Desk, other: Desk) -> None:
    session = await desk.log_in(due())

    with pytest.raises(NotLoggedIn):
        await in_mid_call(
            desk,
            desk.refresher.fresh(session),
            other.ledger.end(session.owner, session.id_hash),
        )

    assert desk.endpoint.rotation.revoked == ["refresh-1"]
    assert await desk.stored(session) is None


async def test_a_logout_while_the_provider_is_away_stays_one(desk: Desk, other: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.away = True

    with pytest.raises(NotLoggedIn):
        await in_mid_call(
            desk,
            desk.refresher.fresh(session),
            other.ledger.end(session.owner, session.id_hash),
        )

    assert await desk.stored(session) is None


async def test_a_logout_before_the_lease_is_seen(desk: Desk) -> None:
    session = await desk.log_in(due())
    await desk.ledger.end(session.owner, session.id_hash)

    with pytest.raises(NotLoggedIn):
        await desk.refresher.fresh(session)

    assert desk.endpoint.calls == 0


async def test_a_logout_while_one_waits_is_seen(desk: Desk, other: Desk) -> None:
    session = await desk.log_in(
        replace(due(), lease=Lease(holder="two", until=NumericDate(NOW + LEASE_S)))
    )

    async def log_out(seconds: float) -> None:
        del seconds
        await other.ledger.end(session.owner, session.id_hash)

    with pytest.raises(NotLoggedIn):
        await replace(desk.refresher, pause=log_out).fresh(session)


# -- the row changes in the meantime


async def rotated_by_another(desk: Desk, session: Session) -> None:
    """Write other tokens over the row, as a second holder would."""
    row = await desk.stored(session)
    assert row is not None
    tokens = replace(
        row.tokens,
        access_token=Secret("access-of-two"),
        refresh_token=Secret("refresh-of-two"),
        expires_at=NumericDate(NOW + LIFETIME_S),
    )
    await desk.ledger.write(replace(row, tokens=tokens, lease=None))


async def moved_on(desk: Desk, session: Session) -> None:
    """Write down that the session is in use, as a request does."""
    row = await desk.stored(session)
    assert row is not None
    await desk.ledger.write(replace(row, seen_at=NumericDate(NOW + 60)))


async def test_whose_lease_was_overtaken_uses_what_the_other_wrote(desk: Desk, other: Desk) -> None:
    session = await desk.log_in(due())

    got = await in_mid_call(desk, desk.refresher.fresh(session), rotated_by_another(other, session))

    assert got.tokens.access_token == Secret("access-of-two")
    assert desk.endpoint.rotation.revoked == []


async def test_a_release_that_comes_too_late_changes_nothing(desk: Desk, other: Desk) -> None:
    session = await desk.log_in(due())
    desk.endpoint.away = True

    got = await in_mid_call(desk, desk.refresher.fresh(session), rotated_by_another(other, session))

    assert got.tokens.access_token == Secret("access-of-two")
    assert await desk.stored(session) == got


async def test_rotated_tokens_survive_a_write_that_only_moved_the_idle_time(
    desk: Desk, other: Desk
) -> None:
    session = await desk.log_in(due())

    got = await in_mid_call(desk, desk.refresher.fresh(session), moved_on(other, session))

    assert got.tokens.access_token == Secret("access-1")
    row = await desk.stored(session)
    assert row is not None
    assert row.tokens.refresh_token == Secret("refresh-1")
    assert row.seen_at == NOW + 60


async def test_a_refusal_that_comes_too_late_does_not_end_what_another_refreshed(
    desk: Desk, other: Desk
) -> None:
    session = await desk.log_in(due())
    desk.endpoint.rotation.ended = True

    got = await in_mid_call(desk, desk.refresher.fresh(session), rotated_by_another(other, session))

    assert got.tokens.access_token == Secret("access-of-two")


async def test_a_lease_whose_answer_was_lost_is_known_again(desk: Desk, store: FaultyTable) -> None:
    session = await desk.log_in(due())
    store.unanswered_puts = 1
    with pytest.raises(StoreUnavailable):
        await desk.refresher.fresh(session)
    row = await desk.stored(session)
    assert row is not None

    fresh = await desk.refresher.fresh(row)

    assert fresh.tokens.access_token == Secret("access-1")
    assert desk.clock.now() < NOW + LEASE_S


async def test_a_row_that_never_stands_still_is_no_reason_to_go_on_for_ever(
    clock: StoppedClock, endpoint: RotatingEndpoint
) -> None:
    class RestlessTable(FaultyTable):
        """Moves the row on before every write to it, once told to."""

        restless = False

        async def put(self, item: Item, *, condition: Condition | None = None) -> None:
            if self.restless:
                found = await self.get(item.key, now=NOW)
                assert found is not None
                self.restless = False
                await moved_on(desk, session)
                self.restless = True
            await super().put(item, condition=condition)

    table = RestlessTable(MemoryTable())
    desk = open_desk(table, clock, endpoint)
    session = await desk.log_in(due())

    async def begin() -> None:
        table.restless = True

    with pytest.raises(StoreUnavailable):
        await in_mid_call(desk, desk.refresher.fresh(session), begin())

    assert desk.endpoint.calls == 1
