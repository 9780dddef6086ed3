"""Answers that are remembered for a moment: how old they may be, and who asks for them."""

import asyncio
import gc

import pytest

from fakes.clock import StoppedClock
from trust.remembered import SIZE, Remembered
from trust.store.table import StoreUnavailable

KEY = "key"


class Store:
    """Answers when a test says so; `asked`: how often it was."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers: list[asyncio.Future[str]] = []

    async def read(self) -> str:
        """Return the answer, once it is there."""
        self.asked += 1
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.answers.append(answer)
        return await answer


@pytest.fixture
def store() -> Store:
    """Open a store."""
    return Store()


def remembered(clock: StoppedClock, seconds: float = 2) -> Remembered[str, str]:
    return Remembered(clock, seconds)


async def others_run() -> None:
    """Let everybody else run who can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def asked(kept: Remembered[str, str], store: Store, key: str = KEY) -> "asyncio.Task[str]":
    """Ask the store; the answer is still to come."""
    asking = asyncio.ensure_future(kept.ask(key, store.read))
    await others_run()
    return asking


def test_an_answer_is_remembered_for_its_time_and_no_longer(clock: StoppedClock) -> None:
    kept = remembered(clock)
    kept.put(KEY, "answer")

    clock.advance(1.9)
    assert kept.get(KEY) == "answer"
    clock.advance(0.1)
    assert kept.get(KEY) is None


def test_an_answers_age_is_counted_from_the_question(clock: StoppedClock) -> None:
    kept = remembered(clock)
    asked_at = kept.asking()
    clock.advance(1.5)
    kept.put(KEY, "answer", asked_at)

    assert kept.get(KEY) == "answer"
    clock.advance(0.5)
    assert kept.get(KEY) is None


