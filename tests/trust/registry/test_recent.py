"""Answers of a moment ago: how old they may be, and who asks."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from fakes.clock import StoppedClock
from trust.registry import recent
from trust.registry.recent import Recent
from trust.store.table import StoreUnavailable


class Source:
    """Answers with how often it was asked, as soon as it may."""

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.fails = False

    async def asked_for(self, times: int) -> None:
        """Return once it was asked so often."""
        async with asyncio.timeout(5):
            while self.asked < times:
                await asyncio.sleep(0)

    async def ask(self) -> int:
        """Answer, or fail."""
        self.asked += 1
        number, fails = self.asked, self.fails
        await self.may_answer.wait()
        if fails:
            raise StoreUnavailable("failed by the test")
        return number


@pytest.fixture
async def source() -> AsyncIterator[Source]:
    made = Source()
    yield made
    made.may_answer.set()


@pytest.fixture
def answers(clock: StoppedClock) -> Recent[int]:
    return Recent[int](clock, cache_s=1)


async def test_an_answer_is_remembered_until_its_time_is_over(
    answers: Recent[int], source: Source, clock: StoppedClock
) -> None:
    assert await answers.get("a", source.ask) == 1
    clock.advance(0.999)
    assert await answers.get("a", source.ask) == 1
    clock.advance(0.001)
    assert await answers.get("a", source.ask) == 2


async def test_asking_again_puts_nothing_off(
    answers: Recent[int], source: Source, clock: StoppedClock
) -> None:
    for _ in range(4):
        await answers.get("a", source.ask)
        clock.advance(0.3)

    assert await answers.get("a", source.ask) == 2


async def test_every_question_has_an_answer_of_its_own(
    answers: Recent[int], source: Source
) -> None:
    assert [await answers.get(key, source.ask) for key in ("a", "b", "a")] == [1, 2, 1]


async def test_nothing_is_remembered_where_that_is_off(source: Source, clock: StoppedClock) -> None:
    answers = Recent[int](clock, cache_s=0)

    assert [await answers.get("a", source.ask) for _ in range(3)] == [1, 2, 3]


async def test_many_who_ask_at_once_share_one_question(
    answers: Recent[int], source: Source
) -> None:
    source.may_answer.clear()
    waiting = [asyncio.ensure_future(answers.get("a", source.ask)) for _ in range(20)]
    await source.asked_for(1)
    source.may_answer.set()

    assert await asyncio.gather(*waiting) == [1] * 20
    assert source.asked == 1


async def test_the_age_of_an_answer_counts_from_when_it_was_asked_for(
    answers: Recent[int], source: Source, clock: StoppedClock
) -> None:
    source.may_answer.clear()
    slow = asyncio.ensure_future(answers.get("a", source.ask))
    await source.asked_for(1)
    clock.advance(1)
    # The store may have answered the first question before the tenant was suspended.
    late = asyncio.ensure_future(answers.get("a", source.ask))
    await source.asked_for(2)
    source.may_answer.set()

    assert (await slow, await late) == (1, 2)
    assert await answers.get("a", source.ask) == 2


async def test_a_failure_is_told_to_all_who_wait_and_remembered_by_nobody(
    answers: Recent[int], source: Source
) -> None:
    source.fails = True
    source.may_answer.clear()
    waiting = [asyncio.ensure_future(answers.get("a", source.ask)) for _ in range(3)]
    await source.asked_for(1)
    source.may_answer.set()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    source.fails = False

    assert [type(one) for one in told] == [StoreUnavailable] * 3
    assert await answers.get("a", source.ask) == 2


async def test_a_failure_does_not_take_a_newer_answer_along(
    answers: Recent[int], source: Source, clock: StoppedClock
) -> None:
    source.fails = True
    source.may_answer.clear()
    old = asyncio.ensure_future(answers.get("a", source.ask))
    await source.asked_for(1)
    source.fails = False
    clock.advance(1)
    new = asyncio.ensure_future(answers.get("a", source.ask))
    await source.asked_for(2)
    source.may_answer.set()
    with pytest.raises(StoreUnavailable):
        await old

    assert await new == 2
    assert await answers.get("a", source.ask) == 2


async def test_who_goes_away_takes_the_answer_from_nobody(
    answers: Recent[int], source: Source
) -> None:
    source.may_answer.clear()
    first, second = [asyncio.ensure_future(answers.get("a", source.ask)) for _ in range(2)]
    await source.asked_for(1)
    first.cancel()
    await asyncio.wait({first})
    source.may_answer.set()

    assert await second == 1


async def test_a_question_that_was_cancelled_is_asked_again(
    answers: Recent[int],
) -> None:
    async def cancelled() -> int:
        raise asyncio.CancelledError

    async def answered() -> int:
        return 7

    with pytest.raises(asyncio.CancelledError):
        await answers.get("a", cancelled)

    assert await answers.get("a", answered) == 7


async def test_after_a_write_nothing_older_counts(answers: Recent[int], source: Source) -> None:
    source.may_answer.clear()
    before = asyncio.ensure_future(answers.get("a", source.ask))
    await source.asked_for(1)
    answers.forget()
    after = asyncio.ensure_future(answers.get("a", source.ask))
    await source.asked_for(2)
    source.may_answer.set()

    assert (await before, await after) == (1, 2)
    assert await answers.get("a", source.ask) == 2


async def test_made_up_names_do_not_fill_the_memory(
    answers: Recent[int], source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "REMEMBERED", 3)
    for key in "abcd":
        await answers.get(key, source.ask)

    assert await answers.get("d", source.ask) == 4
    assert await answers.get("a", source.ask) == 5
