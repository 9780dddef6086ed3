"""A lease that is held: renewed while the provider is slow, and never the reason to lose tokens."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes.clock import NOW, StoppedClock
from fakes.desk import Desk, open_desk
from fakes.faulty_table import FaultyTable
from fakes.login import expiring, new_session
from fakes.token_endpoint import RotatingEndpoint
from trust.clock import NumericDate
from trust.errors import SettingsError
from trust.secret import Secret
from trust.session import lease
from trust.session.errors import NotLoggedIn, ProviderUnavailable
from trust.session.lease import LEASE_S, Tenure
from trust.session.record import Lease, Session, Setback, TokenSet
from trust.store.memory import MemoryTable
from trust.store.table import Item, Key, StoreUnavailable

SETBACK = Setback(failures=1, until=NumericDate(NOW + 2))


class ForgetfulTable(FaultyTable):
    """Fails reads when told to."""

    failing_reads = 0

    async def get(self, key: Key, *, now: NumericDate) -> Item | None:
        """Return the item, or fail."""
        if self.failing_reads:
            self.failing_reads -= 1
            raise StoreUnavailable("failed by the test")
        return await super().get(key, now=now)


@pytest.fixture
def store() -> ForgetfulTable:
    return ForgetfulTable(MemoryTable())


@pytest.fixture
def desk(store: ForgetfulTable, clock: StoppedClock, endpoint: RotatingEndpoint) -> Desk:
    return open_desk(store, clock, endpoint)


@pytest.fixture
def other(store: ForgetfulTable, clock: StoppedClock, endpoint: RotatingEndpoint) -> Desk:
    """Return another instance on the same table."""
    return open_desk(store, clock, endpoint, holder="two")


@pytest.fixture
def _renewing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be time for a renewal every millisecond."""
    monkeypatch.setattr(lease, "RENEWALS", 1000 * LEASE_S)


async def held(desk: Desk, *, lasts_s: int = LEASE_S) -> Tenure:
    """Take the lease of a session whose tokens are about to expire."""
    until = NumericDate(NOW + lasts_s)
    session = replace(expiring(new_session(), at=NOW + 60), lease=Lease(holder="one", until=until))
    await desk.log_in(session)
    return Tenure(
        session, ledger=desk.ledger, clock=desk.clock, holder="one", pause=desk.clock.pause
    )


def new_tokens(tenure: Tenure) -> TokenSet:
    """Return what the provider gives."""
    return replace(
        tenure.spent,
        access_token=Secret("new-access"),
        refresh_token=Secret("new-refresh"),
        expires_at=NumericDate(NOW + 3600),
    )


async def row_of(desk: Desk, tenure: Tenure) -> Session:
    """Return what the table says."""
    row = await desk.stored(tenure.session)
    assert row is not None
    return row


async def during(tenure: Tenure, condition: Callable[[], bool]) -> None:
    """Hold the lease, as a slow call does, until something has come about."""

    async def call() -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0)

    await tenure.during(call())


# -- renewing


@pytest.mark.usefixtures("_renewing")
async def test_the_lease_is_renewed_as_long_as_the_call_takes(desk: Desk) -> None:
    tenure = await held(desk)
    desk.clock.advance(LEASE_S - 1)

    await during(tenure, lambda: tenure.session.version >= 3)

    row = await row_of(desk, tenure)
    assert row == tenure.session
    assert row.lease == Lease(holder="one", until=NumericDate(NOW + 2 * LEASE_S - 1))


@pytest.mark.usefixtures("_renewing")
async def test_who_waits_does_not_take_a_lease_that_is_being_renewed(
    desk: Desk, other: Desk, endpoint: RotatingEndpoint
) -> None:
    tenure = await held(desk)

    async def call() -> str:
        waiting = asyncio.ensure_future(other.refresher.fresh(tenure.session))
        while not waiting.done():
            # The clock moves on by the pauses of the one that waits.
            await asyncio.sleep(0.002)
        assert (await waiting).tokens == tenure.spent
        return "answer"

    assert await tenure.during(call()) == "answer"
    assert desk.clock.now() >= NOW + LEASE_S
    assert endpoint.calls == 0


@pytest.mark.usefixtures("_renewing")
async def test_a_renewal_that_fails_is_tried_again(desk: Desk, store: ForgetfulTable) -> None:
    tenure = await held(desk)
    store.failing_puts = 2

    await during(tenure, lambda: tenure.session.version == 2)

    assert await row_of(desk, tenure) == tenure.session


@pytest.mark.usefixtures("_renewing")
@pytest.mark.parametrize("failing_reads", [0, 2])
async def test_a_renewal_takes_over_what_changed_in_the_row(
    desk: Desk, store: ForgetfulTable, failing_reads: int
) -> None:
    tenure = await held(desk)
    await desk.ledger.write(replace(tenure.session, seen_at=NumericDate(NOW + 60)))
    store.failing_reads = failing_reads

    await during(tenure, lambda: tenure.session.version >= 3)

    assert (await row_of(desk, tenure)).seen_at == NOW + 60


