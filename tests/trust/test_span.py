"""Spans: how long a block of a task's work may last, and what happens beside it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from fakes.loop_time import LoopTime, stopped, timers
from trust.span import Span


async def turns() -> None:
    """Let everybody else run who can."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LoopTime]:
    """Stop the loop's clock; no span leaves a timer."""
    time = stopped(monkeypatch)
    yield time
    await time.passes(1)
    assert timers() == set()


async def waiting(span: Span) -> None:
    """Wait for ever in a span."""
    with span:
        await asyncio.Event().wait()


async def begun(work: Callable[[], Any]) -> "asyncio.Task[Any]":
    """Begin work, and go as far as it can."""
    task: asyncio.Task[Any] = asyncio.ensure_future(work())
    await turns()
    return task


async def outcome(task: "asyncio.Task[Any]") -> BaseException | None:
    """Return what ended a task, which has to be over by now; a task that was cancelled says so."""
    await turns()
    assert task.done()
    return asyncio.CancelledError() if task.cancelled() else task.exception()


async def test_a_block_that_lasts_longer_is_ended_by_a_timeout(time: LoopTime) -> None:
    task = await begun(lambda: waiting(Span(3)))

    await time.passes(2.9)
    assert not task.done()
    await time.passes(0.2)

    assert isinstance(await outcome(task), TimeoutError)


async def test_a_block_that_is_over_in_time_is_left_alone(time: LoopTime) -> None:
    async def work() -> str:
        with Span(3):
            await asyncio.sleep(0)
        return "done"

    assert await work() == "done"
    await time.passes(1)
    assert timers() == set()


async def test_a_task_that_was_timed_out_goes_on_unharmed(time: LoopTime) -> None:
    async def work() -> int:
        with pytest.raises(TimeoutError):
            await waiting(Span(1))
        await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    task = await begun(work)
    await time.passes(1)

    assert await outcome(task) is None
    assert task.result() == 0


@pytest.mark.usefixtures("time")
async def test_a_span_is_cut_from_outside() -> None:
    span = Span(3)
    task = await begun(lambda: waiting(span))

    span.cut()

    assert isinstance(await outcome(task), TimeoutError)


@pytest.mark.usefixtures("time")
async def test_a_span_that_is_cut_twice_is_cut_once() -> None:
    span = Span(3)
    task = await begun(lambda: waiting(span))

    span.cut()
    span.cut()

    # A second cancelling would be nobody's, and so the whole task's.
    assert isinstance(await outcome(task), TimeoutError)


@pytest.mark.usefixtures("time")
async def test_a_cut_of_a_span_that_has_ended_or_not_begun_does_nothing() -> None:
    span = Span(3)

    async def work() -> str:
        span.cut()
        with span:
            await asyncio.sleep(0)
        span.cut()
        await asyncio.sleep(0)
        return "done"

    task = await begun(work)

    assert await outcome(task) is None
    assert task.result() == "done"


@pytest.mark.usefixtures("time")
@pytest.mark.parametrize("order", ["cut first", "cancelled first", "cancelled only"])
async def test_whoever_cancels_the_task_cancels_it_whatever_the_span_does(order: str) -> None:
    span = Span(3)
    task = await begun(lambda: waiting(span))

    if order == "cut first":
        span.cut()
    task.cancel()
    if order == "cancelled first":
        span.cut()

    assert isinstance(await outcome(task), asyncio.CancelledError)


async def nested(outer: Span, inner: Span, ended: list[str]) -> None:
    """Wait in two spans; `ended`: whose time was over, and where."""
    try:
        with outer:
            try:
                await waiting(inner)
            except TimeoutError:
                ended.append("inner")
            await asyncio.Event().wait()
    except TimeoutError:
        ended.append("outer")


async def test_of_nested_spans_the_inner_one_can_end_alone(time: LoopTime) -> None:
    ended: list[str] = []
    task = await begun(lambda: nested(Span(5), Span(1), ended))

    await time.passes(1)
    assert ended == ["inner"]
    await time.passes(4)

    assert ended == ["inner", "outer"]
    assert await outcome(task) is None


@pytest.mark.parametrize("inner_s", [1, 5], ids=["at the same moment", "alone"])
async def test_the_outer_one_of_nested_spans_ends_both(time: LoopTime, inner_s: int) -> None:
    ended: list[str] = []
    task = await begun(lambda: nested(Span(1), Span(inner_s), ended))

    await time.passes(1)

    assert ended == ["outer"]
    assert await outcome(task) is None


async def test_steps_are_taken_in_the_order_of_their_times(time: LoopTime) -> None:
    steps: list[str] = []
    span = Span(9)
    span.after(3, lambda: steps.append("c"))
    span.after(1, lambda: steps.append("a"))
    span.after(2, lambda: steps.append("b"))
    span.after(2, lambda: steps.append("b too"))
    task = await begun(lambda: waiting(span))
    assert len(timers()) == 1

    await time.passes(1)
    assert steps == ["a"]
    await time.passes(2)
    assert steps == ["a", "b", "b too", "c"]
    await time.passes(6)

    assert isinstance(await outcome(task), TimeoutError)


