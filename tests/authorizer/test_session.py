"""Session cookies against sessions that the BFF's own book has written."""

import asyncio

import pytest

from authorizer.decision import Allow, Deny, Refusal
from authorizer.session import SessionJudge
from events.login import ledger_of, log_in
from fakes.blocking_rows import BlockingRows
from fakes.clock import NOW, StoppedClock
from fakes.login import IDLE_S
from trust.clock import NumericDate
from trust.coordinates import AppId, TenantId
from trust.session.ids import Ticket, hash_of, new_session_id
from trust.session.record import Owner
from trust.store.memory import MemoryTable
from trust.store.table import Item, Key, StoreUnavailable


class DownRows:
    """Rows that cannot be asked for."""

    def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Fail."""
        del key, now
        raise StoreUnavailable("down")


@pytest.fixture
def table() -> MemoryTable:
    """Return the table of sessions."""
    return MemoryTable()


@pytest.fixture
def clock() -> StoppedClock:
    """Return a clock that stands still."""
    return StoppedClock()


@pytest.fixture
def judge(table: MemoryTable, clock: StoppedClock) -> SessionJudge:
    """Return a judge over the table."""
    return SessionJudge(BlockingRows(table), AppId("demo"), clock)


@pytest.fixture
def alice(table: MemoryTable) -> Ticket:
    """Return the ticket of Alice, who is logged in."""
    return asyncio.run(log_in(ledger_of(table), now=NOW))


def refused(verdict: Allow | Deny) -> bool:
    return isinstance(verdict, Deny) and verdict.refusal is Refusal.NOT_LOGGED_IN


def test_who_is_logged_in_gets_in(judge: SessionJudge, alice: Ticket) -> None:
    for _ in range(3):
        assert judge(alice) == Allow(
            app=AppId("demo"), tenant=TenantId("acme"), subject=alice.subject
        )


def test_another_session_id(judge: SessionJudge, alice: Ticket) -> None:
    assert refused(judge(alice._replace(id=new_session_id())))


def test_another_tenants_hint(judge: SessionJudge, alice: Ticket) -> None:
    assert refused(judge(alice._replace(tenant=TenantId("globex"))))


def test_another_subjects_hint(judge: SessionJudge, alice: Ticket) -> None:
    assert refused(judge(alice._replace(subject="x" * 22)))


def test_a_session_of_another_app(table: MemoryTable, clock: StoppedClock, alice: Ticket) -> None:
    judge = SessionJudge(BlockingRows(table), AppId("other"), clock)

    assert refused(judge(alice))


def test_an_idle_session_has_ended(judge: SessionJudge, clock: StoppedClock, alice: Ticket) -> None:
    clock.advance(IDLE_S - 1)
    assert isinstance(judge(alice), Allow)
    clock.advance(1)

    assert refused(judge(alice))


def test_a_logout_counts_at_once(judge: SessionJudge, table: MemoryTable, alice: Ticket) -> None:
    assert isinstance(judge(alice), Allow)
    owner = Owner(app=AppId("demo"), tenant=alice.tenant, subject=alice.subject)
    asyncio.run(ledger_of(table).end(owner, hash_of(alice.id)))

    assert refused(judge(alice))


def test_a_store_that_is_down_is_no_verdict(clock: StoppedClock, alice: Ticket) -> None:
    """Nobody is treated as logged in, nobody is told that they are logged out."""
    judge = SessionJudge(DownRows(), AppId("demo"), clock)

    with pytest.raises(StoreUnavailable):
        judge(alice)


def test_nothing_is_remembered(clock: StoppedClock, table: MemoryTable, alice: Ticket) -> None:
    """With a cache, a session would outlive its logout by the cache's time."""
    rows = BlockingRows(table)
    judge = SessionJudge(rows, AppId("demo"), clock)
    for _ in range(3):
        judge(alice)

    assert rows.asked == 3
