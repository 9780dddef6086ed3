"""Waiting on a browser's connection, and hearing that it has ended."""

import asyncio
from collections.abc import Callable

import pytest

from bff.flow import Flow
from fakes.proxy.asgi import WAIT_S, others_run
from fakes.served_line import Outlet


class Writable:
    """A flow as an event: set while more may be sent."""

    def __init__(self) -> None:
        self._flow = Flow(Outlet())
        self.clear = self._flow.pause_writing
        self.set = self._flow.resume_writing
        self.wait = self._flow.drain
        self.clear()


Kind = type[asyncio.Event] | type[Writable]


@pytest.fixture(params=[asyncio.Event, Writable])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Return an event of asyncio's, which is the oracle, or what is ours."""
    found: Kind = request.param
    return found


async def waiting(event: asyncio.Event | Writable) -> asyncio.Future[None]:
    """Return somebody who waits for it by now."""

    async def wait() -> None:
        await event.wait()

    task = asyncio.ensure_future(wait())
    await others_run()
    return task


async def test_nobody_waits_for_what_is_set(kind: Kind) -> None:
    event = kind()
    event.set()

    assert (await waiting(event)).done()


async def test_everybody_waits_for_what_is_not_set_yet(kind: Kind) -> None:
    event = kind()
    tasks = [await waiting(event), await waiting(event)]
    assert [task.done() for task in tasks] == [False, False]

    event.set()
    # At once: whoever was woken goes on.
    event.clear()
    async with asyncio.timeout(WAIT_S):
        await asyncio.gather(*tasks)

    late = await waiting(event)
    assert not late.done()
    event.set()
    await late


async def test_who_gives_up_leaves_the_others_waiting(kind: Kind) -> None:
    event = kind()
    first, second = await waiting(event), await waiting(event)

    first.cancel()
    await others_run()
    assert (first.cancelled(), second.done()) == (True, False)
    event.set()
    async with asyncio.timeout(WAIT_S):
        await second


async def test_who_writes_waits_while_the_browser_takes_nothing() -> None:
    flow = Flow(Outlet())
    await flow.drain()
    flow.pause_writing()
    draining = asyncio.ensure_future(flow.drain())
    await others_run()
    meanwhile = draining.done()

    flow.resume_writing()
    async with asyncio.timeout(WAIT_S):
        await draining

    assert not meanwhile


@pytest.fixture
def heard() -> list[str]:
    """Return what was heard."""
    return []


@pytest.fixture
def hear(heard: list[str]) -> Callable[[], None]:
    """Return what is called when the browser goes."""
    return lambda: heard.append("gone")


def test_who_listens_hears_once_that_the_connection_has_ended(
    heard: list[str], hear: Callable[[], None]
) -> None:
    flow = Flow(Outlet())
    flow.listen(hear)
    before = list(heard)

    flow.lost()
    flow.lost()

    assert (before, heard) == ([], ["gone"])


def test_who_listens_too_late_hears_it_once_and_at_once(
    heard: list[str], hear: Callable[[], None]
) -> None:
    flow = Flow(Outlet())
    flow.lost()

    flow.listen(hear)
    flow.lost()

    assert heard == ["gone"]
    assert not flow.has_listener


def test_who_has_listened_for_long_enough_hears_nothing(
    heard: list[str], hear: Callable[[], None]
) -> None:
    flow = Flow(Outlet())
    flow.listen(hear)

    flow.ignore()
    flow.lost()

    assert heard == []


def test_a_browser_that_is_listened_for_is_read_from(hear: Callable[[], None]) -> None:
    """Else its end would not be noticed."""
    outlet = Outlet()
    flow = Flow(outlet)
    flow.pause_reading()
    assert not outlet.reads

    flow.listen(hear)

    assert outlet.reads


def test_a_browser_may_have_to_wait_again_and_again() -> None:
    """Else who sends a second body without end would have all of it held."""
    outlet = Outlet()
    flow = Flow(outlet)

    for _ in range(2):
        flow.pause_reading()
        assert not outlet.reads
        flow.resume_reading()
        assert outlet.reads