async def test_a_step_whose_time_comes_when_the_block_is_left_is_not_taken(
    time: LoopTime,
) -> None:
    steps: list[str] = []
    span = Span(9)
    span.after(1, lambda: steps.append("late"))

    with span:
        await turns()
    await time.passes(2)

    assert steps == []


async def test_a_step_that_is_due_after_the_end_is_not_taken_by_a_loop_that_comes_late(
    time: LoopTime,
) -> None:
    steps: list[str] = []
    span = Span(2)
    span.after(1, lambda: steps.append("in time"))
    span.after(3, lambda: steps.append("late"))
    task = await begun(lambda: waiting(span))

    await time.passes(5)

    assert steps == ["in time"]
    assert isinstance(await outcome(task), TimeoutError)


async def test_a_step_is_not_taken_in_a_span_that_was_cut(time: LoopTime) -> None:
    steps: list[str] = []
    span, cleaned = Span(9), asyncio.Event()
    span.after(1, lambda: steps.append("late"))

    async def work() -> None:
        with span:
            try:
                await asyncio.Event().wait()
            finally:
                await cleaned.wait()

    task = await begun(work)
    span.cut()
    await time.passes(2)
    cleaned.set()

    assert steps == []
    assert isinstance(await outcome(task), TimeoutError)


async def lasting(seconds: float, *, span: Span) -> None:
    """Wait for ever in a span that lasts for some time from now."""
    with span:
        span.lasts(seconds)
        await asyncio.Event().wait()


@pytest.mark.parametrize("seconds", [1, 20], ids=["shorter", "longer"])
async def test_a_span_can_be_given_another_length(time: LoopTime, seconds: int) -> None:
    task = await begun(lambda: lasting(seconds, span=Span(5)))
    assert len(timers()) == 1

    await time.passes(seconds - 0.5)
    assert not task.done()
    await time.passes(0.5)

    assert isinstance(await outcome(task), TimeoutError)


@pytest.mark.parametrize("seconds", [1, 20], ids=["shorter", "longer"])
async def test_a_span_that_has_lasted_for_a_while_can_be_given_another_length(
    time: LoopTime, seconds: int
) -> None:
    span, answered = Span(5), asyncio.Event()

    async def work() -> None:
        with span:
            await answered.wait()
            span.lasts(seconds)
            await asyncio.Event().wait()

    task = await begun(work)
    await time.passes(2)
    answered.set()
    await turns()
    assert len(timers()) == 1

    await time.passes(seconds - 0.5)
    assert not task.done()
    await time.passes(0.5)

    assert isinstance(await outcome(task), TimeoutError)


@pytest.mark.parametrize("first_s", [0.01, 5], ids=["from the beginning", "later"])
async def test_a_very_short_span_does_not_last_longer(time: LoopTime, first_s: float) -> None:
    span = Span(first_s)
    task = await begun(lambda: waiting(span) if first_s < 1 else lasting(0.01, span=span))

    await time.passes(0.01)

    assert isinstance(await outcome(task), TimeoutError)


@pytest.mark.parametrize("seconds", [1, 20], ids=["shorter", "longer"])
async def test_a_span_of_another_length_takes_the_steps_that_are_due_within_it(
    time: LoopTime, seconds: int
) -> None:
    steps: list[str] = []
    span = Span(5)
    span.after(0.5, lambda: steps.append("soon"))
    span.after(10, lambda: steps.append("later"))
    task = await begun(lambda: lasting(seconds, span=span))

    for _ in range(2 * seconds):
        await time.passes(0.5)

    assert steps == (["soon"] if seconds == 1 else ["soon", "later"])
    assert isinstance(await outcome(task), TimeoutError)


@pytest.mark.usefixtures("time")
async def test_an_exception_of_the_block_is_told_and_not_the_timeout() -> None:
    span, cancelling = Span(3), -1

    async def fails() -> None:
        with span:
            try:
                await asyncio.Event().wait()
            finally:
                raise ValueError("of the block")

    async def work() -> None:
        nonlocal cancelling
        with pytest.raises(ValueError, match="of the block"):
            await fails()
        task = asyncio.current_task()
        cancelling = task.cancelling() if task is not None else -1

    task = await begun(work)
    span.cut()

    assert await outcome(task) is None
    assert cancelling == 0


async def test_a_span_is_a_tasks() -> None:
    refusals: list[RuntimeError] = []

    def begin() -> None:
        try:
            Span(1).__enter__()
        except RuntimeError as error:
            refusals.append(error)

    asyncio.get_running_loop().call_soon(begin)
    await turns()

    assert len(refusals) == 1