@pytest.mark.usefixtures("_renewing")
@pytest.mark.parametrize("ended", [True, False])
async def test_a_lease_that_is_lost_is_not_taken_back(
    desk: Desk, store: ForgetfulTable, *, ended: bool
) -> None:
    tenure = await held(desk)
    if ended:
        await desk.ledger.end(tenure.session.owner, tenure.session.id_hash)
    else:
        others = Lease(holder="two", until=NumericDate(NOW + LEASE_S))
        await desk.ledger.write(replace(tenure.session, lease=others))
    reads = store.reads

    await during(tenure, lambda: store.reads >= reads + 3)

    row = await desk.stored(tenure.session)
    assert row is None if ended else row is not None and row.version == 2


async def test_a_call_that_does_not_end_is_cut_off(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenure = await held(desk)
    monkeypatch.setattr(lease, "LONGEST_CALL_S", 0.01)
    cut = asyncio.Event()

    async def call() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    with pytest.raises(ProviderUnavailable):
        await tenure.during(call())
    await cut.wait()


async def test_what_a_call_brought_at_the_last_moment_is_not_thrown_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenure = await held(desk)
    monkeypatch.setattr(lease, "LONGEST_CALL_S", 0)

    async def call() -> str:
        return "answer"

    task = asyncio.ensure_future(call())
    await asyncio.wait({task})

    assert await tenure.during(task) == "answer"


# -- keeping what the call brought


async def test_new_tokens_survive_a_row_that_cannot_be_read_at_the_wrong_moment(
    desk: Desk, store: ForgetfulTable
) -> None:
    tenure = await held(desk)
    await desk.ledger.write(replace(tenure.session, seen_at=NumericDate(NOW + 60)))
    store.failing_reads = 3

    kept = await tenure.keep(new_tokens(tenure))

    assert kept is not None
    assert (kept.tokens, kept.seen_at, kept.lease) == (new_tokens(tenure), NOW + 60, None)
    assert await row_of(desk, tenure) == kept


async def test_new_tokens_go_over_a_lease_that_another_took_for_the_spent_ones(desk: Desk) -> None:
    tenure = await held(desk)
    others = Lease(holder="two", until=NumericDate(NOW + LEASE_S))
    await desk.ledger.write(replace(tenure.session, lease=others))

    kept = await tenure.keep(new_tokens(tenure))

    assert kept is not None
    assert kept.tokens == new_tokens(tenure)
    assert await row_of(desk, tenure) == kept


# -- giving it back


async def test_a_lease_is_given_back_although_the_row_has_moved_on(desk: Desk) -> None:
    tenure = await held(desk)
    await desk.ledger.write(replace(tenure.session, seen_at=NumericDate(NOW + 60)))

    given = await tenure.give_back(SETBACK)

    assert given is not None
    assert (given.lease, given.setback, given.seen_at) == (None, SETBACK, NOW + 60)
    assert await row_of(desk, tenure) == given


async def test_the_lease_of_another_is_not_given_back(desk: Desk) -> None:
    tenure = await held(desk)
    others = Lease(holder="two", until=NumericDate(NOW + LEASE_S))
    written = await desk.ledger.write(replace(tenure.session, lease=others))

    assert await tenure.give_back(SETBACK) == written
    assert await row_of(desk, tenure) == written


async def test_a_row_that_never_stands_still_keeps_its_lease(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenure = await held(desk)
    monkeypatch.setattr(lease, "MOST_REBASES", 0)

    assert await tenure.give_back(SETBACK) == tenure.session


# -- refused, while another process is at it


async def test_a_refusal_does_not_end_what_another_is_about_to_refresh(
    desk: Desk, other: Desk, endpoint: RotatingEndpoint, store: ForgetfulTable
) -> None:
    session = await desk.log_in(expiring(new_session(), at=NOW + 60))
    endpoint.open.clear()
    endpoint.rotation.ended = True
    request = asyncio.ensure_future(desk.refresher.fresh(session))
    await endpoint.entered.wait()
    row = await desk.stored(session)
    assert row is not None
    others = Lease(holder="two", until=NumericDate(NOW + LEASE_S))
    taken = await other.ledger.write(replace(row, lease=others))
    theirs = Tenure(taken, ledger=other.ledger, clock=other.clock, holder="two")

    reads = store.reads
    endpoint.open.set()
    # It is refused, looks at the row, and looks again.
    while store.reads < reads + 2 and not request.done():
        await asyncio.sleep(0)
    kept = await theirs.keep(new_tokens(theirs))

    assert await request == kept


async def test_a_fault_of_our_own_is_no_refusal(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await desk.log_in(expiring(new_session(), at=NOW + 60))

    async def misconfigured(session: Session) -> TokenSet:
        del session
        raise SettingsError(["the provider's entry has a fault"])

    monkeypatch.setattr(desk.endpoint, "refresh", misconfigured)

    served = await desk.refresher.fresh(session)

    assert served.tokens == session.tokens
    assert (served.lease, served.setback) == (None, Setback(failures=1, until=NumericDate(NOW + 2)))


async def test_a_session_that_ended_while_the_provider_was_away_has_ended(desk: Desk) -> None:
    tenure = await held(desk)
    await desk.ledger.end(tenure.session.owner, tenure.session.id_hash)

    assert await tenure.give_back(SETBACK) is None
    with pytest.raises(NotLoggedIn):
        await desk.refresher.fresh(tenure.session)