async def test_an_answer_that_was_long_in_coming_is_remembered_the_shorter(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    asking = await asked(kept, store)
    clock.advance(1.5)
    store.answers[0].set_result("answer")

    assert await asking == "answer"
    assert kept.get(KEY) == "answer"
    clock.advance(0.5)
    assert kept.get(KEY) is None


async def test_an_answer_that_came_too_late_is_given_but_not_remembered(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    asking = await asked(kept, store)
    clock.advance(2)
    store.answers[0].set_result("answer")

    assert await asking == "answer"
    assert kept.get(KEY) is None


async def test_no_time_remembers_nothing_and_asks_for_everybody(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock, 0)
    kept.put(KEY, "put")
    assert kept.get(KEY) is None
    # Not to be seen from outside: what can never be given again would only take memory.
    assert not vars(kept)["_kept"]

    both = [await asked(kept, store), await asked(kept, store)]
    assert store.asked == 2
    for number, answer in enumerate(store.answers):
        answer.set_result(str(number))

    assert await asyncio.gather(*both) == ["0", "1"]
    assert kept.get(KEY) is None


async def test_who_asks_at_the_same_moment_is_answered_by_one_question(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    everybody = [await asked(kept, store) for _ in range(3)]
    assert store.asked == 1
    store.answers[0].set_result("answer")

    assert await asyncio.gather(*everybody) == ["answer"] * 3


async def test_who_comes_when_the_question_is_too_old_asks_anew(
    clock: StoppedClock, store: Store
) -> None:
    """A slow store must not hide from the one who comes late what has changed meanwhile."""
    kept = remembered(clock)
    early = await asked(kept, store)
    clock.advance(2)
    late = await asked(kept, store)
    assert store.asked == 2
    store.answers[1].set_result("new")
    store.answers[0].set_result("old")

    assert (await early, await late) == ("old", "new")
    assert kept.get(KEY) == "new"


async def test_what_is_asked_about_one_key_answers_no_other(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    mine = await asked(kept, store)
    other = await asked(kept, store, "other")
    store.answers[0].set_result("mine")
    store.answers[1].set_result("other's")

    assert [await mine, await other] == ["mine", "other's"]


async def test_a_failure_is_told_to_all_who_asked_and_remembered_by_nobody(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    both = [await asked(kept, store), await asked(kept, store)]
    store.answers[0].set_exception(StoreUnavailable("of the test"))

    for asking in both:
        with pytest.raises(StoreUnavailable):
            await asking
    assert kept.get(KEY) is None
    again = await asked(kept, store)
    assert store.asked == 2
    store.answers[1].set_result("answer")
    assert await again == "answer"


async def test_a_failure_for_which_nobody_waits_any_more_is_complained_of_by_nobody(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    asking = await asked(kept, store)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    store.answers[0].set_exception(StoreUnavailable("of the test"))

    await others_run()
    gc.collect()

    # `quiet_loop` sees what the loop complains of when the task is thrown away.
    again = await asked(kept, store)
    store.answers[1].set_result("answer")
    assert await again == "answer"


async def test_a_question_that_was_cancelled_is_asked_anew(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    asking = await asked(kept, store)
    store.answers[0].cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert asking.cancelled()

    again = await asked(kept, store)
    store.answers[1].set_result("answer")
    assert await again == "answer"


async def test_the_first_to_ask_may_go_away_and_the_others_are_answered(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    first, second = await asked(kept, store), await asked(kept, store)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    third = await asked(kept, store)
    store.answers[0].set_result("answer")

    assert first.cancelled()
    assert [await second, await third] == ["answer", "answer"]
    assert store.asked == 1
    assert kept.get(KEY) == "answer"


async def test_what_is_remembered_is_not_asked_for_again(clock: StoppedClock) -> None:
    kept = remembered(clock)
    kept.put(KEY, "answer")

    async def asked_again() -> str:
        raise AssertionError("asked again")

    assert await kept.answer(KEY, asked_again) == "answer"


async def test_asking_again_puts_nothing_off(clock: StoppedClock) -> None:
    kept = Remembered[str, int](clock, 1)
    numbers = iter(range(1, 9))

    async def next_number() -> int:
        return next(numbers)

    answers = []
    for _ in range(5):
        answers.append(await kept.answer(KEY, next_number))
        clock.advance(0.25)

    assert answers == [1, 1, 1, 1, 2]


async def test_nothing_there_is_an_answer_too(clock: StoppedClock) -> None:
    """A name that nobody has is asked for by anybody."""
    kept = Remembered[str, str | None](clock, 2)
    asked_for: list[str] = []

    async def nothing() -> None:
        asked_for.append(KEY)

    assert [await kept.answer(KEY, nothing) for _ in range(3)] == [None] * 3
    assert asked_for == [KEY]


def test_what_is_dropped_is_forgotten(clock: StoppedClock) -> None:
    kept = remembered(clock)
    kept.put(KEY, "answer")

    kept.drop(KEY)
    kept.drop("what was never there")

    assert kept.get(KEY) is None


async def test_an_answer_that_was_dropped_while_it_was_read_is_not_remembered(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    before = await asked(kept, store)
    kept.drop(KEY)
    store.answers[0].set_result("before the write")

    assert await before == "before the write"
    assert kept.get(KEY) is None


async def test_who_asks_after_a_drop_does_not_get_the_answer_from_before(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    before = await asked(kept, store)
    kept.drop(KEY)
    after = await asked(kept, store)
    store.answers[1].set_result("after the write")
    assert await after == "after the write"
    store.answers[0].set_result("before the write")

    assert await before == "before the write"
    assert kept.get(KEY) == "after the write"


async def test_the_end_of_an_older_question_does_not_end_the_newer_one(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    before = await asked(kept, store)
    kept.drop(KEY)
    after = await asked(kept, store)
    store.answers[0].set_result("before the write")
    await before
    another = await asked(kept, store)
    store.answers[1].set_result("after the write")

    assert [await after, await another] == ["after the write"] * 2
    assert store.asked == 2


async def test_what_comes_late_from_before_a_write_does_not_count(
    clock: StoppedClock, store: Store
) -> None:
    kept = remembered(clock)
    before = await asked(kept, store)
    kept.drop(KEY)
    after = await asked(kept, store)
    store.answers[1].set_result("after the write")
    store.answers[0].set_result("before the write")

    assert [await before, await after] == ["before the write", "after the write"]
    assert kept.get(KEY) == "after the write"


def test_so_many_are_remembered_and_the_oldest_is_forgotten_first(clock: StoppedClock) -> None:
    kept = remembered(clock)
    for number in range(SIZE):
        kept.put(str(number), "answer")
    kept.put("0", "put again")

    kept.put("one more", "answer")

    assert kept.get("1") is None
    assert kept.get("0") == "put again"
    assert kept.get("2") == kept.get("one more") == "answer"


def test_the_last_answer_is_there_however_old_until_it_is_dropped(clock: StoppedClock) -> None:
    kept = remembered(clock)
    kept.put(KEY, "answer")
    clock.advance(1000)

    assert (kept.get(KEY), kept.last(KEY)) == (None, "answer")
    kept.drop(KEY)
    assert kept.last(KEY) is None
